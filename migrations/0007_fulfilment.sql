-- After payment: money goes back, parcels leave, arrive and come back.

-- What went back of the payment that counts, as soon as the provider took it on; not what was paid twice.
ALTER TABLE orders
    ADD COLUMN refunded_minor bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT orders_refunded_check CHECK (refunded_minor BETWEEN 0 AND total_minor),
    -- The shop or the shopper gave it up; an order that just ran out has none.
    ADD COLUMN called_off_at timestamptz;
CREATE INDEX orders_newest ON orders (placed_at DESC, id DESC);
CREATE INDEX orders_email ON orders (lower(email), placed_at DESC);

-- Claimed by refunds that are due or sent, under the order's lock: never more than was captured.
ALTER TABLE payment_attempt
    ADD COLUMN refunded_minor bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT payment_attempt_refunded_check CHECK (refunded_minor BETWEEN 0 AND amount_minor);

-- What became of a line's units (domain::fulfilment::Units).
ALTER TABLE order_line
    ADD COLUMN shipped integer NOT NULL DEFAULT 0,
    ADD COLUMN withdrawn integer NOT NULL DEFAULT 0,
    ADD COLUMN returned integer NOT NULL DEFAULT 0,
    ADD COLUMN refunded integer NOT NULL DEFAULT 0,
    ADD CONSTRAINT order_line_shipped_check
        CHECK (shipped >= 0 AND withdrawn >= 0 AND shipped + withdrawn <= quantity),
    ADD CONSTRAINT order_line_returned_check CHECK (returned BETWEEN 0 AND shipped),
    ADD CONSTRAINT order_line_refunded_check CHECK (refunded BETWEEN 0 AND quantity);

CREATE TABLE shipment (
    customer_id        uuid NOT NULL,
    id                 uuid NOT NULL,
    order_id           uuid NOT NULL,
    -- Counts within the order, from 1.
    number             integer NOT NULL CHECK (number > 0),
    state              text NOT NULL CHECK (state IN ('preparing', 'shipped', 'delivered', 'undeliverable', 'cancelled')),
    -- The carrier's name for people.
    carrier            text NOT NULL DEFAULT '',
    -- What was asked of the carrier; empty: the cheapest.
    service            text NOT NULL DEFAULT '',
    tracking_code      text,
    tracking_url       text,
    label_url          text,
    -- The adapter that bought the label, its id of the parcel, the chosen rate and the tracker.
    adapter            text,
    carrier_reference  text,
    rate_reference     text,
    tracker_reference  text,
    -- When the carrier was last asked where it is.
    asked_at           timestamptz,
    created_at         timestamptz NOT NULL,
    shipped_at         timestamptz,
    ended_at           timestamptz,
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (customer_id, id),
    CONSTRAINT shipment_number_key UNIQUE (customer_id, order_id, number),
    FOREIGN KEY (customer_id, order_id) REFERENCES orders ON UPDATE CASCADE
);
CREATE INDEX shipment_under_way ON shipment (asked_at) WHERE state = 'shipped' AND tracker_reference IS NOT NULL;

CREATE TABLE shipment_line (
    customer_id  uuid NOT NULL,
    shipment_id  uuid NOT NULL,
    position     integer NOT NULL,
    quantity     integer NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (customer_id, shipment_id, position),
    FOREIGN KEY (customer_id, shipment_id) REFERENCES shipment ON UPDATE CASCADE
);

-- Unique for everyone, like a payment's reference: whose parcel a carrier speaks of.
CREATE TABLE tracking_code (
    adapter      text NOT NULL,
    code         text NOT NULL,
    customer_id  uuid NOT NULL,
    shipment_id  uuid NOT NULL,
    PRIMARY KEY (adapter, code)
);

CREATE TABLE order_return (
    customer_id  uuid NOT NULL,
    id           uuid NOT NULL,
    order_id     uuid NOT NULL,
    number       integer NOT NULL CHECK (number > 0),
    state        text NOT NULL CHECK (state IN ('announced', 'received', 'refunded', 'cancelled')),
    reason       text NOT NULL,
    note         text NOT NULL DEFAULT '',
    restocked    boolean NOT NULL DEFAULT false,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (customer_id, id),
    CONSTRAINT order_return_number_key UNIQUE (customer_id, order_id, number),
    FOREIGN KEY (customer_id, order_id) REFERENCES orders ON UPDATE CASCADE
);

