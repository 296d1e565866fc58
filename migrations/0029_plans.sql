-- What lets PostgreSQL plan well.

-- What is sent later than usual is rare: whoever asks of a variant whether it is need not read them all.
CREATE INDEX variant_sent_later ON variant (id) WHERE supply IN ('preorder', 'backorder');

-- PostgreSQL's default is a disk's that has to turn: it makes plans that read whole tables where an index takes a tenth of the time.
-- Here the tables lie in memory or on flash. Only who owns the database may say so for it; without that it stays as it is.
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET random_page_cost = 1.1', current_database());
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'random_page_cost stays as it is: only the owner of the database may set it';
END
$$;

-- These two were functions in SQL that can't be taken into a statement: they were read and planned anew at each call, which cost a
-- product's page more than all its rows. What plpgsql plans is kept by the session.
CREATE OR REPLACE FUNCTION category_links(ids uuid[], in_locale text) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_build_object('slug', c.slug, 'name', coalesce(c.name ->> in_locale, c.name ->> 'en', c.source))
                                  ORDER BY named.place), '[]')
        FROM unnest(ids) WITH ORDINALITY AS named (id, place) JOIN category c USING (id));
END
$$;
CREATE OR REPLACE FUNCTION latest_reviews(of_product uuid, most integer) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'stars', stars, 'title', title, 'body', body, 'name', name, 'locale', locale, 'is_verified', is_verified,
                   'day', jsonb_build_array(extract(year FROM written_at AT TIME ZONE 'UTC')::int,
                                            extract(doy FROM written_at AT TIME ZONE 'UTC')::int))
                   ORDER BY moderated_at DESC, id DESC), '[]')
        FROM (SELECT * FROM review WHERE product_id = of_product AND state = 'published'
              ORDER BY moderated_at DESC, id DESC LIMIT most) latest);
END
$$;
