-- What a product's page seldom needs, apart from its statement: beginning a statement costs by all that is in it, also by what is
-- never run.

-- Others of a product's category that are on sale, eight at most: first what comes after it in the shopkeeper's order, then from the
-- start again.
CREATE FUNCTION products_around(of_product uuid, of_category uuid, at_position bigint, in_market text, as_of timestamptz)
RETURNS uuid[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    around uuid[];
BEGIN
    around := ARRAY(
        SELECT p.id FROM product AS p
        WHERE p.status = 'active' AND p.published_at <= as_of AND p.category_id = of_category
          AND p.position >= at_position AND p.id <> of_product
          AND EXISTS (SELECT FROM variant AS v JOIN price ON price.variant_id = v.id AND price.market = in_market
                      WHERE v.product_id = p.id AND v.retired_at IS NULL)
        ORDER BY p.position LIMIT 8);
    IF cardinality(around) < 8 THEN
        around := around || ARRAY(
            SELECT p.id FROM product AS p
            WHERE p.status = 'active' AND p.published_at <= as_of AND p.category_id = of_category
              AND p.position < at_position AND p.id <> of_product
              AND EXISTS (SELECT FROM variant AS v JOIN price ON price.variant_id = v.id AND price.market = in_market
                          WHERE v.product_id = p.id AND v.retired_at IS NULL)
            ORDER BY p.position LIMIT 8);
    END IF;
    RETURN around[:8];
END $$;

-- `variant_stock` and `variant_sent_later`, of one: for what is a bundle, or may be sold ahead of the shelf.
CREATE FUNCTION rare_stock(of_variant uuid, today date, OUT available bigint, OUT is_late boolean, OUT sent_on date)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT stock.available INTO available FROM variant_stock(of_variant) AS stock;
    SELECT later.is_late, later.sent_on INTO is_late, sent_on FROM variant_sent_later(of_variant, 1, today) AS later;
END $$;
