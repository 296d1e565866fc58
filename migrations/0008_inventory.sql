-- Stock, whole: bundles, several locations, orders ahead of the shelf, limits, holds of a rush, and the functions that every
-- change of stock goes through. A change and its ledger row are one statement.

-- How far below an empty shelf `oversell` may go; NULL is without end.
ALTER TABLE stock
    ADD COLUMN backorder_limit bigint CHECK (backorder_limit >= 0),
    ADD CONSTRAINT stock_within_backorder
        CHECK (NOT oversell OR backorder_limit IS NULL OR on_hand - held >= -backorder_limit);

ALTER TABLE variant
    -- How many one order, and one customer over all orders that stand, may have. NULL is no limit.
    ADD COLUMN most_per_order integer CONSTRAINT variant_most_per_order CHECK (most_per_order > 0),
    ADD COLUMN most_per_customer integer CONSTRAINT variant_most_per_customer CHECK (most_per_customer > 0),
    -- What is promised of units that are not on the shelf: sent on `supply_on`, expected then, or not said.
    ADD COLUMN supply text NOT NULL DEFAULT 'shelf' CHECK (supply IN ('shelf', 'backorder', 'preorder')),
    ADD COLUMN supply_on date,
    ADD CONSTRAINT variant_preorder_has_date CHECK (supply <> 'preorder' OR supply_on IS NOT NULL);
-- Few variants have a limit, and an order asks for them all at once.
CREATE INDEX variant_limited ON variant (id) WHERE most_per_order IS NOT NULL OR most_per_customer IS NOT NULL;

-- A variant that is made of others. Stock of its own (its box) limits it too. A component is no bundle itself.
CREATE TABLE bundle_component (
    bundle_id     uuid NOT NULL REFERENCES variant ON DELETE CASCADE,
    component_id  uuid NOT NULL REFERENCES variant,
    quantity      integer NOT NULL CHECK (quantity BETWEEN 1 AND 999),
    PRIMARY KEY (bundle_id, component_id),
    CHECK (bundle_id <> component_id)
);
CREATE INDEX bundle_component_of ON bundle_component (component_id);

-- What an order took that its lines' own variants and locations do not say: components of bundles, and lines that came
-- from several locations (their `order_line.location_id` is NULL).
CREATE TABLE order_stock (
    customer_id  uuid NOT NULL,
    order_id     uuid NOT NULL,
    variant_id   uuid NOT NULL,
    location_id  uuid NOT NULL,
    quantity     bigint NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (customer_id, order_id, variant_id, location_id),
    FOREIGN KEY (customer_id, order_id) REFERENCES orders ON UPDATE CASCADE
);
-- What one of a bundle was made of when it was bought: [{"variant", "quantity"}].
ALTER TABLE order_line ADD COLUMN components jsonb;

-- Units of a variant in demand that a checkout was promised in a batch, before its order is made of them.
CREATE TABLE stock_hold (
    customer_id  uuid NOT NULL,
    checkout_id  uuid NOT NULL,
    variant_id   uuid NOT NULL,
    location_id  uuid NOT NULL,
    quantity     bigint NOT NULL CHECK (quantity > 0),
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (customer_id, checkout_id, variant_id, location_id)
);
CREATE INDEX stock_hold_expiry ON stock_hold (expires_at);

-- The ledger tells all from here on: what it did not know is its opening balance.
INSERT INTO stock_ledger (id, at, variant_id, location_id, on_hand_change, held_change, sold_change, cause)
SELECT gen_random_uuid(), now(), s.variant_id, s.location_id,
       s.on_hand - coalesce(l.on_hand, 0), s.held - coalesce(l.held, 0), s.sold - coalesce(l.sold, 0), 'adjustment'
FROM stock s
LEFT JOIN (SELECT variant_id, location_id, sum(on_hand_change) AS on_hand, sum(held_change) AS held, sum(sold_change) AS sold
           FROM stock_ledger GROUP BY 1, 2) AS l USING (variant_id, location_id)
WHERE (s.on_hand, s.held, s.sold) IS DISTINCT FROM (coalesce(l.on_hand, 0), coalesce(l.held, 0), coalesce(l.sold, 0));

