-- Imports of any size: how far each came, so that one that was killed goes on where it stopped.

CREATE TABLE import_run (
    id                  uuid PRIMARY KEY,
    -- SHA-256 of the file and of how it is read.
    print               bytea NOT NULL CHECK (length(print) = 32),
    products_total      bigint NOT NULL,
    -- Products of the file that are committed.
    products_done       bigint NOT NULL DEFAULT 0,
    products_new        bigint NOT NULL DEFAULT 0,
    products_updated    bigint NOT NULL DEFAULT 0,
    products_unchanged  bigint NOT NULL DEFAULT 0,
    variants            bigint NOT NULL DEFAULT 0,
    -- Another file was begun after this one stopped.
    is_overtaken        boolean NOT NULL DEFAULT false,
    began_at            timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    ended_at            timestamptz
);
CREATE INDEX import_run_open ON import_run (print) WHERE ended_at IS NULL;

-- Exports go through all products in the shop's order, those that are not shown included.
CREATE INDEX product_in_order ON product (position, id);
