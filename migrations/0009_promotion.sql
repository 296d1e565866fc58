-- Promotions and their codes, how often each was used, and gift cards with a ledger of every cent.

-- What it takes off, from what and on what lies in `terms` (shop::promotion::Terms); here is what statements ask about.
CREATE TABLE promotion (
    id                 uuid PRIMARY KEY,
    -- How files and the command line call it.
    name               text NOT NULL CONSTRAINT promotion_name_key UNIQUE,
    -- What shoppers are told it is called, by locale.
    titles             jsonb NOT NULL,
    terms              jsonb NOT NULL,
    -- The higher goes first.
    priority           integer NOT NULL DEFAULT 0,
    -- Without a code it is everyone's.
    is_automatic       boolean NOT NULL,
    -- Whether its terms ask for categories or tags, which cart lines do not say.
    asks_catalogue     boolean NOT NULL,
    -- Empty: every market, every customer.
    markets            text[] NOT NULL DEFAULT '{}',
    groups             text[] NOT NULL DEFAULT '{}',
    starts_at          timestamptz,
    ends_at            timestamptz,
    most_uses          bigint CHECK (most_uses > 0),
    most_per_customer  bigint CHECK (most_per_customer > 0),
    -- How many orders that stand have it; kept where `most_uses` is set.
    used               bigint NOT NULL DEFAULT 0 CHECK (used >= 0),
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    CHECK (ends_at > starts_at)
);
CREATE INDEX promotion_automatic ON promotion (priority DESC, id) WHERE is_automatic;

-- Codes are asked for by their hash, so that no statement says whether a code is a promotion's or a gift card's.
CREATE TABLE promotion_code (
    code          text PRIMARY KEY CHECK (code ~ '^[A-Z0-9]{3,32}$'),
    code_hash     bytea NOT NULL GENERATED ALWAYS AS (sha256(decode(code, 'escape'))) STORED CONSTRAINT promotion_code_hash UNIQUE,
    promotion_id  uuid NOT NULL REFERENCES promotion ON DELETE CASCADE
);
CREATE INDEX promotion_code_of ON promotion_code (promotion_id);

CREATE TABLE customer_group (
    customer_id  uuid NOT NULL REFERENCES customer,
    name         text NOT NULL,
    PRIMARY KEY (customer_id, name)
);

-- Which orders have which promotion; released when an order comes to nothing.
CREATE TABLE promotion_use (
    customer_id   uuid NOT NULL,
    order_id      uuid NOT NULL,
    promotion_id  uuid NOT NULL REFERENCES promotion,
    code          text,
    email         text NOT NULL,
    used_at       timestamptz NOT NULL,
    released_at   timestamptz,
    PRIMARY KEY (customer_id, order_id, promotion_id),
    FOREIGN KEY (customer_id, order_id) REFERENCES orders ON UPDATE CASCADE
);
CREATE INDEX promotion_use_of ON promotion_use (promotion_id) WHERE released_at IS NULL;
-- How often one shopper has it. A guest is another customer in each browser, but has the same e-mail address.
CREATE TABLE promotion_customer (
    customer_id   uuid NOT NULL REFERENCES customer,
    promotion_id  uuid NOT NULL REFERENCES promotion,
    used          bigint NOT NULL CHECK (used >= 0),
    PRIMARY KEY (customer_id, promotion_id)
);
CREATE TABLE promotion_email (
    promotion_id  uuid NOT NULL REFERENCES promotion,
    email         text NOT NULL,
    used          bigint NOT NULL CHECK (used >= 0),
    PRIMARY KEY (promotion_id, email)
);

