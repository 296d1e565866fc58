-- The hot statements again, for what they cost: a turn of the shop is a handful of calls, so each call's own expense counts.
--
-- Here are the only valid definitions of `cart_promotions`, `cart_lines`, `change_cart`, `announce_pages` and `place_order`.
-- Two things made them dear. A function in SQL that can't be put into its query is parsed and planned anew at each call
-- (`promotion_problem`, `announce_pages`). And plans that serve bundles and several locations were run for carts that have
-- neither.

-- Rows that all carts share were locked by each new cart and line, only to find that they exist; as in 0013, none of them is
-- ever deleted, and `change_cart` has just read both.
ALTER TABLE cart DROP CONSTRAINT cart_market_fkey;
ALTER TABLE checkout DROP CONSTRAINT checkout_market_fkey;
ALTER TABLE cart_line DROP CONSTRAINT cart_line_variant_id_fkey;

-- Says in the outbox that these pages changed; without tags, nothing.
CREATE OR REPLACE FUNCTION announce_pages(tags text[], event uuid, happened_at timestamptz, by_actor jsonb, trace text)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF cardinality(tags) > 0 THEN
        INSERT INTO outbox (id, at, kind, actor, trace_id, payload)
        VALUES (event, happened_at, 'pages.changed', by_actor, trace, jsonb_build_object('tags', tags));
    END IF;
END $$;

-- What could lower the price of a cart or pay for it: promotions that are everyone's, those of its codes (each with what is
-- in its way), gift cards; and, where a promotion asks for them, its lines' categories and tags. NULL when there is nothing.
-- VOLATILE, so that it sees what the change in the same statement did. What everyone may have is asked as `promotion_problem`
-- asks it, written out.
CREATE OR REPLACE FUNCTION cart_promotions(of_customer uuid, of_cart uuid, in_market text, as_of timestamptz)
RETURNS json LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    rules json;
    cards json;
    facts json;
    asks boolean;
BEGIN
    IF of_cart IS NULL THEN RETURN NULL; END IF;
    IF EXISTS (SELECT FROM cart_code kept WHERE kept.customer_id = of_customer AND kept.cart_id = of_cart) THEN
        SELECT json_agg(shown ORDER BY shown.priority DESC, shown.id), bool_or(shown.asks_catalogue) INTO rules, asks
        FROM (
            SELECT p.id, p.titles, p.terms, p.priority, p.asks_catalogue, NULL AS code, NULL AS problem,
                   p.most_uses IS NOT NULL OR p.most_per_customer IS NOT NULL AS is_counted
            FROM promotion p
            WHERE p.is_automatic AND promotion_problem(p, of_customer, in_market, as_of) IS NULL
            UNION ALL
            SELECT p.id, p.titles, p.terms, p.priority, p.asks_catalogue, kept.code,
                   promotion_problem(p, of_customer, in_market, as_of), true
            FROM cart_code kept
            JOIN promotion_code c ON c.code = kept.code
            JOIN promotion p ON p.id = c.promotion_id
            WHERE kept.customer_id = of_customer AND kept.cart_id = of_cart
        ) AS shown;
    ELSE
        SELECT json_agg(json_build_object('id', p.id, 'titles', p.titles, 'terms', p.terms,
                   'is_counted', p.most_uses IS NOT NULL OR p.most_per_customer IS NOT NULL) ORDER BY p.priority DESC, p.id),
               bool_or(p.asks_catalogue)
        INTO rules, asks
        FROM promotion p
        WHERE p.is_automatic
          AND (p.starts_at IS NULL OR p.starts_at <= as_of) AND (p.ends_at IS NULL OR p.ends_at > as_of)
          AND (p.markets = '{}' OR in_market = ANY (p.markets))
          AND (p.groups = '{}' OR EXISTS (
              SELECT FROM customer_group g WHERE g.customer_id = of_customer AND g.name = ANY (p.groups)))
          AND (p.most_uses IS NULL OR p.used < p.most_uses)
          AND (p.most_per_customer IS NULL OR NOT EXISTS (
              SELECT FROM promotion_customer u
              WHERE u.customer_id = of_customer AND u.promotion_id = p.id AND u.used >= p.most_per_customer));
    END IF;
    IF asks THEN
        facts := (
            SELECT json_agg(json_build_object('variant', line.variant_id, 'category', category.slug, 'tags', product.tags))
            FROM cart_line AS line
            JOIN variant ON variant.id = line.variant_id
            JOIN product ON product.id = variant.product_id
            LEFT JOIN category ON category.id = product.category_id
            WHERE line.customer_id = of_customer AND line.cart_id = of_cart);
    END IF;
    IF EXISTS (SELECT FROM gift_card g WHERE g.customer_id = of_customer AND g.balance_minor > 0)
       OR EXISTS (SELECT FROM cart_card kept WHERE kept.customer_id = of_customer AND kept.cart_id = of_cart) THEN
        -- The customer's own credit goes first; what can't be spent elsewhere is spent here.
        cards := (
            SELECT json_agg(json_build_object('id', held.id, 'ending', held.ending, 'balance', held.balance_minor)
                            ORDER BY held.added_at NULLS FIRST, held.id)
            FROM (
                SELECT g.id, g.ending, g.balance_minor, g.currency, g.expires_at, NULL::timestamptz AS added_at
                FROM gift_card g WHERE g.customer_id = of_customer AND g.balance_minor > 0
                UNION ALL
                SELECT g.id, g.ending, g.balance_minor, g.currency, g.expires_at, kept.added_at
                FROM cart_card kept JOIN gift_card g ON g.id = kept.card_id
                WHERE kept.customer_id = of_customer AND kept.cart_id = of_cart
            ) AS held
            JOIN market ON market.code = in_market AND market.currency = held.currency
            WHERE held.expires_at IS NULL OR held.expires_at > as_of);
    END IF;
    IF rules IS NULL AND cards IS NULL THEN RETURN NULL; END IF;
    RETURN json_build_object('rules', coalesce(rules, '[]'), 'facts', coalesce(facts, '[]'), 'cards', coalesce(cards, '[]'));
