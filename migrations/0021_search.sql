-- Full-text search in PostgreSQL: it answers while no search index is there.

-- What is searched of a text, with its weights. Not quite immutable in PostgreSQL's eyes because of array_to_string, whose
-- result depends on nothing else when it is given texts.
CREATE FUNCTION search_words(in_language regconfig, title text, subtitle text, extra text, tags text[], lead text, body text)
RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT pg_catalog.setweight(pg_catalog.to_tsvector(in_language, title), 'A')
        || pg_catalog.setweight(pg_catalog.to_tsvector(in_language, subtitle || ' ' || extra), 'B')
        || pg_catalog.setweight(pg_catalog.to_tsvector(in_language, pg_catalog.array_to_string(tags, ' ')), 'B')
        || pg_catalog.setweight(pg_catalog.to_tsvector(in_language, pg_catalog.left(lead || ' ' || body, 4000)), 'D')
$$;

CREATE INDEX product_words ON product
    USING gin (search_words('english', title, subtitle, vendor, tags, lead, body_html));
CREATE INDEX product_translation_german ON product_translation
    USING gin (search_words('german', title, subtitle, '', '{}', lead, body_html)) WHERE locale = 'de';

-- Everything in the shopkeeper's order, whatever its category.
CREATE INDEX product_position ON product (position, id) WHERE status = 'active';
CREATE INDEX variant_barcode ON variant (barcode) WHERE barcode <> '';
