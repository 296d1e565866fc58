-- Two markets to begin with: the euro area with tax in the price, the United States with tax on top.

INSERT INTO market (code, currency, tax_mode, rounding_scope, rounding_mode, locales, countries, position) VALUES
    ('eu', 'EUR', 'included', 'line', 'half_up', '{en,de}', '{IT,DE,AT,FR,NL,BE,ES,IE,PT,LU}', 1),
    ('us', 'USD', 'added', 'order', 'half_up', '{en,de}', '{US}', 2);

INSERT INTO tax_rate (country, region, tax_class, ppm) VALUES
    ('IT', '', 'standard', 220000), ('IT', '', 'reduced', 100000),
    ('DE', '', 'standard', 190000), ('DE', '', 'reduced', 70000),
    ('AT', '', 'standard', 200000), ('AT', '', 'reduced', 100000),
    ('FR', '', 'standard', 200000), ('FR', '', 'reduced', 55000),
    ('NL', '', 'standard', 210000), ('NL', '', 'reduced', 90000),
    ('BE', '', 'standard', 210000), ('BE', '', 'reduced', 60000),
    ('ES', '', 'standard', 210000), ('ES', '', 'reduced', 100000),
    ('IE', '', 'standard', 230000), ('IE', '', 'reduced', 90000),
    ('PT', '', 'standard', 230000), ('PT', '', 'reduced', 60000),
    ('LU', '', 'standard', 170000), ('LU', '', 'reduced', 80000),
    ('US', 'NY', 'standard', 88750), ('US', 'CA', 'standard', 72500), ('US', 'TX', 'standard', 62500),
    ('US', 'WA', 'standard', 65000), ('US', 'IL', 'standard', 62500), ('US', 'MA', 'standard', 62500);

INSERT INTO delivery_option (id, market, countries, code, name, days_min, days_max, free_from_minor, position) VALUES
    ('01930000-0000-7000-8000-000000000101', 'eu', '{IT}', 'standard',
     '{"en": "Standard, in paper", "de": "Standard, in Papier"}', 2, 3, 6000, 1),
    ('01930000-0000-7000-8000-000000000102', 'eu', '{IT}', 'express',
     '{"en": "Express courier", "de": "Expresskurier"}', 1, 1, NULL, 2),
    ('01930000-0000-7000-8000-000000000103', 'eu', '{DE,AT,FR,NL,BE,ES,IE,PT,LU}', 'standard',
     '{"en": "Standard, in paper", "de": "Standard, in Papier"}', 3, 5, 6000, 3),
    ('01930000-0000-7000-8000-000000000104', 'eu', '{DE,AT,FR,NL,BE,ES,IE,PT,LU}', 'express',
     '{"en": "Express courier", "de": "Expresskurier"}', 1, 2, NULL, 4),
    ('01930000-0000-7000-8000-000000000105', 'us', '{US}', 'standard',
     '{"en": "Standard, by air", "de": "Standard, per Luftpost"}', 6, 9, 12000, 1),
    ('01930000-0000-7000-8000-000000000106', 'us', '{US}', 'express',
     '{"en": "Express courier", "de": "Expresskurier"}', 3, 4, NULL, 2);

INSERT INTO delivery_band (option_id, up_to_g, price_minor) VALUES
    ('01930000-0000-7000-8000-000000000101', 2000, 490), ('01930000-0000-7000-8000-000000000101', 10000, 790),
    ('01930000-0000-7000-8000-000000000101', 70000, 1490),
    ('01930000-0000-7000-8000-000000000102', 2000, 990), ('01930000-0000-7000-8000-000000000102', 10000, 1490),
    ('01930000-0000-7000-8000-000000000102', 30000, 2490),
    ('01930000-0000-7000-8000-000000000103', 2000, 690), ('01930000-0000-7000-8000-000000000103', 10000, 990),
    ('01930000-0000-7000-8000-000000000103', 70000, 1990),
    ('01930000-0000-7000-8000-000000000104', 2000, 1490), ('01930000-0000-7000-8000-000000000104', 10000, 1990),
    ('01930000-0000-7000-8000-000000000104', 30000, 2990),
    ('01930000-0000-7000-8000-000000000105', 2268, 1490), ('01930000-0000-7000-8000-000000000105', 9072, 2490),
    ('01930000-0000-7000-8000-000000000105', 68039, 5900),
    ('01930000-0000-7000-8000-000000000106', 2268, 2990), ('01930000-0000-7000-8000-000000000106', 9072, 4990);

INSERT INTO location (id, code, name) VALUES ('01930000-0000-7000-8000-000000000001', 'giudecca', 'Giudecca warehouse');
