-- What is searched for, counted by day. Nothing of who searched is in it.

CREATE TABLE search_day (
    -- Of UTC.
    day       date   NOT NULL,
    market    text   NOT NULL,
    locale    text   NOT NULL,
    -- As shop::search::log writes it: in small letters, at most 100 characters. Empty stands for all that is not written down:
    -- what looks like somebody's address or number, and what was too much for a day.
    query     text   NOT NULL CHECK (char_length(query) <= 100),
    asked     bigint NOT NULL,
    -- Of these, how many found nothing, and how many only what has some of the words.
    nothing   bigint NOT NULL,
    loosened  bigint NOT NULL,
    -- How many products matched when it was last asked, as far as they are counted.
    results   bigint,
    -- How often one of the products found was opened from the first page.
    clicks    bigint NOT NULL,
    PRIMARY KEY (day, market, locale, query)
);

-- The clicks by product. No foreign key: nothing else shall wait for these rows, nor they for a product's.
CREATE TABLE search_click (
    day        date   NOT NULL,
    market     text   NOT NULL,
    locale     text   NOT NULL,
    query      text   NOT NULL,
    product_id uuid   NOT NULL,
    clicks     bigint NOT NULL,
    -- The sum of the places in the list, counted from 1, at which it was clicked.
    ranks      bigint NOT NULL,
    PRIMARY KEY (day, market, locale, query, product_id)
);
