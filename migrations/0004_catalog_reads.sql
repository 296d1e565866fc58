-- What the home page asks for, and a category's newest: products by date, and those with a tag.
CREATE INDEX product_newest ON product (published_at DESC, id DESC) WHERE status = 'active';
CREATE INDEX product_category_newest ON product (category_id, published_at DESC, id DESC) WHERE status = 'active';
CREATE INDEX product_tags ON product USING gin (tags);
