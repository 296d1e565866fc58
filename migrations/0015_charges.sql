-- Refunds give back gift cards' money too; and saved means of payment are charged while the shopper is away.

-- What of a refund goes to the cards that the order was paid with; `amount_minor` goes to the provider. Claimed while the
-- refund is due, given back in the transaction that records that it was sent.
ALTER TABLE refund
    ADD COLUMN credit_minor bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT refund_amount_minor_check,
    ADD CONSTRAINT refund_amount_check CHECK (amount_minor >= 0 AND credit_minor >= 0 AND amount_minor + credit_minor > 0);
-- The refund that gave it back: each gives to a card once.
ALTER TABLE gift_card_entry ADD COLUMN refund_id uuid;
CREATE UNIQUE INDEX gift_card_entry_refund_key ON gift_card_entry (refund_id, card_id) WHERE refund_id IS NOT NULL;

-- Gives back to its cards what a refund claimed of an order's credit, and returns how much it was: never more than is left
-- of what was taken. The same refund again gives nothing more, and returns what it gave. The order is locked.
CREATE FUNCTION refund_credit(
    of_customer uuid, of_order uuid, of_refund uuid, up_to bigint, by_actor jsonb, as_of timestamptz)
RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    part record;
    given bigint;
    gives bigint;
    after bigint;
BEGIN
    SELECT sum(e.change_minor) INTO given FROM gift_card_entry e WHERE e.refund_id = of_refund;
    IF given IS NOT NULL THEN RETURN given; END IF;
    given := 0;
    FOR part IN SELECT c.card_id, c.amount_minor - c.returned_minor AS rest FROM order_credit c
                WHERE c.customer_id = of_customer AND c.order_id = of_order AND c.returned_minor < c.amount_minor
                ORDER BY c.card_id FOR UPDATE LOOP
        gives := least(part.rest, up_to - given);
        EXIT WHEN gives <= 0;
        UPDATE order_credit c SET returned_minor = c.returned_minor + gives
        WHERE c.customer_id = of_customer AND c.order_id = of_order AND c.card_id = part.card_id;
        UPDATE gift_card g SET balance_minor = g.balance_minor + gives, updated_at = as_of
        WHERE g.id = part.card_id
        RETURNING g.balance_minor INTO after;
        INSERT INTO gift_card_entry (at, card_id, change_minor, balance_minor, cause, order_id, refund_id, actor)
        VALUES (as_of, part.card_id, gives, after, 'refund', of_order, of_refund, by_actor);
        given := given + gives;
    END LOOP;
    RETURN given;
END $$;

-- As before, with what goes back to cards in a refund's amount, and by itself.
CREATE OR REPLACE FUNCTION order_followed(of_customer uuid, of_order uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
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
                       'id', r.id,
                       'amount', jsonb_build_object('minor', r.amount_minor + r.credit_minor, 'currency', r.currency),
                       'to_cards', CASE WHEN r.credit_minor > 0
                                        THEN jsonb_build_object('minor', r.credit_minor, 'currency', r.currency) END,
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

ALTER TABLE payment_attempt
    -- The shop charges a saved means of payment itself, the shopper being away: whose and which, as the provider calls
    -- them. `capture_asked_at` says that it was asked to, and that it is not known how it went.
    ADD COLUMN charge_customer text,
    ADD COLUMN charge_method text,
    -- After a charge in vain, an attempt that the shopper pays was made.
    ADD COLUMN followed_at timestamptz,
    ADD CONSTRAINT payment_attempt_charge_check CHECK ((charge_customer IS NULL) = (charge_method IS NULL));
CREATE INDEX payment_attempt_to_follow ON payment_attempt (updated_at)
    WHERE state = 'failed' AND charge_method IS NOT NULL AND followed_at IS NULL;