-- How many of a variant can be bought: units nobody holds over all locations, what may be sold ahead of the shelf, and for
-- a bundle the least that its components allow. NULL where stock does not limit it.
-- A function of one statement with a table for a result: the planner puts it into the query that asks.
CREATE FUNCTION variant_stock(of_variant uuid) RETURNS TABLE (available bigint) LANGUAGE sql STABLE AS $$
    SELECT min(part.available)
    FROM (SELECT CASE WHEN NOT bool_or(s.oversell AND s.backorder_limit IS NULL)
                      THEN sum(s.on_hand - s.held + CASE WHEN s.oversell THEN s.backorder_limit ELSE 0 END)::bigint
                 END AS available
          FROM stock s WHERE s.variant_id = of_variant
          UNION ALL
          SELECT CASE WHEN NOT bool_or(s.oversell AND s.backorder_limit IS NULL)
                      THEN floor(sum(s.on_hand - s.held + CASE WHEN s.oversell THEN s.backorder_limit ELSE 0 END)
                                 / c.quantity)::bigint
                 END
          FROM bundle_component c JOIN stock s ON s.variant_id = c.component_id
          WHERE c.bundle_id = of_variant
          GROUP BY c.component_id, c.quantity) AS part
$$;

-- What a page says of so many available units, as a number: domain::catalog::StockState, in its order.
CREATE FUNCTION stock_state(available bigint, few bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN available <= 0 THEN 0 WHEN available <= few THEN 1 WHEN available > few THEN 2 END
$$;

-- Moves stock: every row and its ledger row in one statement. The rows are locked by the caller, in the order of (variant,
-- location), as everywhere. Ledger ids are made of `entry`. Returns the tags of the pages whose stock state changed, those of
-- bundles with these components included; most moves change none.
CREATE FUNCTION move_stock(
    variants uuid[], locations uuid[], on_hands bigint[], helds bigint[], solds bigint[],
    why text, because_of uuid, moved_at timestamptz, entry uuid, few bigint)
RETURNS text[] LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    changed uuid[];
    befores bigint[];
    afters bigint[];
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
    SELECT array_agg(gained.variant_id), array_agg(before.available), array_agg(before.available + gained.units)
    INTO changed, befores, afters
    FROM gained
    CROSS JOIN LATERAL (
        SELECT CASE WHEN NOT bool_or(s.oversell AND s.backorder_limit IS NULL)
                    THEN sum(s.on_hand - s.held + CASE WHEN s.oversell THEN s.backorder_limit ELSE 0 END)::bigint
               END AS available
        FROM stock s WHERE s.variant_id = gained.variant_id) AS before
    WHERE gained.units <> 0 AND before.available IS NOT NULL;

    IF changed IS NULL THEN RETURN '{}'; END IF;
    -- A bundle's state is the worst of its components': where none of theirs changes, its own does not.
    SELECT array_agg(DISTINCT shown.variant_id) INTO changed
    FROM unnest(changed, befores, afters) AS total (variant_id, before, after)
    CROSS JOIN LATERAL (
        SELECT total.variant_id
        WHERE stock_state(total.before, few) <> stock_state(total.after, few)
        UNION ALL
        SELECT c.bundle_id FROM bundle_component c
        WHERE c.component_id = total.variant_id
          AND stock_state(floor(total.before::numeric / c.quantity)::bigint, few)
              <> stock_state(floor(total.after::numeric / c.quantity)::bigint, few)) AS shown;
    IF changed IS NULL THEN RETURN '{}'; END IF;
    RETURN stock_page_tags(changed);
END $$;

-- The tags of the pages that show the stock of these variants.
CREATE FUNCTION stock_page_tags(variants uuid[]) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(DISTINCT tag ORDER BY tag), '{}')
    FROM variant v
    JOIN product p ON p.id = v.product_id
    LEFT JOIN category c ON c.id = p.category_id
    CROSS JOIN LATERAL (VALUES ('product:' || p.slug), ('category:' || c.slug), ('home')) AS tags (tag)
    WHERE v.id = ANY (variants) AND tag IS NOT NULL
$$;