CREATE TABLE cart_code (
    customer_id   uuid NOT NULL,
    cart_id       uuid NOT NULL,
    code          text NOT NULL REFERENCES promotion_code ON DELETE CASCADE,
    added_at      timestamptz NOT NULL,
    PRIMARY KEY (customer_id, cart_id, code),
    FOREIGN KEY (customer_id, cart_id) REFERENCES cart ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX cart_code_of ON cart_code (code);

-- Codes that nobody has, tried since.
ALTER TABLE cart
    ADD COLUMN code_tries integer NOT NULL DEFAULT 0,
    ADD COLUMN code_tries_since timestamptz;

-- Whoever has a card's code may spend it, so it belongs to no customer, and only the code's SHA-256 is kept. Store credit is
-- the same without a code, for one customer.
CREATE TABLE gift_card (
    id             uuid PRIMARY KEY,
    code_hash      bytea CONSTRAINT gift_card_code_key UNIQUE CHECK (length(code_hash) = 32),
    -- The last four of the code.
    ending         text NOT NULL DEFAULT '',
    customer_id    uuid REFERENCES customer,
    currency       text NOT NULL,
    balance_minor  bigint NOT NULL CONSTRAINT gift_card_balance CHECK (balance_minor >= 0),
    expires_at     timestamptz,
    issued_at      timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    CHECK ((code_hash IS NULL) = (customer_id IS NOT NULL))
);
CREATE INDEX gift_card_customer ON gift_card (customer_id) WHERE customer_id IS NOT NULL;

-- Every change of a balance, with its cause, written in the statement that makes it: Σ change = balance.
CREATE TABLE gift_card_entry (
    -- A card's entries are in this order, because its row is locked when they are written.
    number         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at             timestamptz NOT NULL,
    card_id        uuid NOT NULL REFERENCES gift_card,
    change_minor   bigint NOT NULL CHECK (change_minor <> 0),
    -- After it.
    balance_minor  bigint NOT NULL CHECK (balance_minor >= 0),
    cause          text NOT NULL CHECK (cause IN ('issue', 'spend', 'release', 'refund')),
    order_id       uuid,
    actor          jsonb NOT NULL
);
CREATE INDEX gift_card_entry_card ON gift_card_entry (card_id, number);
CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME;
END $$;
CREATE TRIGGER gift_card_entry_stays BEFORE UPDATE OR DELETE ON gift_card_entry
FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();

CREATE TABLE cart_card (
    customer_id  uuid NOT NULL,
    cart_id      uuid NOT NULL,
    card_id      uuid NOT NULL REFERENCES gift_card,
    added_at     timestamptz NOT NULL,
    PRIMARY KEY (customer_id, cart_id, card_id),
    FOREIGN KEY (customer_id, cart_id) REFERENCES cart ON UPDATE CASCADE ON DELETE CASCADE
);

-- What of an order's total was paid with cards; the payment attempt is for the rest.
ALTER TABLE orders
    ADD COLUMN credit_minor bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT orders_credit CHECK (credit_minor BETWEEN 0 AND total_minor);
CREATE TABLE order_credit (
    customer_id     uuid NOT NULL,
    order_id        uuid NOT NULL,
    card_id         uuid NOT NULL REFERENCES gift_card,
    amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
    returned_minor  bigint NOT NULL DEFAULT 0 CHECK (returned_minor BETWEEN 0 AND amount_minor),
    PRIMARY KEY (customer_id, order_id, card_id),
    FOREIGN KEY (customer_id, order_id) REFERENCES orders ON UPDATE CASCADE
);

-- Why a promotion is not for this customer, here, now: domain::promotion::CodeProblem. NULL when it is.
CREATE FUNCTION promotion_problem(p promotion, of_customer uuid, in_market text, as_of timestamptz)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN p.starts_at > as_of THEN 'not_yet'
        WHEN p.ends_at <= as_of THEN 'ended'
        WHEN p.markets <> '{}' AND in_market <> ALL (p.markets) THEN 'not_here'
        WHEN p.groups <> '{}' AND NOT EXISTS (
            SELECT FROM customer_group g WHERE g.customer_id = of_customer AND g.name = ANY (p.groups)) THEN 'not_for_you'
        WHEN p.used >= p.most_uses THEN 'used_up'
        WHEN p.most_per_customer IS NOT NULL AND p.most_per_customer <= (
            SELECT u.used FROM promotion_customer u WHERE u.customer_id = of_customer AND u.promotion_id = p.id) THEN 'used_before'
    END
$$;

-- What could lower the price of a cart or pay for it: promotions that are everyone's, those of its codes (each with what is
-- in its way), gift cards; and, where a promotion asks for them, its lines' categories and tags. NULL when there is nothing.
-- VOLATILE, so that it sees what the change in the same statement did.
CREATE FUNCTION cart_promotions(of_customer uuid, of_cart uuid, in_market text, as_of timestamptz)
RETURNS json LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    rules json;
    cards json;
    facts json;
    asks boolean;
