-- What goes with a product: what others bought with it, and what is like it. Computed by shop::recommend; any of it may be lost.

-- A row, rather than twelve, for each kind: a million products are two million rows at most, and whether something changed is
-- one comparison. Ids of what is no longer there do no harm: whoever reads joins `product`.
CREATE TABLE recommendation (
    product_id  uuid NOT NULL REFERENCES product ON DELETE CASCADE,
    kind        text NOT NULL CHECK (kind IN ('together', 'similar')),
    -- The best first.
    others      uuid[] NOT NULL CHECK (cardinality(others) BETWEEN 1 AND 12),
    -- As of the day on which `others` changed last; only those of one row compare.
    scores      real[] NOT NULL,
    PRIMARY KEY (product_id, kind),
    CHECK (cardinality(scores) = cardinality(others)),
    CHECK (product_id <> ALL (others))
);

-- One process computes at a time, and goes on where another was stopped.
CREATE TABLE recommendation_run (
    is_only         boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    -- When a worker begins the next one.
    due_at          timestamptz NOT NULL,
    -- Somebody is at it until then, unless they say so again.
    leased_until    timestamptz,
    -- The last product whose likes are known, in the order of (category, position, id); NULL between runs. What has no category
    -- comes first, as the nil UUID.
    after_category  uuid,
    after_position  bigint,
    after_product   uuid,
    CHECK (num_nulls(after_category, after_position, after_product) IN (0, 3))
);
-- Not at once: a new shop is filled first. `rialto seed` and `rialto recommend` don't wait.
INSERT INTO recommendation_run (due_at) VALUES (now() + interval '6 hours');
