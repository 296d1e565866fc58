-- What is sold ahead of the shelf says when it is sent.

-- Whether so many of a variant, or of what it is made of, are sent later than usual: a pre-order until its day, a backorder
-- while the shelf does not hold them. And the day, if one is known; of a bundle the last.
CREATE FUNCTION variant_sent_later(of_variant uuid, wanted bigint, today date)
RETURNS TABLE (is_late boolean, sent_on date) LANGUAGE sql STABLE AS $$
    SELECT count(*) > 0, CASE WHEN count(part.sent_on) = count(*) THEN max(part.sent_on) END
    FROM (SELECT CASE WHEN v.supply_on > today THEN v.supply_on END AS sent_on
          FROM (SELECT of_variant AS id, wanted AS needed
                UNION ALL
                SELECT c.component_id, wanted * c.quantity FROM bundle_component c WHERE c.bundle_id = of_variant) AS need
          JOIN variant v ON v.id = need.id
          WHERE (v.supply = 'preorder' AND v.supply_on > today)
             OR (v.supply = 'backorder'
                 AND need.needed > (SELECT coalesce(sum(s.on_hand - s.held), 0) FROM stock s WHERE s.variant_id = v.id))
         ) AS part
$$;

-- The same with what is promised of each line.
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
                        THEN stock.available ELSE 0 END AS available,
                   coalesce(later.is_late, false) AS is_late, later.sent_on
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
            LEFT JOIN LATERAL (
                SELECT * FROM variant_sent_later(variant.id, line.quantity, (as_of AT TIME ZONE 'UTC')::date)
                WHERE variant.supply <> 'shelf'
                   OR EXISTS (SELECT FROM bundle_component b WHERE b.bundle_id = variant.id)
            ) AS later ON true
            WHERE line.customer_id = of_customer AND line.cart_id = of_cart
        ) AS shown);
END $$;

-- The same, and pages of what is sold on while the shelf is empty change when it empties, and when it is filled.
CREATE OR REPLACE FUNCTION move_stock(
    variants uuid[], locations uuid[], on_hands bigint[], helds bigint[], solds bigint[],
    why text, because_of uuid, moved_at timestamptz, entry uuid, few bigint)
RETURNS text[] LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    changed uuid[];
    befores bigint[];
    afters bigint[];
    shelves bigint[];
    gains bigint[];
BEGIN
    WITH moved AS (
        UPDATE stock s
        SET on_hand = s.on_hand + wanted.on_hand, held = s.held + wanted.held, sold = s.sold + wanted.sold
        FROM unnest(variants, locations, on_hands, helds, solds) WITH ORDINALITY
            AS wanted (variant_id, location_id, on_hand, held, sold, place)
        WHERE s.variant_id = wanted.variant_id AND s.location_id = wanted.location_id
        RETURNING s.variant_id, s.location_id, wanted.on_hand, wanted.held, wanted.sold, wanted.place),
    written AS (
        INSERT INTO stock_ledger (id, at, variant_id, location_id, on_hand_change, held_change, sold_change, cause, reference)
        SELECT (left(entry::text, 32) || lpad(to_hex(moved.place), 4, '0'))::uuid, moved_at, moved.variant_id,
               moved.location_id, moved.on_hand, moved.held, moved.sold, why, because_of
        FROM moved),
    gained AS (
        SELECT moved.variant_id, sum(moved.on_hand - moved.held)::bigint AS units FROM moved GROUP BY moved.variant_id)
    -- This statement still sees the stock as it was before the move, at all locations.
    SELECT array_agg(gained.variant_id), array_agg(before.available), array_agg(before.available + gained.units),
           array_agg(before.shelf), array_agg(gained.units)
    INTO changed, befores, afters, shelves, gains
    FROM gained
    CROSS JOIN LATERAL (
        SELECT CASE WHEN NOT bool_or(s.oversell AND s.backorder_limit IS NULL)
                    THEN sum(s.on_hand - s.held + CASE WHEN s.oversell THEN s.backorder_limit ELSE 0 END)::bigint
               END AS available,
               sum(s.on_hand - s.held)::bigint AS shelf
        FROM stock s WHERE s.variant_id = gained.variant_id) AS before
    -- Where stock limits nothing, a page still says when the shelf is empty, if more is promised.
    WHERE gained.units <> 0
      AND (before.available IS NOT NULL
           OR EXISTS (SELECT FROM variant v WHERE v.id = gained.variant_id AND v.supply = 'backorder'));

    IF changed IS NULL THEN RETURN '{}'; END IF;
    -- A bundle's state is the worst of its components': where none of theirs changes, its own does not.
    SELECT array_agg(DISTINCT shown.variant_id) INTO changed
    FROM unnest(changed, befores, afters, shelves, gains) AS total (variant_id, before, after, shelf, gain)
    CROSS JOIN LATERAL (
        SELECT total.variant_id
        WHERE stock_state(total.before, few) <> stock_state(total.after, few)
           OR (total.shelf > 0) <> (total.shelf + total.gain > 0)
        UNION ALL
        SELECT c.bundle_id FROM bundle_component c
        WHERE c.component_id = total.variant_id
          AND (stock_state(floor(total.before::numeric / c.quantity)::bigint, few)
               <> stock_state(floor(total.after::numeric / c.quantity)::bigint, few)
               OR (total.shelf >= c.quantity) <> (total.shelf + total.gain >= c.quantity))) AS shown;
    IF changed IS NULL THEN RETURN '{}'; END IF;
    RETURN stock_page_tags(changed);
END $$;
