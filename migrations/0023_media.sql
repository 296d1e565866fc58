-- Pictures of our own: each content once, in several forms that a worker makes of it.
CREATE TABLE media (
    -- SHA-256 of what was given, in hexadecimal digits.
    hash        text PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
    type        text NOT NULL CHECK (type IN ('image/jpeg', 'image/png', 'image/webp')),
    bytes       bigint NOT NULL CHECK (bytes > 0),
    -- Pixels, as it is shown: after turning it as its EXIF says.
    width       integer NOT NULL CHECK (width > 0),
    height      integer NOT NULL CHECK (height > 0),
    -- The colour there is most of: '#c0a88f'.
    colour      text NOT NULL CHECK (colour ~ '^#[0-9a-f]{6}$'),
    -- Nine colours, row by row; none where one can see through it.
    placeholder text[] NOT NULL,
    -- What pages name it by (domain::media::Name).
    src         text NOT NULL UNIQUE,
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'ready')),
    -- What was made of it: [{"path": "v1/…-400.avif", "width": 400, "height": 500, "bytes": 12345}].
    variants    jsonb NOT NULL DEFAULT '[]',
    created_at  timestamptz NOT NULL,
    ready_at    timestamptz
);

-- Pictures that lie elsewhere, and what was found there.
CREATE TABLE media_source (
    url       text PRIMARY KEY,
    hash      text REFERENCES media,
    -- Why there is none.
    problem   text,
    asked_at  timestamptz NOT NULL
);
CREATE INDEX media_source_hash ON media_source (hash) WHERE hash IS NOT NULL;

ALTER TABLE picture
    ADD COLUMN media text REFERENCES media,
    -- Where an import says it lies, once it was asked for: `src` is what is shown instead.
    ADD COLUMN source text;
CREATE INDEX picture_media ON picture (media) WHERE media IS NOT NULL;
CREATE INDEX picture_source ON picture (source) WHERE source IS NOT NULL;
-- Those that nobody has asked for.
CREATE INDEX picture_elsewhere ON picture (src) WHERE source IS NULL AND src LIKE 'http%';

-- Pictures have a lane of their own: they take seconds, and mail must not wait for them.
CREATE INDEX job_media ON job (run_at) WHERE state = 'waiting' AND consumer LIKE 'media.%';
