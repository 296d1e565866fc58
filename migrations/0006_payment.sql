-- Several providers: an attempt that got no clear answer is passed on, and one that no provider could be asked about waits.

ALTER TABLE payment_attempt
    -- When its page was last asked for, where that was later than it was made.
    ADD COLUMN asked_at timestamptz,
    -- No provider could be reached: nobody is asking, and a worker will. NULL while someone may be asking.
    ADD COLUMN deferred_at timestamptz,
    -- Not to be paid any more: its page was never shown to the shopper, or no capture will be asked for. The reconciler
    -- closes it.
    ADD COLUMN given_up_at timestamptz,
    -- A capture was asked for, and it is not known how it went.
    ADD COLUMN capture_asked_at timestamptz,
    ADD CONSTRAINT payment_attempt_capture_or_give_up CHECK (capture_asked_at IS NULL OR given_up_at IS NULL);
-- One page at most that an order can be paid at.
CREATE UNIQUE INDEX payment_attempt_live_key ON payment_attempt (customer_id, order_id)
    WHERE state IN ('created', 'pending', 'unknown') AND given_up_at IS NULL;
CREATE INDEX payment_attempt_deferred ON payment_attempt (deferred_at) WHERE state = 'created' AND deferred_at IS NOT NULL;

-- When the link to pay was mailed, after an outage: once for an order.
ALTER TABLE orders ADD COLUMN payment_link_at timestamptz;
