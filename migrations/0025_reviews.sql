-- Reviews, what they come to, and what sold lately.

-- What a shopper says of a product. It is shown once somebody of the shop has read it.
CREATE TABLE review (
    customer_id   uuid NOT NULL REFERENCES customer,
    id            uuid NOT NULL,
    product_id    uuid NOT NULL REFERENCES product ON DELETE CASCADE,
    -- domain::customer::email_key of the address that they are known by: the order's, or the one they claimed.
    email_key     text,
    -- 'replaced': a later one of the same person took its place.
    state         text NOT NULL CHECK (state IN ('pending', 'published', 'refused', 'replaced')),
    stars         smallint NOT NULL CHECK (stars BETWEEN 1 AND 5),
    title         text NOT NULL,
    body          text NOT NULL,
    -- As they want to be called.
    name          text NOT NULL,
    market        text NOT NULL,
    locale        text NOT NULL,
    -- They bought it: a paid order of theirs holds it.
    is_verified   boolean NOT NULL,
    -- Why it was refused, for the shop's own people.
    reason        text CHECK ((reason IS NOT NULL) = (state = 'refused')),
    written_at    timestamptz NOT NULL,
    -- When it ceased to wait.
    moderated_at  timestamptz CHECK ((moderated_at IS NULL) = (state = 'pending')),
    PRIMARY KEY (customer_id, id)
);
-- Whoever writes again before it was read replaces it.
CREATE UNIQUE INDEX review_pending_key ON review (customer_id, product_id) WHERE state = 'pending';
CREATE UNIQUE INDEX review_pending_email_key ON review (product_id, email_key) WHERE state = 'pending';
CREATE INDEX review_shown ON review (product_id, moderated_at DESC, id DESC) WHERE state = 'published';
CREATE INDEX review_waiting ON review (written_at, id) WHERE state = 'pending';
CREATE INDEX review_written ON review (product_id, written_at);
CREATE INDEX review_by_id ON review (id);

ALTER TABLE product
    -- Of its published reviews: how many, and the sum of their stars.
    ADD COLUMN rating_count integer NOT NULL DEFAULT 0,
    ADD COLUMN rating_sum   bigint  NOT NULL DEFAULT 0,
    -- Thousandths of a star by which lists are ordered; 0 without reviews. Few reviews count towards the middle, as if five
    -- others had given 3.5 stars: one happy shopper is not better than two hundred.
    ADD COLUMN rating_score integer NOT NULL DEFAULT 0,
    -- Units sold in the last weeks (shop::catalog::count_sold).
    ADD COLUMN sold_lately  bigint  NOT NULL DEFAULT 0;
CREATE INDEX product_rated ON product ((-rating_score), id) WHERE status = 'active' AND rating_count > 0;
CREATE INDEX product_category_rated ON product (category_id, (-rating_score), id) WHERE status = 'active' AND rating_count > 0;
CREATE INDEX product_sold ON product ((-sold_lately), id) WHERE status = 'active' AND sold_lately > 0;
CREATE INDEX product_category_sold ON product (category_id, (-sold_lately), id) WHERE status = 'active' AND sold_lately > 0;

-- A product's figures are those of its published reviews, whoever changes a review, and in the same transaction.
CREATE FUNCTION count_review() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    more integer := 0;
    stars integer := 0;
    rated uuid;
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.state = 'published' THEN
        more := more - 1;
        stars := stars - OLD.stars;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.state = 'published' THEN
        more := more + 1;
        stars := stars + NEW.stars;
    END IF;
    IF more <> 0 OR stars <> 0 THEN
        IF TG_OP = 'DELETE' THEN rated := OLD.product_id; ELSE rated := NEW.product_id; END IF;
        UPDATE product
        SET rating_count = rating_count + more, rating_sum = rating_sum + stars,
            rating_score = CASE WHEN rating_count + more > 0
                                THEN (1000 * (rating_sum + stars) + 5 * 3500) / (rating_count + more + 5) ELSE 0 END
        WHERE id = rated;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER review_counts AFTER INSERT OR DELETE OR UPDATE OF state, stars ON review
FOR EACH ROW EXECUTE FUNCTION count_review();

-- The latest that is said of a product, as domain::catalog::Review reads it: a day is a year and its day in it.
CREATE FUNCTION latest_reviews(of_product uuid, most integer) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object(
               'stars', stars, 'title', title, 'body', body, 'name', name, 'locale', locale, 'is_verified', is_verified,
               'day', jsonb_build_array(extract(year FROM written_at AT TIME ZONE 'UTC')::int,
                                        extract(doy FROM written_at AT TIME ZONE 'UTC')::int))
               ORDER BY moderated_at DESC, id DESC), '[]')
    FROM (SELECT * FROM review WHERE product_id = of_product AND state = 'published'
          ORDER BY moderated_at DESC, id DESC LIMIT most) latest
$$;