END $$;

-- `variant_stock` apart from the query that asks: beginning a query costs by all that is in it, also by what is rarely run.
CREATE FUNCTION bundle_stock(of_variant uuid) RETURNS bigint LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (SELECT stock.available FROM variant_stock(of_variant) AS stock);
END $$;

-- `variant_sent_later`, likewise.
CREATE FUNCTION line_sent_later(of_variant uuid, wanted bigint, today date, OUT is_late boolean, OUT sent_on date)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    SELECT later.is_late, later.sent_on INTO is_late, sent_on FROM variant_sent_later(of_variant, wanted, today) AS later;
END $$;

-- What one of a bundle is made of, for `order_line.components`; NULL for what is no bundle.
CREATE FUNCTION bundle_components(of_variant uuid) RETURNS jsonb LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (SELECT jsonb_agg(jsonb_build_object('variant', c.component_id, 'quantity', c.quantity) ORDER BY c.component_id)
            FROM bundle_component c WHERE c.bundle_id = of_variant);
END $$;

-- The lines of a cart with all that a page shows of them, in one market and language, in their order; those of the variants
-- from `lowest` to `highest` (the same twice is one line, found by the index).
-- `available` is NULL where stock does not limit what can be bought; 0 also for what is no longer sold.
-- `amount_minor` is NULL where the market has no price any more. `options` is for the release before option_names.
--
-- Carts have 3 lines or 300, and one plan serves both: a few index look-ups for each line. Left to guess, the planner takes
-- the average cart for granted, and a long one then costs thirty times as much.
CREATE FUNCTION cart_lines(
    of_customer uuid, of_cart uuid, in_market text, in_locale text, as_of timestamptz, lowest uuid, highest uuid)
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
                   CASE WHEN price.amount_minor IS NULL OR variant.retired_at IS NOT NULL
                             OR product.status <> 'active' OR product.published_at > as_of
                             OR product.published_at IS NULL THEN 0
                        WHEN bundle.is_one THEN bundle_stock(variant.id)
                        -- As variant_stock has it for what is no bundle.
                        ELSE (SELECT CASE WHEN NOT bool_or(s.oversell AND s.backorder_limit IS NULL)
                                          THEN sum(s.on_hand - s.held + CASE WHEN s.oversell THEN s.backorder_limit ELSE 0 END)::bigint
                                     END
                              FROM stock s WHERE s.variant_id = variant.id)
                   END AS available,
                   -- Few lines are sent later than usual; only theirs are asked for.
                   CASE WHEN variant.supply <> 'shelf' OR bundle.is_one
                        THEN (line_sent_later(variant.id, line.quantity, (as_of AT TIME ZONE 'UTC')::date)).is_late
                        ELSE false END AS is_late,
                   CASE WHEN variant.supply <> 'shelf' OR bundle.is_one
                        THEN (line_sent_later(variant.id, line.quantity, (as_of AT TIME ZONE 'UTC')::date)).sent_on
                   END AS sent_on
            FROM cart_line AS line
            JOIN variant ON variant.id = line.variant_id
            JOIN product ON product.id = variant.product_id
            LEFT JOIN product_translation AS translation
                   ON translation.product_id = product.id AND translation.locale = in_locale
            LEFT JOIN price ON price.variant_id = variant.id AND price.market = in_market
            LEFT JOIN LATERAL (
                (SELECT p.src, p.alt FROM picture AS p
                 WHERE p.product_id = product.id AND p.position = variant.picture_position)
                UNION ALL
                (SELECT p.src, p.alt FROM picture AS p WHERE p.product_id = product.id ORDER BY p.position LIMIT 1)
                LIMIT 1
            ) AS picture ON true
            LEFT JOIN LATERAL (
                SELECT true AS is_one FROM bundle_component AS c WHERE c.bundle_id = variant.id LIMIT 1
            ) AS bundle ON true
            WHERE line.customer_id = of_customer AND line.cart_id = of_cart
              AND line.variant_id >= lowest AND line.variant_id <= highest
        ) AS shown);
