-- What shoppers keep for later.

CREATE TABLE wish (
    customer_id  uuid NOT NULL REFERENCES customer,
    product_id   uuid NOT NULL REFERENCES product ON DELETE CASCADE,
    added_at     timestamptz NOT NULL,
    PRIMARY KEY (customer_id, product_id)
);
CREATE INDEX wish_of_product ON wish (product_id);