-- Says in the outbox that these pages changed; without tags, nothing.
CREATE FUNCTION announce_pages(tags text[], event uuid, happened_at timestamptz, by_actor jsonb, trace text)
RETURNS void LANGUAGE sql VOLATILE AS $$
    INSERT INTO outbox (id, at, kind, actor, trace_id, payload)
    SELECT event, happened_at, 'pages.changed', by_actor, trace, jsonb_build_object('tags', tags)
    WHERE cardinality(tags) > 0
$$;

-- Makes an order of a cart and its checkout, all of it or nothing, in one call: checks the cart's version, the checkout and
-- the limits, holds the stock of its lines (and of the components of bundles), and writes the order with its lines, first
-- payment attempt, event and audit entry. The outcome is 'placed', or why nothing was done:
-- 'overtaken' (the cart, the checkout or a claimed hold changed meanwhile), 'limited' (`short` are over their limits: `allowed`
-- may be bought), 'short' (there is not enough of these lines). A key, number or checkout that is taken is an error.
--
-- Stock rows are locked in the order of (variant, location) before any is changed, so that no two orders wait for each other.
-- What several lines share is needed once, as a sum. `claims`: units were promised to this checkout in `stock_hold`.
--
-- One plan serves carts of 3 lines and of 300: by the index, line by line.
CREATE FUNCTION place_order(
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
               (SELECT jsonb_agg(jsonb_build_object('variant', c.component_id, 'quantity', c.quantity) ORDER BY c.component_id)
                FROM bundle_component c WHERE c.bundle_id = line.variant_id)
        FROM unnest(variants, quantities, shown, subtotals, discounts, taxes) WITH ORDINALITY
            AS line (variant_id, quantity, shown, subtotal, discount, tax, position)),
    shared AS (
        INSERT INTO order_stock (customer_id, order_id, variant_id, location_id, quantity)
        SELECT whose, fresh_order, other.variant_id, other.location_id, other.quantity
        FROM unnest(other_variants, other_locations, other_quantities) AS other (variant_id, location_id, quantity)),
    attempted AS (
        INSERT INTO payment_attempt (customer_id, id, order_id, provider, state, amount_minor, currency, created_at, updated_at)
        VALUES (whose, fresh_attempt, fresh_order, by_provider, 'created', to_charge, in_currency, ordered_at, ordered_at)),
    claimed AS (
        DELETE FROM stock_hold h
        WHERE claims AND h.customer_id = whose AND h.checkout_id = at_checkout AND h.expires_at > ordered_at
          AND h.variant_id = ANY (claimed_variants)),
    closed AS (
        UPDATE checkout
        SET state = 'placed', form = typed, messages = '[]', seen_total = total, version = checkout.version + 1,
            updated_at = ordered_at
        WHERE checkout.customer_id = whose AND checkout.id = at_checkout),
    emptied AS (
        UPDATE cart SET state = 'ordered', version = cart.version + 1, updated_at = ordered_at
        WHERE cart.customer_id = whose AND cart.id = of_cart),
    told AS (
        INSERT INTO outbox (id, at, kind, subject_id, customer_id, actor, trace_id, payload)
        VALUES (event, ordered_at, 'order.placed', fresh_order, whose, by_actor, trace, payload))
    INSERT INTO audit_log (id, at, actor, action, subject_kind, subject_id, cause, trace_id, change)
    VALUES (audit_entry, ordered_at, by_actor, 'order.placed', 'order', fresh_order::text, because, trace, change);

    IF held_variants IS NOT NULL THEN
        nothing := array_fill(0::bigint, ARRAY[cardinality(held_variants)]);
        PERFORM announce_pages(
            move_stock(held_variants, held_locations, nothing, held_quantities, nothing, 'hold', fresh_order, ordered_at,
                       entry, few),
            pages_event, ordered_at, by_actor, trace);
    END IF;
    outcome := 'placed';
END $$;

-- Promises units of a variant in demand to checkouts, first come first served, in one commit: `granted` says to whom, in
-- their order. A checkout that holds so many already keeps them; other holds of it for the variant end. Waits for nobody's
-- hold, only for the stock.
CREATE FUNCTION hold_stock(
    of_variant uuid, customers uuid[], checkouts uuid[], quantities bigint[], held_at timestamptz, until timestamptz,
    entry uuid, pages_event uuid, audit_entry uuid, by_actor jsonb, because text, few bigint,
    OUT granted boolean[])
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    places uuid[];
    rooms bigint[];
    moved bigint[];
    nothing bigint[];
    room_left bigint;
    kept bigint[];
    wanted bigint;
    taken bigint;
    earlier record;
    hold_customers uuid[] := '{}';
    hold_checkouts uuid[] := '{}';
    hold_places uuid[] := '{}';
    hold_quantities bigint[] := '{}';
    holds integer := 0;