END $$;

-- All of them.
CREATE OR REPLACE FUNCTION cart_lines(of_customer uuid, of_cart uuid, in_market text, in_locale text, as_of timestamptz)
RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN cart_lines(of_customer, of_cart, in_market, in_locale, as_of,
                      '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff');
END $$;
-- Applies one command to a customer's open cart in a market, beginning the cart with its first line, and returns the cart
-- as it then is, with what it could have (`cart_promotions`). `wanted` is domain::cart::CartChange. The outcome is 'changed',
-- or why nothing was:
-- 'replayed' (this command was done before: the cart as it is now), 'command_reused' (it was another change then),
-- 'unknown_variant', 'not_sold_here', 'sold_out', 'no_such_line', 'too_many_lines', 'too_large',
-- 'customer_merged' (the customer is another by now).
--
-- Whoever has a copy of the cart `known_cart` as it was at `known_version` and finds just that one changed is given the
-- changed line alone (none, when it was removed): `is_partial`. So a change of a long cart costs little more than one of a
-- short one.
--
-- It is a procedure of statements, not one statement with CTEs, because each statement must see what was committed
-- before the cart's lock was had: with one snapshot for all of it, a second tab's lines would be missing from the answer.
CREATE FUNCTION change_cart(
    whose uuid, in_market text, in_locale text, fresh_cart uuid, command uuid, wanted jsonb, by_actor jsonb,
    as_of timestamptz, most_lines integer, most_quantity integer, most_minor bigint, known_cart uuid, known_version bigint,
    OUT outcome text, OUT open_cart uuid, OUT open_version bigint, OUT is_partial boolean, OUT open_lines json,
    OUT open_offers json)
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    wanted_kind text := wanted ->> 'kind';
    wanted_variant uuid := (wanted ->> 'variant')::uuid;
    wanted_quantity integer := (wanted ->> 'quantity')::integer;
    earlier jsonb;
    offer record;
    line_count integer;
    last_position integer;
