# Codes, Geschenkkarten, und warum eine nicht gilt.

promotion-code = Aktionscode oder Geschenkkarte
promotion-apply = Einlösen
promotion-card = Geschenkkarte mit Ende {"{ending}"}
promotion-store-credit = Ihr Guthaben
promotion-credit = Geschenkkarte
promotion-due = Noch zu zahlen
promotion-paid = Gezahlt
promotion-missing = Noch {"{amount}"} von dem, wofür er gilt, und er zählt.
promotion-missing-units = Noch {"{count}"} von dem, wofür er gilt, und er zählt.
promotion-no-lines = Nichts in Ihrer Tasche ist, wofür er gilt.
promotion-not-together = Er gilt nicht zusammen mit „{"{with}"}“.
promotion-nothing-left = Es ist nichts übrig, wovon er etwas nehmen könnte.
promotion-refused = Der Code { $code } liegt nicht mehr in Ihrer Tasche. { $why } Sie können ohne ihn bestellen.
error-code-malformed = Ein Code hat 3 bis 32 Buchstaben und Ziffern.
error-code-unknown = Diesen Code kennen wir nicht. Sehen Sie noch einmal nach: Groß oder klein und Leerzeichen sind gleich.
error-code-not-yet = Dieser Code gilt noch nicht.
error-code-ended = Dieser Code gilt nicht mehr.
error-code-used-up = Dieser Code wurde so oft eingelöst, wie er darf.
error-code-used-before = Den hatten Sie schon.
error-code-not-here = Dieser Code gilt nicht für dieses Land.
error-code-not-for-you = Dieser Code gilt für andere Kunden.
error-card-empty = Auf dieser Geschenkkarte ist nichts mehr.
error-card-foreign = Diese Geschenkkarte lautet auf eine andere Währung.
error-codes-too-many = Mehr als fünf Codes und fünf Geschenkkarten fasst eine Tasche nicht.
error-codes-too-many-tries = Das waren viele Codes, die niemand hat. Bitte in zehn Minuten noch einmal versuchen.