BEGIN
    SELECT array_agg(here.location_id), array_agg(here.room) INTO places, rooms
    FROM (SELECT s.location_id,
                 -- Without a limit: more than anybody orders, far from overflowing.
                 CASE WHEN s.oversell AND s.backorder_limit IS NULL THEN 1000000000000
                      ELSE greatest(0, s.on_hand - s.held + CASE WHEN s.oversell THEN s.backorder_limit ELSE 0 END)
                 END AS room
          FROM stock s WHERE s.variant_id = of_variant ORDER BY s.location_id FOR UPDATE) AS here;
    IF places IS NULL THEN
        -- Not tracked: nothing to hold.
        granted := array_fill(true, ARRAY[cardinality(checkouts)]);
        RETURN;
    END IF;
    nothing := array_fill(0::bigint, ARRAY[cardinality(places)]);
    moved := nothing;
    SELECT sum(room) INTO room_left FROM unnest(rooms) AS room;
    -- What each holds now; -1 for a hold that ran out and was not swept yet.
    SELECT array_agg(coalesce(own.quantity, 0) ORDER BY ask.place) INTO kept
    FROM unnest(customers, checkouts) WITH ORDINALITY AS ask (customer_id, checkout_id, place)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN bool_and(h.expires_at > held_at) THEN sum(h.quantity)::bigint ELSE -count(*) END AS quantity
        FROM stock_hold h
        WHERE h.customer_id = ask.customer_id AND h.checkout_id = ask.checkout_id AND h.variant_id = of_variant) AS own;

    FOR ask IN 1 .. cardinality(checkouts) LOOP
        wanted := quantities[ask];
        IF kept[ask] = wanted THEN granted[ask] := true; CONTINUE; END IF;
        IF kept[ask] <> 0 THEN
            FOR earlier IN
                DELETE FROM stock_hold h USING (
                    SELECT o.customer_id, o.checkout_id, o.variant_id, o.location_id FROM stock_hold o
                    WHERE o.customer_id = customers[ask] AND o.checkout_id = checkouts[ask] AND o.variant_id = of_variant
                    FOR UPDATE SKIP LOCKED) AS own
                WHERE (h.customer_id, h.checkout_id, h.variant_id, h.location_id)
                      = (own.customer_id, own.checkout_id, own.variant_id, own.location_id)
                RETURNING h.location_id, h.quantity
            LOOP
                FOR place IN 1 .. cardinality(places) LOOP
                    IF places[place] = earlier.location_id THEN
                        rooms[place] := rooms[place] + earlier.quantity;
                        moved[place] := moved[place] - earlier.quantity;
                        room_left := room_left + earlier.quantity;
                    END IF;
                END LOOP;
            END LOOP;
        END IF;
        granted[ask] := room_left >= wanted;
        CONTINUE WHEN room_left < wanted;
        room_left := room_left - wanted;
        FOR place IN 1 .. cardinality(places) LOOP
            taken := least(wanted, rooms[place]);
            CONTINUE WHEN taken <= 0;
            wanted := wanted - taken;
            rooms[place] := rooms[place] - taken;
            moved[place] := moved[place] + taken;
            holds := holds + 1;
            hold_customers[holds] := customers[ask];
            hold_checkouts[holds] := checkouts[ask];
            hold_places[holds] := places[place];
            hold_quantities[holds] := taken;
        END LOOP;
    END LOOP;
    IF moved = nothing AND holds = 0 THEN RETURN; END IF;

    INSERT INTO stock_hold (customer_id, checkout_id, variant_id, location_id, quantity, expires_at)
    SELECT hold.customer_id, hold.checkout_id, of_variant, hold.location_id, hold.quantity, until
    FROM unnest(hold_customers, hold_checkouts, hold_places, hold_quantities)
        AS hold (customer_id, checkout_id, location_id, quantity);
    INSERT INTO audit_log (id, at, actor, action, subject_kind, subject_id, cause, change)
    VALUES (audit_entry, held_at, by_actor, 'stock.hold', 'variant', of_variant::text, because,
            jsonb_build_object('checkouts', holds, 'units', (SELECT sum(units) FROM unnest(moved) AS units)));
    PERFORM announce_pages(
        move_stock(array_fill(of_variant, ARRAY[cardinality(places)]), places, nothing, moved, nothing, 'hold', NULL, held_at,
                   entry, few),
        pages_event, held_at, by_actor, NULL);
