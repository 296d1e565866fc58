-- Money that came besides another attempt's counts as failed and goes back; when that was decided, so that hearing of it
-- again decides nothing.
ALTER TABLE payment_attempt ADD COLUMN duplicate_at timestamptz;
