-- What `cargo xtask bench` holds placing an order against: a transaction of the same shape without a shop around it. Three lines
-- in one call: three rows of stock changed, and ten rows written (order, lines, ledger, payment, event, audit entry), each table
-- with its primary key.
CREATE TABLE stock (id integer PRIMARY KEY, on_hand bigint NOT NULL, held bigint NOT NULL CHECK (held <= on_hand));
CREATE TABLE orders (id uuid PRIMARY KEY, email text NOT NULL, address jsonb NOT NULL, quote jsonb NOT NULL,
                     total bigint NOT NULL, placed_at timestamptz NOT NULL);
CREATE TABLE order_line (order_id uuid REFERENCES orders, position integer, stock_id integer NOT NULL, line jsonb NOT NULL,
                         PRIMARY KEY (order_id, position));
CREATE TABLE ledger (id uuid PRIMARY KEY, stock_id integer NOT NULL, change bigint NOT NULL, order_id uuid NOT NULL);
CREATE TABLE attempt (id uuid PRIMARY KEY, order_id uuid NOT NULL REFERENCES orders, state text NOT NULL, amount bigint NOT NULL);
CREATE TABLE outbox (id uuid PRIMARY KEY, at timestamptz NOT NULL, kind text NOT NULL, payload jsonb NOT NULL);
CREATE TABLE audit (id uuid PRIMARY KEY, at timestamptz NOT NULL, actor jsonb NOT NULL, change jsonb NOT NULL);
INSERT INTO stock SELECT n, 1000000000, 0 FROM generate_series(1, 300) AS n;

CREATE FUNCTION place(a integer, b integer, c integer, details jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    fresh uuid := gen_random_uuid();
BEGIN
    PERFORM FROM stock WHERE id IN (a, b, c) ORDER BY id FOR UPDATE;
    UPDATE stock SET held = held + 1 WHERE id IN (a, b, c) AND held < on_hand;
    INSERT INTO orders VALUES (fresh, 'ada@rialto.example', details, details, 7200, now());
    INSERT INTO order_line SELECT fresh, place, id, details FROM unnest(ARRAY[a, b, c]) WITH ORDINALITY AS line (id, place);
    INSERT INTO ledger SELECT gen_random_uuid(), id, 1, fresh FROM unnest(ARRAY[a, b, c]) AS line (id);
    INSERT INTO attempt VALUES (gen_random_uuid(), fresh, 'created', 7200);
    INSERT INTO outbox VALUES (gen_random_uuid(), now(), 'order.placed', details);
    INSERT INTO audit VALUES (gen_random_uuid(), now(), '{"kind": "guest"}', details);
END $$;
