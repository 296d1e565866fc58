-- Delivery by zone, places to pick up at, and the words of options in other languages.

-- A zone is a group of countries (`US`) and regions (`US-HI`); the most specific one that names a destination counts.
CREATE TABLE delivery_zone (
    market    text NOT NULL REFERENCES market,
    code      text NOT NULL,
    areas     text[] NOT NULL CHECK (cardinality(areas) > 0),
    position  integer NOT NULL,
    PRIMARY KEY (market, code)
);

-- A place with a country can be picked up at. Name and hours by locale.
ALTER TABLE location
    ADD COLUMN called    jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN hours     jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN line1     text NOT NULL DEFAULT '',
    ADD COLUMN postcode  text NOT NULL DEFAULT '',
    ADD COLUMN city      text NOT NULL DEFAULT '',
    ADD COLUMN region    text NOT NULL DEFAULT '',
    ADD COLUMN country   text;

-- Without a zone, an option is for its `countries`. It is offered for goods worth from `from_minor` (inclusive, before
-- discounts) to `below_minor` (exclusive).
ALTER TABLE delivery_option
    ADD COLUMN zone         text,
    ADD COLUMN pick_up      text REFERENCES location (code),
    ADD COLUMN from_minor   bigint NOT NULL DEFAULT 0 CHECK (from_minor >= 0),
    ADD COLUMN below_minor  bigint CHECK (below_minor > from_minor),
    ADD FOREIGN KEY (market, zone) REFERENCES delivery_zone;

-- The names (`Colour`) and values (`Ink`) of products' options; one that is missing reads the same in every language.
CREATE TABLE option_word (
    locale  text NOT NULL,
    kind    text NOT NULL CHECK (kind IN ('name', 'value')),
    source  text NOT NULL,
    word    text NOT NULL,
    PRIMARY KEY (locale, kind, source)
);

-- The lines of a cart with all that a page shows of them, in one market and language, in their order.
-- `available` is NULL where stock does not limit what can be bought; 0 also for what is no longer sold.
-- `amount_minor` is NULL where the market has no price any more. `options` is for the release before option_names.
--
-- Carts have 3 lines or 300, and one plan serves both: a few index look-ups for each line. Left to guess, the planner takes
-- the average cart for granted, and a long one then costs thirty times as much.
CREATE OR REPLACE FUNCTION cart_lines(of_customer uuid, of_cart uuid, in_market text, in_locale text, as_of timestamptz)
RETURNS json LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    RETURN (
        SELECT coalesce(json_agg(shown ORDER BY shown.position), '[]')
        FROM (
            SELECT line.position, line.variant_id AS variant, line.quantity, variant.sku, product.slug AS product_slug,
                   coalesce(nullif(translation.title, ''), product.title) AS title,
                   array_to_string(variant.option_values, ' · ') AS options, product.option_names, variant.option_values,
                   picture.src AS picture_src, picture.alt AS picture_alt,
                   price.amount_minor, price.compare_at_minor, variant.weight_g, variant.tax_class,
                   CASE WHEN price.amount_minor IS NOT NULL AND variant.retired_at IS NULL
                             AND product.status = 'active' AND product.published_at <= as_of
                        THEN stock.available ELSE 0 END AS available
            FROM cart_line AS line
            JOIN variant ON variant.id = line.variant_id
            JOIN product ON product.id = variant.product_id
            LEFT JOIN product_translation AS translation
                   ON translation.product_id = product.id AND translation.locale = in_locale
            LEFT JOIN price ON price.variant_id = variant.id AND price.market = in_market
            LEFT JOIN LATERAL (
                SELECT p.src, p.alt FROM picture AS p WHERE p.product_id = product.id
                ORDER BY (p.position IS NOT DISTINCT FROM variant.picture_position) DESC, p.position LIMIT 1
            ) AS picture ON true
            CROSS JOIN LATERAL variant_stock(variant.id) AS stock
            WHERE line.customer_id = of_customer AND line.cart_id = of_cart
        ) AS shown);
END $$;
