-- The catalogue's shape: a tree of categories, brands, attributes with types, collections, related products, addresses that
-- moved, and prices to come. Nothing that was here changes; whoever writes products need not know of it.

-- Categories lie in one another. `path` leads from the root to the category itself, so that what lies below c is
-- `path @> ARRAY[c]`, and breadcrumbs are one look at the table.
ALTER TABLE category
    ADD COLUMN parent_id uuid REFERENCES category,
    ADD COLUMN path uuid[] NOT NULL DEFAULT '{}';
UPDATE category SET path = ARRAY[id];
CREATE INDEX category_parent ON category (parent_id, position);

CREATE FUNCTION category_path() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.parent_id IS NULL THEN
        NEW.path := ARRAY[NEW.id];
        RETURN NEW;
    END IF;
    SELECT parent.path INTO NEW.path FROM category parent WHERE parent.id = NEW.parent_id;
    IF NEW.id = NEW.parent_id OR NEW.id = ANY (NEW.path) THEN
        RAISE EXCEPTION 'category % would lie in itself', NEW.slug
            USING ERRCODE = 'check_violation', CONSTRAINT = 'category_lies_in_itself';
    END IF;
    NEW.path := coalesce(NEW.path, '{}') || NEW.id;
    RETURN NEW;
END $$;
CREATE TRIGGER category_path BEFORE INSERT OR UPDATE OF parent_id ON category
FOR EACH ROW EXECUTE FUNCTION category_path();

-- What lies in a category moves with it.
CREATE FUNCTION category_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE category SET parent_id = parent_id WHERE parent_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER category_moves AFTER UPDATE OF parent_id ON category
FOR EACH ROW WHEN (OLD.path IS DISTINCT FROM NEW.path) EXECUTE FUNCTION category_moves();