BEGIN
    IF of_cart IS NULL THEN RETURN NULL; END IF;
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
    IF asks THEN
        facts := (
            SELECT json_agg(json_build_object('variant', line.variant_id, 'category', category.slug, 'tags', product.tags))
            FROM cart_line AS line
            JOIN variant ON variant.id = line.variant_id
            JOIN product ON product.id = variant.product_id
            LEFT JOIN category ON category.id = product.category_id
            WHERE line.customer_id = of_customer AND line.cart_id = of_cart);
    END IF;
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
    IF rules IS NULL AND cards IS NULL THEN RETURN NULL; END IF;
    RETURN json_build_object('rules', coalesce(rules, '[]'), 'facts', coalesce(facts, '[]'), 'cards', coalesce(cards, '[]'));
END $$;

-- Applies one command about codes to a customer's open cart in a market, as `change_cart` does those about lines. A code comes
-- as the hex of its SHA-256: no history and no log ever holds a gift card's. The outcome is 'changed', 'replayed',
-- 'command_reused', 'unknown_code', 'code_<promotion_problem>', 'empty_card', 'foreign_card', 'too_many_codes',
-- 'too_many_tries', 'nothing_to_use_it_on'.
CREATE FUNCTION change_cart_codes(
    whose uuid, in_market text, in_locale text, command uuid, wanted jsonb, by_actor jsonb, as_of timestamptz,
    most_codes integer, most_tries integer, tries_last interval,
    OUT outcome text, OUT open_cart uuid, OUT open_version bigint, OUT open_lines json)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    wanted_kind text := wanted ->> 'kind';
    wanted_hash bytea := decode(wanted ->> 'hash', 'hex');
    held record;
    earlier jsonb;
    found_code text;
    offered promotion;
    card record;
