-- A guest becomes a customer by an e-mail address that is shown to be theirs; and what providers keep of them.

-- A link that was asked for. At most one of a customer's stands; a newer one ends it.
CREATE TABLE customer_claim (
    customer_id  uuid NOT NULL REFERENCES customer,
    id           uuid NOT NULL,
    email        text NOT NULL,
    -- domain::customer::email_key: the same for spellings of one mailbox.
    email_key    text NOT NULL,
    -- Where it was asked for: the mail speaks that language.
    market       text NOT NULL REFERENCES market,
    locale       text NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    -- When it was used, or a newer one asked for.
    ended_at     timestamptz,
    PRIMARY KEY (customer_id, id)
);
CREATE UNIQUE INDEX customer_claim_open_key ON customer_claim (customer_id) WHERE ended_at IS NULL;
CREATE INDEX customer_claim_email ON customer_claim (email_key, created_at);

-- Only the SHA-256 of a link's secret is kept. A mail that is sent again has another secret for the same claim, so that
-- neither the events nor the jobs ever hold one.
CREATE TABLE claim_token (
    token_hash   bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    customer_id  uuid NOT NULL,
    claim_id     uuid NOT NULL,
    FOREIGN KEY (customer_id, claim_id) REFERENCES customer_claim ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX claim_token_claim ON claim_token (customer_id, claim_id);

-- Whom a payment provider knows a customer as; of several, the oldest is used.
CREATE TABLE provider_customer (
    customer_id  uuid NOT NULL REFERENCES customer,
    provider     text NOT NULL,
    reference    text NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (customer_id, provider, reference)
);

-- A means of payment that a provider keeps: its name there, and how people tell it from another. Never card data.
CREATE TABLE saved_payment_method (
    customer_id  uuid NOT NULL REFERENCES customer,
    id           uuid NOT NULL,
    provider     text NOT NULL,
    reference    text NOT NULL,
    -- "Visa, ending in 4242".
    label        text NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (customer_id, id),
    CONSTRAINT saved_payment_method_key UNIQUE (customer_id, provider, reference)
);