BEGIN
    is_partial := false;
    LOOP
        SELECT cart.id, cart.version INTO open_cart, open_version FROM cart
        WHERE cart.customer_id = whose AND cart.market = in_market AND cart.state = 'open'
        FOR NO KEY UPDATE;

        SELECT cart_command.change INTO earlier FROM cart_command
        WHERE cart_command.customer_id = whose AND cart_command.command_id = command LIMIT 1;
        IF FOUND THEN
            outcome := CASE WHEN earlier = wanted THEN 'replayed' ELSE 'command_reused' END;
            IF open_cart IS NULL THEN
                -- It may have been begun by this very command, sent twice, since it was looked for.
                SELECT cart.id, cart.version INTO open_cart, open_version FROM cart
                WHERE cart.customer_id = whose AND cart.market = in_market AND cart.state = 'open'
                FOR NO KEY UPDATE;
            END IF;
            EXIT;
        END IF;

        IF wanted_kind = 'add_line' THEN
            SELECT price.amount_minor, stock.available, least(most_quantity, variant.most_per_order) AS most,
                   variant.retired_at IS NULL AND product.status = 'active' AND product.published_at <= as_of AS is_sold
            INTO offer
            FROM variant
            JOIN product ON product.id = variant.product_id
            LEFT JOIN price ON price.variant_id = variant.id AND price.market = in_market
            CROSS JOIN LATERAL variant_stock(variant.id) AS stock
            WHERE variant.id = wanted_variant;
            IF offer.is_sold IS NOT TRUE THEN outcome := 'unknown_variant'; EXIT; END IF;
            IF offer.amount_minor IS NULL THEN outcome := 'not_sold_here'; EXIT; END IF;
            IF offer.available <= 0 THEN outcome := 'sold_out'; EXIT; END IF;
            -- Far above any price, far below where a sum of lines would overflow.
            IF offer.amount_minor > most_minor THEN outcome := 'too_large'; EXIT; END IF;
        END IF;

        IF open_cart IS NULL THEN
            IF wanted_kind <> 'add_line' THEN
                -- What is not there is removed already.
                outcome := CASE wanted_kind WHEN 'remove_line' THEN 'changed' ELSE 'no_such_line' END;
                EXIT;
            END IF;
            -- Waits for a merge of this customer that is under way.
            PERFORM FROM customer WHERE customer.id = whose AND customer.merged_into IS NULL FOR SHARE;
            IF NOT FOUND THEN outcome := 'customer_merged'; EXIT; END IF;
            -- Versions go on from the carts before, so that whoever keeps the highest has the latest.
            INSERT INTO cart (customer_id, id, market, version, created_at, updated_at)
            SELECT whose, fresh_cart, in_market, coalesce(max(cart.version), 0), as_of, as_of
            FROM cart WHERE cart.customer_id = whose AND cart.market = in_market
            ON CONFLICT (customer_id, market) WHERE state = 'open' DO NOTHING;
            CONTINUE;
        END IF;

        IF wanted_kind = 'add_line' THEN
            UPDATE cart_line SET quantity = least(offer.most, cart_line.quantity + wanted_quantity)
            WHERE cart_line.customer_id = whose AND cart_line.cart_id = open_cart
              AND cart_line.variant_id = wanted_variant;
            IF NOT FOUND THEN
                SELECT count(*), coalesce(max(cart_line.position), 0) INTO line_count, last_position
                FROM cart_line WHERE cart_line.customer_id = whose AND cart_line.cart_id = open_cart;
                IF line_count >= most_lines THEN outcome := 'too_many_lines'; EXIT; END IF;
                INSERT INTO cart_line (customer_id, cart_id, variant_id, quantity, added_at, position)
                VALUES (whose, open_cart, wanted_variant, least(offer.most, wanted_quantity), as_of, last_position + 1);
            END IF;
        ELSIF wanted_kind = 'set_quantity' THEN
            UPDATE cart_line
            SET quantity = least(wanted_quantity, (SELECT variant.most_per_order FROM variant WHERE variant.id = wanted_variant))
            WHERE cart_line.customer_id = whose AND cart_line.cart_id = open_cart
              AND cart_line.variant_id = wanted_variant;
            IF NOT FOUND THEN outcome := 'no_such_line'; EXIT; END IF;
        ELSIF wanted_kind = 'remove_line' THEN
            DELETE FROM cart_line
            WHERE cart_line.customer_id = whose AND cart_line.cart_id = open_cart
              AND cart_line.variant_id = wanted_variant;
        ELSE
            RAISE EXCEPTION 'change_cart does not know the change %', wanted_kind;
        END IF;

        is_partial := coalesce(open_cart = known_cart AND open_version = known_version, false);
        UPDATE cart SET version = cart.version + 1, updated_at = as_of
        WHERE cart.customer_id = whose AND cart.id = open_cart
        RETURNING cart.version INTO open_version;
        INSERT INTO cart_command (customer_id, cart_id, command_id, version, change, actor, at)
        VALUES (whose, open_cart, command, open_version, wanted, by_actor, as_of);
        outcome := 'changed';
        EXIT;
    END LOOP;

    IF open_cart IS NULL THEN
        SELECT coalesce(max(cart.version), 0) INTO open_version
        FROM cart WHERE cart.customer_id = whose AND cart.market = in_market;
        open_lines := '[]';
    ELSIF outcome IN ('changed', 'replayed') THEN
        open_lines := CASE WHEN is_partial
            THEN cart_lines(whose, open_cart, in_market, in_locale, as_of, wanted_variant, wanted_variant)
            ELSE cart_lines(whose, open_cart, in_market, in_locale, as_of) END;
        open_offers := cart_promotions(whose, open_cart, in_market, as_of);
    END IF;