BEGIN
    <<deciding>>
    BEGIN
        SELECT cart.id, cart.version, cart.code_tries,
               cart.code_tries_since > as_of - tries_last AS is_trying
        INTO held FROM cart
        WHERE cart.customer_id = whose AND cart.market = in_market AND cart.state = 'open'
        FOR NO KEY UPDATE;
        open_cart := held.id;
        open_version := held.version;

        SELECT cart_command.change INTO earlier FROM cart_command
        WHERE cart_command.customer_id = whose AND cart_command.command_id = command LIMIT 1;
        IF FOUND THEN
            outcome := CASE WHEN earlier = wanted THEN 'replayed' ELSE 'command_reused' END;
            EXIT deciding;
        END IF;
        IF open_cart IS NULL THEN
            outcome := CASE wanted_kind WHEN 'apply_code' THEN 'nothing_to_use_it_on' ELSE 'changed' END;
            EXIT deciding;
        END IF;

        IF wanted_kind = 'apply_code' THEN
            IF held.is_trying AND held.code_tries >= most_tries THEN
                outcome := 'too_many_tries';
                EXIT deciding;
            END IF;
            SELECT c.code INTO found_code FROM promotion_code c WHERE c.code_hash = wanted_hash;
            IF found_code IS NOT NULL THEN
                SELECT p.* INTO offered FROM promotion p JOIN promotion_code c ON c.promotion_id = p.id
                WHERE c.code = found_code;
                outcome := 'code_' || promotion_problem(offered, whose, in_market, as_of);
                IF outcome IS NULL AND EXISTS (
                    SELECT FROM cart_code kept JOIN promotion_code c ON c.code = kept.code
                    WHERE kept.customer_id = whose AND kept.cart_id = open_cart
                      AND c.promotion_id = offered.id AND kept.code <> found_code) THEN
                    outcome := 'code_used_before';
                END IF;
                IF outcome IS NOT NULL THEN EXIT deciding; END IF;
                IF (SELECT count(*) FROM cart_code kept WHERE kept.customer_id = whose AND kept.cart_id = open_cart
                    AND kept.code <> found_code) >= most_codes THEN
                    outcome := 'too_many_codes';
                    EXIT deciding;
                END IF;
                INSERT INTO cart_code (customer_id, cart_id, code, added_at)
                VALUES (whose, open_cart, found_code, as_of) ON CONFLICT DO NOTHING;
            ELSE
                SELECT g.id, g.balance_minor, g.expires_at <= as_of AS is_over, g.currency = m.currency AS is_ours INTO card
                FROM gift_card g JOIN market m ON m.code = in_market
                WHERE g.code_hash = wanted_hash;
                IF card.id IS NULL THEN
                    UPDATE cart SET code_tries = CASE WHEN held.is_trying THEN held.code_tries + 1 ELSE 1 END,
                                    code_tries_since = CASE WHEN held.is_trying THEN cart.code_tries_since ELSE as_of END
                    WHERE cart.customer_id = whose AND cart.id = open_cart;
                    outcome := 'unknown_code';
                    EXIT deciding;
                END IF;
                IF NOT card.is_ours THEN outcome := 'foreign_card'; EXIT deciding; END IF;
                IF card.balance_minor = 0 OR card.is_over THEN outcome := 'empty_card'; EXIT deciding; END IF;
                IF (SELECT count(*) FROM cart_card kept WHERE kept.customer_id = whose AND kept.cart_id = open_cart
                    AND kept.card_id <> card.id) >= most_codes THEN
                    outcome := 'too_many_codes';
                    EXIT deciding;
                END IF;
                INSERT INTO cart_card (customer_id, cart_id, card_id, added_at)
                VALUES (whose, open_cart, card.id, as_of) ON CONFLICT DO NOTHING;
            END IF;
        ELSIF wanted_kind = 'remove_code' THEN
            DELETE FROM cart_code kept USING promotion_code c
            WHERE kept.customer_id = whose AND kept.cart_id = open_cart AND c.code = kept.code AND c.code_hash = wanted_hash;
        ELSIF wanted_kind = 'remove_card' THEN
            DELETE FROM cart_card kept
            WHERE kept.customer_id = whose AND kept.cart_id = open_cart AND kept.card_id = (wanted ->> 'card')::uuid;
        ELSE
            RAISE EXCEPTION 'change_cart_codes does not know the change %', wanted_kind;
        END IF;

        UPDATE cart SET version = cart.version + 1, updated_at = as_of
        WHERE cart.customer_id = whose AND cart.id = open_cart
        RETURNING cart.version INTO open_version;
        INSERT INTO cart_command (customer_id, cart_id, command_id, version, change, actor, at)
        VALUES (whose, open_cart, command, open_version, wanted, by_actor, as_of);
        outcome := 'changed';
    END deciding;

    IF open_cart IS NULL THEN
        SELECT coalesce(max(cart.version), 0) INTO open_version
        FROM cart WHERE cart.customer_id = whose AND cart.market = in_market;
        open_lines := '[]';
    ELSIF outcome IN ('changed', 'replayed') THEN
        open_lines := cart_lines(whose, open_cart, in_market, in_locale, as_of);
    END IF;
END $$;

-- Counts an order for its promotions; the rows of limited ones are locked in the order of their ids. Returns those that can't
-- be had any more, and why: then the transaction is to be rolled back.
CREATE FUNCTION claim_promotions(
    of_customer uuid, of_order uuid, wanted uuid[], their_codes text[], with_email text, in_market text, as_of timestamptz)
RETURNS TABLE (refused uuid, reason text) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    claim record;
    offered promotion;
