\set a random(1, 100)
\set b random(101, 200)
\set c random(201, 300)
SELECT place(:a, :b, :c, '{"name": "Ada Moro", "line1": "Calle Lunga 5", "postcode": "30123", "city": "Venezia", "country": "IT", "title": "Calle mug", "options": "Lagoon, 350 ml", "price": {"minor": 2400, "currency": "EUR"}}');