END $$;

-- The same for the release before, which has no copies.
CREATE OR REPLACE FUNCTION change_cart(
    whose uuid, in_market text, in_locale text, fresh_cart uuid, command uuid, wanted jsonb, by_actor jsonb,
    as_of timestamptz, most_lines integer, most_quantity integer, most_minor bigint,
    OUT outcome text, OUT open_cart uuid, OUT open_version bigint, OUT open_lines json)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    SELECT done.outcome, done.open_cart, done.open_version, done.open_lines
    INTO outcome, open_cart, open_version, open_lines
    FROM change_cart(whose, in_market, in_locale, fresh_cart, command, wanted, by_actor, as_of, most_lines, most_quantity,
                     most_minor, NULL, NULL) AS done;
END $$;

-- Makes an order of a cart and its checkout, all of it or nothing, in one call: checks the cart's version, the checkout and
-- the limits, holds the stock of its lines (and of the components of bundles), and writes the order with its lines, first
-- payment attempt, event and audit entry. The outcome is 'placed', or why nothing was done:
-- 'overtaken' (the cart, the checkout or a claimed hold changed meanwhile), 'limited' (`short` are over their limits: `allowed`
-- may be bought), 'short' (there is not enough of these lines). A key, number or checkout that is taken is an error.
--
-- Stock rows are locked in the order of (variant, location) before any is changed, so that no two orders wait for each other.
-- What several lines share is needed once, as a sum. `claims`: units were promised to this checkout in `stock_hold`.
--
-- One plan serves carts of 3 lines and of 300: by the index, line by line. Most orders have no bundle in them, no component of
-- one, no claims, and every variant at one location that sells no more than it has: these (`is_plain`) are locked by one
-- simple statement, and their stock moves in the statement that writes the order, as `move_stock` would move it.
CREATE OR REPLACE FUNCTION place_order(
    whose uuid, of_cart uuid, at_version bigint, at_checkout uuid, typed jsonb, with_key uuid, with_hash bytea,
    fresh_order uuid, with_number text, with_token text, in_market text, in_locale text, to_email text, to_address jsonb,
    by_delivery jsonb, quoted jsonb, in_currency text, total bigint, ordered_at timestamptz, hold_until timestamptz,
    fresh_attempt uuid, by_provider text, to_charge bigint,
    variants uuid[], quantities integer[], shown jsonb[], subtotals bigint[], discounts bigint[], taxes bigint[],
    claims boolean, entry uuid, event uuid, pages_event uuid, audit_entry uuid,
    by_actor jsonb, because text, trace text, payload jsonb, change jsonb, few bigint,
    OUT outcome text, OUT short uuid[], OUT allowed bigint[])
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    claimed_variants uuid[] := '{}';
    claimed_locations uuid[] := '{}';
    claimed_quantities bigint[] := '{}';
    is_overclaimed boolean;
    missing uuid[];
    held_variants uuid[];
    held_locations uuid[];
    held_quantities bigint[];
    nothing bigint[];
    -- The location of each variant that comes from one alone.
    places jsonb;
    other_variants uuid[];
    other_locations uuid[];
    other_quantities bigint[];
    is_plain boolean := NOT claims;
    -- Variants whose stock state changes.
    changed uuid[];