BEGIN
    FOR claim IN SELECT * FROM unnest(wanted, their_codes) AS one (id, code) ORDER BY one.id LOOP
        SELECT p.* INTO offered FROM promotion p WHERE p.id = claim.id;
        IF offered.most_uses IS NOT NULL OR offered.most_per_customer IS NOT NULL THEN
            SELECT p.* INTO offered FROM promotion p WHERE p.id = claim.id FOR NO KEY UPDATE;
        END IF;
        refused := claim.id;
        reason := CASE WHEN offered.id IS NULL THEN 'ended'
                       ELSE promotion_problem(offered, of_customer, in_market, as_of) END;
        IF reason IS NULL AND offered.most_per_customer IS NOT NULL AND claim.code IS NOT NULL
           AND EXISTS (SELECT FROM promotion_email e WHERE e.promotion_id = claim.id AND e.email = with_email
                       AND e.used >= offered.most_per_customer) THEN
            reason := 'used_before';
        END IF;
        IF reason IS NOT NULL THEN
            RETURN NEXT;
            CONTINUE;
        END IF;
        INSERT INTO promotion_use (customer_id, order_id, promotion_id, code, email, used_at)
        VALUES (of_customer, of_order, claim.id, claim.code, with_email, as_of);
        PERFORM count_promotion(of_customer, claim.id, with_email, 1);
    END LOOP;
END $$;

-- One use more or less of a promotion.
CREATE FUNCTION count_promotion(of_customer uuid, of_promotion uuid, with_email text, change integer)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    UPDATE promotion SET used = greatest(0, used + change) WHERE id = of_promotion AND most_uses IS NOT NULL;
    IF change > 0 THEN
        INSERT INTO promotion_customer (customer_id, promotion_id, used) VALUES (of_customer, of_promotion, change)
        ON CONFLICT (customer_id, promotion_id) DO UPDATE SET used = promotion_customer.used + excluded.used;
        INSERT INTO promotion_email (promotion_id, email, used) VALUES (of_promotion, with_email, change)
        ON CONFLICT (promotion_id, email) DO UPDATE SET used = promotion_email.used + excluded.used;
    ELSE
        UPDATE promotion_customer SET used = greatest(0, used + change)
        WHERE customer_id = of_customer AND promotion_id = of_promotion;
        UPDATE promotion_email SET used = greatest(0, used + change)
        WHERE promotion_id = of_promotion AND email = with_email;
    END IF;
END $$;

-- The order comes to nothing: its promotions may be had by others. Doing it again changes nothing.
CREATE FUNCTION release_promotions(of_customer uuid, of_order uuid, as_of timestamptz)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    kept record;
BEGIN
    FOR kept IN SELECT u.promotion_id, u.email FROM promotion_use u
                WHERE u.customer_id = of_customer AND u.order_id = of_order AND u.released_at IS NULL
                ORDER BY u.promotion_id FOR UPDATE LOOP
        UPDATE promotion_use u SET released_at = as_of
        WHERE u.customer_id = of_customer AND u.order_id = of_order AND u.promotion_id = kept.promotion_id;
        PERFORM count_promotion(of_customer, kept.promotion_id, kept.email, -1);
    END LOOP;
END $$;

-- Changes a card's balance and writes the ledger. False when the card does not hold as much, or may not be spent any more
-- (what goes back to it always may).
CREATE FUNCTION move_credit(
    of_card uuid, change bigint, why text, because_of uuid, of_customer uuid, by_actor jsonb, as_of timestamptz)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    after bigint;
BEGIN
    UPDATE gift_card g SET balance_minor = g.balance_minor + change, updated_at = as_of
    WHERE g.id = of_card
      AND (change > 0 OR (g.balance_minor >= -change AND (g.expires_at IS NULL OR g.expires_at > as_of)
                          AND (g.customer_id IS NULL OR g.customer_id = of_customer)))
    RETURNING g.balance_minor INTO after;
    IF NOT FOUND THEN RETURN false; END IF;
    INSERT INTO gift_card_entry (at, card_id, change_minor, balance_minor, cause, order_id, actor)
    VALUES (as_of, of_card, change, after, why, because_of, by_actor);
    RETURN true;
END $$;

-- Pays part of an order that is being made with cards, each locked in the order of its id. False when a card does not hold as much any more: then the transaction is to be rolled back.
CREATE FUNCTION take_credit(
    of_customer uuid, of_order uuid, cards uuid[], amounts bigint[], by_actor jsonb, as_of timestamptz)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    part record;
    credit bigint := 0;