END $$;

-- Ends holds of checkouts that no order was made of: those that ran out by `as_of`, or all of one checkout. Returns how many
-- units came back. Holds that are being claimed at this moment are left alone.
CREATE FUNCTION release_holds(
    of_customer uuid, of_checkout uuid, as_of timestamptz, at_most integer,
    entry uuid, pages_event uuid, audit_entry uuid, by_actor jsonb, because text, few bigint)
RETURNS bigint LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    variants uuid[];
    locations uuid[];
    quantities bigint[];
    nothing bigint[];
    units bigint;
BEGIN
    IF of_checkout IS NULL THEN
        WITH gone AS (
            DELETE FROM stock_hold h USING (
                SELECT o.customer_id, o.checkout_id, o.variant_id, o.location_id FROM stock_hold o
                WHERE o.expires_at <= as_of ORDER BY o.expires_at LIMIT at_most FOR UPDATE SKIP LOCKED) AS due
            WHERE (h.customer_id, h.checkout_id, h.variant_id, h.location_id)
                  = (due.customer_id, due.checkout_id, due.variant_id, due.location_id)
            RETURNING h.variant_id, h.location_id, h.quantity),
        back AS (
            SELECT gone.variant_id, gone.location_id, -sum(gone.quantity)::bigint AS quantity
            FROM gone GROUP BY gone.variant_id, gone.location_id)
        SELECT array_agg(back.variant_id), array_agg(back.location_id), array_agg(back.quantity), -sum(back.quantity)
        INTO variants, locations, quantities, units FROM back;
    ELSE
        WITH gone AS (
            DELETE FROM stock_hold h USING (
                SELECT o.customer_id, o.checkout_id, o.variant_id, o.location_id FROM stock_hold o
                WHERE o.customer_id = of_customer AND o.checkout_id = of_checkout FOR UPDATE SKIP LOCKED) AS own
            WHERE (h.customer_id, h.checkout_id, h.variant_id, h.location_id)
                  = (own.customer_id, own.checkout_id, own.variant_id, own.location_id)
            RETURNING h.variant_id, h.location_id, h.quantity)
        SELECT array_agg(gone.variant_id), array_agg(gone.location_id), array_agg(-gone.quantity), sum(gone.quantity)
        INTO variants, locations, quantities, units FROM gone;
    END IF;
    IF variants IS NULL THEN RETURN 0; END IF;
    PERFORM FROM stock s JOIN unnest(variants, locations) AS back (variant_id, location_id)
        ON s.variant_id = back.variant_id AND s.location_id = back.location_id
    ORDER BY s.variant_id, s.location_id FOR UPDATE OF s;
    nothing := array_fill(0::bigint, ARRAY[cardinality(variants)]);
    INSERT INTO audit_log (id, at, actor, action, subject_kind, subject_id, cause, change)
    VALUES (audit_entry, as_of, by_actor, 'stock.release', 'checkout', coalesce(of_checkout::text, 'expired'), because,
            jsonb_build_object('units', units));
    PERFORM announce_pages(
        move_stock(variants, locations, nothing, quantities, nothing, 'release', of_checkout, as_of, entry, few),
        pages_event, as_of, by_actor, NULL);
    RETURN units;
END $$;

-- Carts read stock as above, and hold no more of a variant than one order may have.

-- The lines of a cart with all that a page shows of them, in one market and language, in their order.
-- `available` is NULL where stock does not limit what can be bought; 0 also for what is no longer sold.
-- `amount_minor` is NULL where the market has no price any more.
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
            CROSS JOIN LATERAL variant_stock(variant.id) AS stock
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
CREATE OR REPLACE FUNCTION change_cart(
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