BEGIN
    -- First of all, so that equal placements queue here, and not at everybody's stock.
    PERFORM FROM cart
    WHERE cart.customer_id = whose AND cart.id = of_cart AND cart.version = at_version AND cart.state = 'open'
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN outcome := 'overtaken'; RETURN; END IF;
    PERFORM FROM checkout
    WHERE checkout.customer_id = whose AND checkout.id = at_checkout AND checkout.state IN ('open', 'ready')
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN outcome := 'overtaken'; RETURN; END IF;

    IF EXISTS (SELECT FROM variant
               WHERE variant.id = ANY (variants)
                 AND (variant.most_per_order IS NOT NULL OR variant.most_per_customer IS NOT NULL)) THEN
        -- One at a time for a customer: two orders at once would not see each other.
        PERFORM pg_advisory_xact_lock(hashtextextended('order limits of ' || whose::text, 0));
        SELECT array_agg(limited.variant_id), array_agg(limited.most) INTO short, allowed
        FROM (SELECT line.variant_id, line.quantity,
                     greatest(0, least(variant.most_per_order::bigint,
                                       variant.most_per_customer - coalesce(bought.quantity, 0))) AS most
              FROM unnest(variants, quantities) AS line (variant_id, quantity)
              JOIN variant ON variant.id = line.variant_id
                          AND (variant.most_per_order IS NOT NULL OR variant.most_per_customer IS NOT NULL)
              CROSS JOIN LATERAL (
                  SELECT sum(order_line.quantity)::bigint AS quantity
                  FROM order_line
                  JOIN orders ON orders.customer_id = order_line.customer_id AND orders.id = order_line.order_id
                  WHERE order_line.customer_id = whose AND order_line.variant_id = line.variant_id
                    AND orders.state IN ('payment_due', 'paid')) AS bought) AS limited
        WHERE limited.quantity > limited.most;
        IF short IS NOT NULL THEN outcome := 'limited'; RETURN; END IF;
    END IF;

    IF claims THEN
        SELECT coalesce(array_agg(hold.variant_id), '{}'), coalesce(array_agg(hold.location_id), '{}'),
               coalesce(array_agg(hold.quantity), '{}')
        INTO claimed_variants, claimed_locations, claimed_quantities
        FROM (SELECT h.variant_id, h.location_id, h.quantity FROM stock_hold h
              WHERE h.customer_id = whose AND h.checkout_id = at_checkout AND h.expires_at > ordered_at
              ORDER BY h.variant_id, h.location_id FOR UPDATE) AS hold;
    END IF;

    is_plain := is_plain
        AND NOT EXISTS (SELECT FROM bundle_component c WHERE c.bundle_id = ANY (variants))
        AND NOT EXISTS (SELECT FROM bundle_component c WHERE c.component_id = ANY (variants));
    IF is_plain THEN
        SELECT count(*) = count(DISTINCT here.variant_id) AND coalesce(NOT bool_or(here.oversell), true),
               array_agg(here.variant_id) FILTER (WHERE here.available < here.wanted),
               array_agg(here.variant_id), array_agg(here.location_id), array_agg(here.wanted),
               jsonb_object_agg(here.variant_id, here.location_id) FILTER (WHERE here.variant_id IS NOT NULL),
               array_agg(here.variant_id) FILTER (
                   WHERE stock_state(here.available, few) <> stock_state(here.available - here.wanted, few))
        INTO is_plain, missing, held_variants, held_locations, held_quantities, places, changed
        FROM (SELECT s.variant_id, s.location_id, line.quantity::bigint AS wanted, s.oversell,
                     s.on_hand - s.held AS available
              FROM unnest(variants, quantities) AS line (variant_id, quantity)
              JOIN stock s ON s.variant_id = line.variant_id
              ORDER BY s.variant_id, s.location_id FOR UPDATE OF s) AS here;
        IF is_plain AND missing IS NOT NULL THEN
            short := missing;
            outcome := 'short';
            RETURN;
        END IF;
    END IF;

    IF NOT is_plain THEN
        WITH part AS (
            SELECT line.variant_id, line.quantity::bigint, true AS is_line
            FROM unnest(variants, quantities) AS line (variant_id, quantity)
            UNION ALL
            SELECT c.component_id, line.quantity::bigint * c.quantity, false
            FROM unnest(variants, quantities) AS line (variant_id, quantity)
            JOIN bundle_component c ON c.bundle_id = line.variant_id),
        claimed AS (
            SELECT hold.variant_id, sum(hold.quantity)::bigint AS quantity
            FROM unnest(claimed_variants, claimed_quantities) AS hold (variant_id, quantity) GROUP BY hold.variant_id),
        need AS (
            SELECT part.variant_id, sum(part.quantity)::bigint AS wanted,
                   coalesce(sum(part.quantity) FILTER (WHERE part.is_line), 0)::bigint AS own,
                   coalesce((SELECT claimed.quantity FROM claimed WHERE claimed.variant_id = part.variant_id), 0) AS claimed
            FROM part GROUP BY part.variant_id),
        locked AS MATERIALIZED (
            SELECT s.variant_id, s.location_id, need.wanted - need.claimed AS wanted, need.own, s.on_hand - s.held AS shelf,
                   CASE WHEN s.oversell AND s.backorder_limit IS NULL THEN need.wanted - need.claimed
                        ELSE least(need.wanted - need.claimed,
                                   greatest(0, s.on_hand - s.held + CASE WHEN s.oversell THEN s.backorder_limit ELSE 0 END))
                   END AS room
            FROM need JOIN stock s ON s.variant_id = need.variant_id
            WHERE need.wanted > need.claimed
            ORDER BY s.variant_id, s.location_id FOR UPDATE OF s),
        spread AS (
            SELECT locked.variant_id, locked.location_id, locked.wanted, locked.own, locked.room,
                   greatest(0, least(locked.room, locked.wanted - coalesce(sum(locked.room) OVER (
                       PARTITION BY locked.variant_id
                       ORDER BY locked.shelf >= locked.wanted DESC, locked.room >= locked.wanted DESC, locked.location_id
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)))::bigint AS take
            FROM locked),
        used AS (
            SELECT both_ways.variant_id, both_ways.location_id, max(both_ways.own) AS own, sum(both_ways.take)::bigint AS take,
                   sum(both_ways.fresh)::bigint AS fresh, count(*) OVER (PARTITION BY both_ways.variant_id) AS place_count
            FROM (SELECT spread.variant_id, spread.location_id, spread.own, spread.take, spread.take AS fresh FROM spread
                  WHERE spread.take > 0
                  UNION ALL
                  SELECT hold.variant_id, hold.location_id, need.own, hold.quantity, 0
                  FROM unnest(claimed_variants, claimed_locations, claimed_quantities) AS hold (variant_id, location_id, quantity)
                  JOIN need ON need.variant_id = hold.variant_id) AS both_ways
            GROUP BY both_ways.variant_id, both_ways.location_id),
        other AS (
            SELECT used.variant_id, used.location_id,
                   used.take - CASE WHEN used.place_count = 1 THEN used.own ELSE 0 END AS quantity
            FROM used)
        SELECT (SELECT bool_or(need.claimed > need.wanted) FROM need),
               (SELECT array_agg(lacking.variant_id)
                FROM (SELECT spread.variant_id FROM spread GROUP BY spread.variant_id
                      HAVING sum(spread.room) < max(spread.wanted)) AS lacking),
               array_agg(used.variant_id) FILTER (WHERE used.fresh > 0),
               array_agg(used.location_id) FILTER (WHERE used.fresh > 0),
               array_agg(used.fresh) FILTER (WHERE used.fresh > 0),
               jsonb_object_agg(used.variant_id, used.location_id) FILTER (WHERE used.place_count = 1),
               (SELECT array_agg(other.variant_id) FROM other WHERE other.quantity > 0),
               (SELECT array_agg(other.location_id) FROM other WHERE other.quantity > 0),
               (SELECT array_agg(other.quantity) FROM other WHERE other.quantity > 0)
        INTO is_overclaimed, missing, held_variants, held_locations, held_quantities, places,
             other_variants, other_locations, other_quantities
        FROM used;
        IF is_overclaimed THEN outcome := 'overtaken'; RETURN; END IF;
        IF missing IS NOT NULL THEN
            SELECT array_agg(line.variant_id) INTO short
            FROM unnest(variants) AS line (variant_id)
            WHERE line.variant_id = ANY (missing)
               OR EXISTS (SELECT FROM bundle_component c
                          WHERE c.bundle_id = line.variant_id AND c.component_id = ANY (missing));
            outcome := 'short';
            RETURN;
        END IF;
    END IF;

    WITH keyed AS (
        INSERT INTO idempotency_key (key, customer_id, body_hash, order_id, created_at)
        VALUES (with_key, whose, with_hash, fresh_order, ordered_at)),
    numbered AS (
        INSERT INTO order_number (number, customer_id, order_id) VALUES (with_number, whose, fresh_order)),
    ordered AS (
        INSERT INTO orders (customer_id, id, checkout_id, number, token, market, locale, state, email, address,
                            delivery, quote, currency, total_minor, placed_at, hold_expires_at, updated_at)
        VALUES (whose, fresh_order, at_checkout, with_number, with_token, in_market, in_locale, 'payment_due', to_email,
                to_address, by_delivery, quoted, in_currency, total, ordered_at, hold_until, ordered_at)),
    lined AS (
        INSERT INTO order_line (customer_id, order_id, position, variant_id, location_id, quantity, line,
                                subtotal_minor, discount_minor, tax_minor, components)
        SELECT whose, fresh_order, line.position, line.variant_id, (places ->> line.variant_id::text)::uuid, line.quantity,
               line.shown, line.subtotal, line.discount, line.tax,
               CASE WHEN NOT is_plain THEN bundle_components(line.variant_id) END
        FROM unnest(variants, quantities, shown, subtotals, discounts, taxes) WITH ORDINALITY
            AS line (variant_id, quantity, shown, subtotal, discount, tax, position)),
    attempted AS (
        INSERT INTO payment_attempt (customer_id, id, order_id, provider, state, amount_minor, currency, created_at, updated_at)
        VALUES (whose, fresh_attempt, fresh_order, by_provider, 'created', to_charge, in_currency, ordered_at, ordered_at)),
    closed AS (
        UPDATE checkout
        SET state = 'placed', form = typed, messages = '[]', seen_total = total, version = checkout.version + 1,
            updated_at = ordered_at
        WHERE checkout.customer_id = whose AND checkout.id = at_checkout),
    emptied AS (
        UPDATE cart SET state = 'ordered', version = cart.version + 1, updated_at = ordered_at
        WHERE cart.customer_id = whose AND cart.id = of_cart),
    moved AS (
        UPDATE stock s SET held = s.held + wanted.held
        FROM unnest(CASE WHEN is_plain THEN held_variants END, CASE WHEN is_plain THEN held_locations END,
                    CASE WHEN is_plain THEN held_quantities END) WITH ORDINALITY AS wanted (variant_id, location_id, held, place)
        WHERE s.variant_id = wanted.variant_id AND s.location_id = wanted.location_id
        RETURNING s.variant_id, s.location_id, wanted.held, wanted.place),
    ledgered AS (
        INSERT INTO stock_ledger (id, at, variant_id, location_id, on_hand_change, held_change, sold_change, cause, reference)
        SELECT (left(entry::text, 32) || lpad(to_hex(moved.place), 4, '0'))::uuid, ordered_at, moved.variant_id,
               moved.location_id, 0, moved.held, 0, 'hold', fresh_order
        FROM moved),
    told AS (
        INSERT INTO outbox (id, at, kind, subject_id, customer_id, actor, trace_id, payload)
        VALUES (event, ordered_at, 'order.placed', fresh_order, whose, by_actor, trace, payload))
    INSERT INTO audit_log (id, at, actor, action, subject_kind, subject_id, cause, trace_id, change)
    VALUES (audit_entry, ordered_at, by_actor, 'order.placed', 'order', fresh_order::text, because, trace, change);

    IF other_variants IS NOT NULL THEN
        INSERT INTO order_stock (customer_id, order_id, variant_id, location_id, quantity)
        SELECT whose, fresh_order, other.variant_id, other.location_id, other.quantity
        FROM unnest(other_variants, other_locations, other_quantities) AS other (variant_id, location_id, quantity);
    END IF;
    IF claims THEN
        DELETE FROM stock_hold h
        WHERE h.customer_id = whose AND h.checkout_id = at_checkout AND h.expires_at > ordered_at
          AND h.variant_id = ANY (claimed_variants);
    END IF;
    IF is_plain THEN
        IF changed IS NOT NULL THEN
            PERFORM announce_pages(stock_page_tags(changed), pages_event, ordered_at, by_actor, trace);
        END IF;
    ELSIF held_variants IS NOT NULL THEN
        nothing := array_fill(0::bigint, ARRAY[cardinality(held_variants)]);
        PERFORM announce_pages(
            move_stock(held_variants, held_locations, nothing, held_quantities, nothing, 'hold', fresh_order, ordered_at,
                       entry, few),
            pages_event, ordered_at, by_actor, trace);
    END IF;
    outcome := 'placed';
END $$;