BEGIN
    FOR part IN SELECT * FROM unnest(cards, amounts) AS one (card, amount) ORDER BY one.card LOOP
        IF NOT move_credit(part.card, -part.amount, 'spend', of_order, of_customer, by_actor, as_of) THEN
            RETURN false;
        END IF;
        INSERT INTO order_credit (customer_id, order_id, card_id, amount_minor)
        VALUES (of_customer, of_order, part.card, part.amount);
        credit := credit + part.amount;
    END LOOP;
    UPDATE orders SET credit_minor = credit WHERE orders.customer_id = of_customer AND orders.id = of_order;
    RETURN true;
END $$;

-- Gives back to its cards up to so much of what an order was paid with; returns how much it was.
CREATE FUNCTION return_credit(
    of_customer uuid, of_order uuid, up_to bigint, why text, by_actor jsonb, as_of timestamptz)
RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    part record;
    given bigint := 0;
    gives bigint;
BEGIN
    FOR part IN SELECT c.card_id, c.amount_minor - c.returned_minor AS rest FROM order_credit c
                WHERE c.customer_id = of_customer AND c.order_id = of_order AND c.returned_minor < c.amount_minor
                ORDER BY c.card_id FOR UPDATE LOOP
        gives := least(part.rest, up_to - given);
        EXIT WHEN gives <= 0;
        UPDATE order_credit c SET returned_minor = c.returned_minor + gives
        WHERE c.customer_id = of_customer AND c.order_id = of_order AND c.card_id = part.card_id;
        PERFORM move_credit(part.card_id, gives, why, of_order, of_customer, by_actor, as_of);
        given := given + gives;
    END LOOP;
    RETURN given;
END $$;

-- Money came for an order that had been given up: its cards and promotions are taken once more, all or nothing. False when
-- one of them is no longer to be had.
CREATE FUNCTION retake_promotions_and_credit(of_customer uuid, of_order uuid, by_actor jsonb, as_of timestamptz)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    kept record;
BEGIN
    FOR kept IN SELECT u.promotion_id, u.email FROM promotion_use u
                WHERE u.customer_id = of_customer AND u.order_id = of_order AND u.released_at IS NOT NULL
                ORDER BY u.promotion_id FOR UPDATE LOOP
        PERFORM FROM promotion p WHERE p.id = kept.promotion_id FOR NO KEY UPDATE;
        IF EXISTS (
            SELECT FROM promotion p
            LEFT JOIN promotion_customer c ON c.customer_id = of_customer AND c.promotion_id = p.id
            LEFT JOIN promotion_email e ON e.promotion_id = p.id AND e.email = kept.email
            WHERE p.id = kept.promotion_id
              AND (p.used >= p.most_uses OR c.used >= p.most_per_customer OR e.used >= p.most_per_customer)) THEN
            RAISE EXCEPTION USING ERRCODE = 'RI001', MESSAGE = 'a promotion was used up';
        END IF;
        UPDATE promotion_use u SET released_at = NULL
        WHERE u.customer_id = of_customer AND u.order_id = of_order AND u.promotion_id = kept.promotion_id;
        PERFORM count_promotion(of_customer, kept.promotion_id, kept.email, 1);
    END LOOP;
    FOR kept IN SELECT c.card_id, c.returned_minor FROM order_credit c
                WHERE c.customer_id = of_customer AND c.order_id = of_order AND c.returned_minor > 0
                ORDER BY c.card_id FOR UPDATE LOOP
        IF NOT move_credit(kept.card_id, -kept.returned_minor, 'spend', of_order, of_customer, by_actor, as_of) THEN
            RAISE EXCEPTION USING ERRCODE = 'RI001', MESSAGE = 'a gift card was spent';
        END IF;
        UPDATE order_credit c SET returned_minor = 0
        WHERE c.customer_id = of_customer AND c.order_id = of_order AND c.card_id = kept.card_id;
    END LOOP;
    RETURN true;
EXCEPTION
    -- Undoes what was taken since BEGIN.
    WHEN SQLSTATE 'RI001' THEN RETURN false;
END $$;
