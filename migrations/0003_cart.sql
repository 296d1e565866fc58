-- A cart changes in one call: read, changed and returned whole, under one row lock.

-- A command is looked for in all of a customer's carts: one that comes again after its cart was ordered or merged is
-- still the same command.
ALTER TABLE cart_command DROP CONSTRAINT cart_command_pkey;
ALTER TABLE cart_command ADD PRIMARY KEY (customer_id, command_id, cart_id);

-- Lines stand in the order they were added, whatever the clocks said.
ALTER TABLE cart_line ADD COLUMN position integer NOT NULL DEFAULT 0;

-- The lines of a cart with all that a page shows of them, in one market and language, in their order.
-- `available` is NULL where stock does not limit what can be bought; 0 also for what is no longer sold.
-- `amount_minor` is NULL where the market has no price any more.
--
-- Carts have 3 lines or 300, and one plan serves both: a few index look-ups for each line. Left to guess, the planner takes
-- the average cart for granted, and a long one then costs thirty times as much.
CREATE FUNCTION cart_lines(of_customer uuid, of_cart uuid, in_market text, in_locale text, as_of timestamptz)
RETURNS json LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    RETURN (
        SELECT coalesce(json_agg(shown ORDER BY shown.position), '[]')
        FROM (
            SELECT line.position, line.variant_id AS variant, line.quantity, variant.sku, product.slug AS product_slug,
                   coalesce(nullif(translation.title, ''), product.title) AS title,
                   array_to_string(variant.option_values, ' · ') AS options,
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
            CROSS JOIN LATERAL (
                SELECT CASE WHEN NOT bool_or(s.oversell) THEN sum(s.on_hand - s.held)::bigint END AS available
                FROM stock AS s WHERE s.variant_id = variant.id
            ) AS stock
            WHERE line.customer_id = of_customer AND line.cart_id = of_cart
        ) AS shown);
END $$;

-- Applies one command to a customer's open cart in a market, beginning the cart with its first line, and returns the cart
-- as it then is. `wanted` is domain::cart::CartChange. The outcome is 'changed', or why nothing was:
-- 'replayed' (this command was done before: the cart as it is now), 'command_reused' (it was another change then),
-- 'unknown_variant', 'not_sold_here', 'sold_out', 'no_such_line', 'too_many_lines', 'too_large',
-- 'customer_merged' (the customer is another by now).
--
-- It is a procedure of statements, not one statement with CTEs, because each statement must see what was committed
-- before the cart's lock was had: with one snapshot for all of it, a second tab's lines would be missing from the answer.
CREATE FUNCTION change_cart(
    whose uuid, in_market text, in_locale text, fresh_cart uuid, command uuid, wanted jsonb, by_actor jsonb,
    as_of timestamptz, most_lines integer, most_quantity integer, most_minor bigint,
    OUT outcome text, OUT open_cart uuid, OUT open_version bigint, OUT open_lines json)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    wanted_kind text := wanted ->> 'kind';
    wanted_variant uuid := (wanted ->> 'variant')::uuid;
    wanted_quantity integer := (wanted ->> 'quantity')::integer;
    earlier jsonb;
    offer record;
    line_count integer;
    last_position integer;
BEGIN
    LOOP
        SELECT cart.id, cart.version INTO open_cart, open_version FROM cart
        WHERE cart.customer_id = whose AND cart.market = in_market AND cart.state = 'open'
        FOR NO KEY UPDATE;

        SELECT cart_command.change INTO earlier FROM cart_command
        WHERE cart_command.customer_id = whose AND cart_command.command_id = command LIMIT 1;
        IF FOUND THEN
            outcome := CASE WHEN earlier = wanted THEN 'replayed' ELSE 'command_reused' END;
            EXIT;
        END IF;

        IF wanted_kind = 'add_line' THEN
            SELECT price.amount_minor, stock.available,
                   variant.retired_at IS NULL AND product.status = 'active' AND product.published_at <= as_of AS is_sold
            INTO offer
            FROM variant
            JOIN product ON product.id = variant.product_id
            LEFT JOIN price ON price.variant_id = variant.id AND price.market = in_market
            CROSS JOIN LATERAL (
                SELECT CASE WHEN NOT bool_or(s.oversell) THEN sum(s.on_hand - s.held)::bigint END AS available
                FROM stock AS s WHERE s.variant_id = variant.id
            ) AS stock
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
            UPDATE cart_line SET quantity = least(most_quantity, cart_line.quantity + wanted_quantity)
            WHERE cart_line.customer_id = whose AND cart_line.cart_id = open_cart
              AND cart_line.variant_id = wanted_variant;
            IF NOT FOUND THEN
                SELECT count(*), coalesce(max(cart_line.position), 0) INTO line_count, last_position
                FROM cart_line WHERE cart_line.customer_id = whose AND cart_line.cart_id = open_cart;
                IF line_count >= most_lines THEN outcome := 'too_many_lines'; EXIT; END IF;
                INSERT INTO cart_line (customer_id, cart_id, variant_id, quantity, added_at, position)
                VALUES (whose, open_cart, wanted_variant, least(most_quantity, wanted_quantity), as_of, last_position + 1);
            END IF;
        ELSIF wanted_kind = 'set_quantity' THEN
            UPDATE cart_line SET quantity = wanted_quantity
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
        open_lines := cart_lines(whose, open_cart, in_market, in_locale, as_of);
    END IF;
END $$;

-- Keys are moved with their customer when two become one; unlike numbers and references, no row of theirs names them.
CREATE INDEX idempotency_key_customer ON idempotency_key (customer_id);