CREATE TABLE order_return_line (
    customer_id  uuid NOT NULL,
    return_id    uuid NOT NULL,
    position     integer NOT NULL,
    quantity     integer NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (customer_id, return_id, position),
    FOREIGN KEY (customer_id, return_id) REFERENCES order_return ON UPDATE CASCADE
);

CREATE TABLE refund (
    customer_id   uuid NOT NULL,
    -- The provider's idempotency key.
    id            uuid NOT NULL,
    order_id      uuid NOT NULL,
    attempt_id    uuid NOT NULL,
    return_id     uuid,
    amount_minor  bigint NOT NULL CHECK (amount_minor > 0),
    currency      text NOT NULL,
    reason        text NOT NULL CHECK (reason IN ('late', 'duplicate', 'cancelled', 'return', 'agreed')),
    -- Delivery's price is in it.
    delivery      boolean NOT NULL DEFAULT false,
    -- What was asked for, to tell the same request from another under the same id.
    asked         jsonb NOT NULL DEFAULT '{}',
    note          text NOT NULL DEFAULT '',
    state         text NOT NULL CHECK (state IN ('due', 'sent', 'failed')),
    failure       text,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (customer_id, id),
    FOREIGN KEY (customer_id, order_id) REFERENCES orders ON UPDATE CASCADE
);
CREATE INDEX refund_order ON refund (customer_id, order_id, created_at);

CREATE TABLE refund_line (
    customer_id  uuid NOT NULL,
    refund_id    uuid NOT NULL,
    position     integer NOT NULL,
    quantity     integer NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (customer_id, refund_id, position),
    FOREIGN KEY (customer_id, refund_id) REFERENCES refund ON UPDATE CASCADE
);

-- Where parcels are sent from (domain::checkout::Address); labels can't be bought for a location without.
ALTER TABLE location ADD COLUMN address jsonb;
UPDATE location SET address = '{"name": "Rialto", "line1": "Fondamenta San Biagio 800", "line2": "", "postcode": "30133",
    "city": "Venezia", "region": "", "country": "IT", "phone": ""}' WHERE code = 'giudecca';

-- A job that a person gave up stays visible, and is not done again.
ALTER TABLE job DROP CONSTRAINT job_state_check;
ALTER TABLE job ADD CONSTRAINT job_state_check CHECK (state IN ('waiting', 'done', 'parked', 'discarded'));
CREATE INDEX job_given_up ON job (created_at DESC, id DESC) WHERE state IN ('parked', 'discarded');

-- What followed an order's payment, as its page and mails show it (domain::fulfilment::Followed).
CREATE FUNCTION order_followed(of_customer uuid, of_order uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'shipments', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'number', s.number, 'state', s.state, 'carrier', s.carrier, 'tracking_code', s.tracking_code,
                       'tracking_url', s.tracking_url, 'label_url', s.label_url, 'shipped_at', s.shipped_at,
                       'ended_at', s.ended_at,
                       'lines', (SELECT coalesce(jsonb_agg(jsonb_build_object('line', p.position, 'quantity', p.quantity)
                                                           ORDER BY p.position), '[]')
                                 FROM shipment_line p WHERE p.customer_id = s.customer_id AND p.shipment_id = s.id))
                       ORDER BY s.number), '[]')
            FROM shipment s WHERE s.customer_id = of_customer AND s.order_id = of_order AND s.state <> 'cancelled'),
        'refunds', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'id', r.id, 'amount', jsonb_build_object('minor', r.amount_minor, 'currency', r.currency),
                       'state', r.state, 'reason', r.reason, 'failure', r.failure, 'at', r.created_at)
                       ORDER BY r.created_at, r.id), '[]')
            FROM refund r WHERE r.customer_id = of_customer AND r.order_id = of_order),
        'returns', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'number', b.number, 'state', b.state, 'reason', b.reason, 'at', b.created_at,
                       'lines', (SELECT coalesce(jsonb_agg(jsonb_build_object('line', p.position, 'quantity', p.quantity)
                                                           ORDER BY p.position), '[]')
                                 FROM order_return_line p WHERE p.customer_id = b.customer_id AND p.return_id = b.id))
                       ORDER BY b.number), '[]')
            FROM order_return b WHERE b.customer_id = of_customer AND b.order_id = of_order),
        'units', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'bought', l.quantity, 'shipped', l.shipped, 'withdrawn', l.withdrawn, 'returned', l.returned,
                       'refunded', l.refunded) ORDER BY l.position), '[]')
            FROM order_line l WHERE l.customer_id = of_customer AND l.order_id = of_order))
$$;