-- A text, fit to stand in a URL (as catalog::import's names of categories); '' when nothing of it is.
CREATE FUNCTION slugify(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT btrim(regexp_replace(
        translate(
            replace(replace(replace(replace(lower(name COLLATE "und-x-icu"), 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ß', 'ss'),
            'àáâãåèéêëìíîïòóôõøùúûçñ''’', 'aaaaaeeeeiiiiooooouuucn') COLLATE "C",
        '[^a-z0-9]+', '-', 'g'), '-')
$$;

-- A brand is a vendor's name, with a page. It is there as soon as a product names it.
CREATE TABLE brand (
    -- product.vendor
    name      text PRIMARY KEY CHECK (name <> ''),
    slug      text NOT NULL CONSTRAINT brand_slug_key UNIQUE,
    intro     jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX product_vendor ON product (vendor) WHERE status = 'active';

CREATE FUNCTION add_brand(named text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    plain text := coalesce(nullif(left(slugify(named), 80), ''), 'brand');
    candidate text := plain;
    number integer := 1;
BEGIN
    LOOP
        INSERT INTO brand (name, slug) VALUES (named, candidate) ON CONFLICT DO NOTHING;
        EXIT WHEN FOUND OR EXISTS (SELECT FROM brand WHERE name = named);
        number := number + 1;
        candidate := plain || '-' || number;
    END LOOP;
END $$;
CREATE FUNCTION add_brands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM add_brand(fresh.vendor)
    FROM (SELECT DISTINCT vendor FROM written WHERE vendor <> '') AS fresh
    WHERE NOT EXISTS (SELECT FROM brand WHERE name = fresh.vendor)
    ORDER BY fresh.vendor;
    RETURN NULL;
END $$;
CREATE TRIGGER product_brand_new AFTER INSERT ON product REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION add_brands();
CREATE TRIGGER product_brand_changed AFTER UPDATE ON product REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION add_brands();
SELECT add_brand(vendor) FROM (SELECT DISTINCT vendor FROM product WHERE vendor <> '' ORDER BY vendor) AS known;

-- What products are, beyond their texts: a material, a capacity in ml, whether it may go into the dishwasher.
CREATE TABLE attribute (
    code      text PRIMARY KEY CHECK (code ~ '^[a-z][a-z0-9-]{0,39}$'),
    kind      text NOT NULL CHECK (kind IN ('text', 'number', 'boolean')),
    -- Of numbers: 'ml', 'cm', 'W'. All of an attribute's numbers are in it.
    unit      text NOT NULL DEFAULT '' CHECK (unit = '' OR kind = 'number'),
    name      jsonb NOT NULL,
    -- Whether lists can be narrowed by it.
    is_facet  boolean NOT NULL DEFAULT true,
    position  integer NOT NULL
);
CREATE TABLE product_attribute (
    product_id     uuid NOT NULL REFERENCES product ON DELETE CASCADE,
    attribute      text NOT NULL REFERENCES attribute ON DELETE CASCADE,
    -- A text may be several: stoneware and cane.
    position       smallint NOT NULL DEFAULT 1,
    text_value     text CHECK (text_value <> ''),
    number_value   double precision,
    boolean_value  boolean,
    PRIMARY KEY (product_id, attribute, position),
    CHECK (num_nonnulls(text_value, number_value, boolean_value) = 1)
);
CREATE INDEX product_attribute_text ON product_attribute (attribute, text_value, product_id) WHERE text_value IS NOT NULL;
CREATE INDEX product_attribute_number ON product_attribute (attribute, number_value, product_id)
    WHERE number_value IS NOT NULL;

-- A choice of products across categories: by rule (shop::catalog::Rule), or by hand, in `collection_product`'s order.
CREATE TABLE collection (
    id        uuid PRIMARY KEY,
    slug      text NOT NULL CONSTRAINT collection_slug_key UNIQUE,
    name      jsonb NOT NULL,
    intro     jsonb NOT NULL DEFAULT '{}',
    rule      jsonb,
    position  integer NOT NULL
);
CREATE TABLE collection_product (
    collection_id  uuid NOT NULL REFERENCES collection ON DELETE CASCADE,
    position       integer NOT NULL,
    product_id     uuid NOT NULL REFERENCES product ON DELETE CASCADE,
    PRIMARY KEY (collection_id, position),
    UNIQUE (collection_id, product_id)
);

-- What the shopkeeper puts beside a product, before others of its category.
CREATE TABLE related_product (
    product_id  uuid NOT NULL REFERENCES product ON DELETE CASCADE,
    position    smallint NOT NULL,
    other_id    uuid NOT NULL REFERENCES product ON DELETE CASCADE CHECK (other_id <> product_id),
    PRIMARY KEY (product_id, position)
);

-- Addresses that moved, and where to; those of what is gone lead nowhere.
CREATE TABLE old_slug (
    kind     text NOT NULL CHECK (kind IN ('product', 'category', 'brand', 'collection')),
    slug     text NOT NULL,
    -- Its slug now; NULL when there is none any more.
    current  text,
    PRIMARY KEY (kind, slug)
);
CREATE INDEX old_slug_current ON old_slug (kind, current);

CREATE FUNCTION remember_slug() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fresh text;
BEGIN
    IF TG_OP = 'UPDATE' THEN fresh := NEW.slug; END IF;
    UPDATE old_slug SET current = fresh WHERE kind = TG_ARGV[0] AND current = OLD.slug;
    INSERT INTO old_slug (kind, slug, current) VALUES (TG_ARGV[0], OLD.slug, fresh)
    ON CONFLICT (kind, slug) DO UPDATE SET current = excluded.current;
    -- Whoever goes back to an address has it.
    DELETE FROM old_slug WHERE kind = TG_ARGV[0] AND slug = fresh;
    RETURN NULL;
END $$;
DO $$
DECLARE
    kind text;
BEGIN
    FOREACH kind IN ARRAY ARRAY['product', 'category', 'brand', 'collection'] LOOP
        EXECUTE format('CREATE TRIGGER %1$s_slug_changed AFTER UPDATE OF slug ON %1$I
                        FOR EACH ROW WHEN (OLD.slug <> NEW.slug) EXECUTE FUNCTION remember_slug(%1$L)', kind);
        EXECUTE format('CREATE TRIGGER %1$s_slug_gone AFTER DELETE ON %1$I
                        FOR EACH ROW EXECUTE FUNCTION remember_slug(%1$L)', kind);
    END LOOP;
END $$;

-- A price from a day on, and until another: the worker writes it into `price` when it is due, which stays the one truth, and
-- puts back what was there before.
CREATE TABLE price_schedule (
    id                       uuid PRIMARY KEY,
    variant_id               uuid NOT NULL REFERENCES variant ON DELETE CASCADE,
    market                   text NOT NULL REFERENCES market,
    amount_minor             bigint NOT NULL CHECK (amount_minor >= 0),
    compare_at_minor         bigint CHECK (compare_at_minor > amount_minor),
    starts_at                timestamptz NOT NULL,
    -- NULL: it stays.
    ends_at                  timestamptz CHECK (ends_at > starts_at),
    began_at                 timestamptz,
    ended_at                 timestamptz CHECK (ended_at IS NULL OR began_at IS NOT NULL),
    before_amount_minor      bigint,
    before_compare_at_minor  bigint
);
CREATE INDEX price_schedule_due ON price_schedule (starts_at) WHERE began_at IS NULL;
CREATE INDEX price_schedule_over ON price_schedule (ends_at) WHERE began_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX price_schedule_variant ON price_schedule (variant_id, market, starts_at);

-- Up to when products that were to appear have been announced.
CREATE TABLE publication (
    is_only           boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    announced_until   timestamptz NOT NULL
);
INSERT INTO publication (announced_until) VALUES ('2000-01-01');

-- The tags of the pages that show these products: their own, those of their categories up to the root, their brand's, and
-- those that show something of everything.
CREATE FUNCTION product_page_tags(products uuid[]) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(DISTINCT tag ORDER BY tag), '{}')
    FROM product p
    CROSS JOIN LATERAL (
        SELECT 'home'
        UNION ALL
        SELECT 'product:' || p.slug
        UNION ALL
        SELECT 'category:' || up.slug FROM category own JOIN category up ON up.id = ANY (own.path) WHERE own.id = p.category_id
        UNION ALL
        SELECT 'brand:' || b.slug FROM brand b WHERE b.name = p.vendor) AS tags (tag)
    WHERE p.id = ANY (products)
$$;
CREATE OR REPLACE FUNCTION stock_page_tags(variants uuid[]) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT product_page_tags(ARRAY(SELECT DISTINCT product_id FROM variant WHERE id = ANY (variants)))
$$;

-- Categories as links of a page: [{"slug", "name"}], in the shopkeeper's order. Those on top; those just below one; the way
-- from the root to one, without itself.
CREATE FUNCTION category_links(ids uuid[], in_locale text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('slug', c.slug, 'name', coalesce(c.name ->> in_locale, c.name ->> 'en', c.source))
                              ORDER BY named.place), '[]')
    FROM unnest(ids) WITH ORDINALITY AS named (id, place) JOIN category c USING (id)
$$;
CREATE FUNCTION category_menu(in_locale text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT category_links(ARRAY(SELECT id FROM category WHERE parent_id IS NULL ORDER BY position, slug LIMIT 24), in_locale)
$$;
CREATE FUNCTION category_below(of_category uuid, in_locale text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT category_links(ARRAY(SELECT id FROM category WHERE parent_id = of_category ORDER BY position, slug LIMIT 60), in_locale)
$$;
CREATE FUNCTION category_trail(path uuid[], in_locale text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT category_links(path[:cardinality(path) - 1], in_locale)
$$;
