# Was Kundinnen und Kunden über Produkte sagen.

reviews-heading = Was andere sagen
reviews-title = Was andere über { $title } sagen
reviews-count = { $count ->
    [one] { $count } Bewertung
   *[other] { $count } Bewertungen
}
reviews-rated = { $count ->
    [one] { $average } von 5 Sternen, { $count } Bewertung
   *[other] { $average } von 5 Sternen, { $count } Bewertungen
}
reviews-stars = { $stars ->
    [one] { $stars } Stern
   *[other] { $stars } Sterne
}
reviews-none = Noch hat niemand etwas gesagt. Das erste Wort gehört Ihnen.
reviews-end = Das war alles.
reviews-verified = Hier gekauft
reviews-all = { $count ->
    [one] Die Bewertung lesen
   *[other] Alle { $count } Bewertungen lesen
}
reviews-more = Weitere Bewertungen
reviews-first = Zurück zu den neuesten
reviews-write = Bewertung schreiben
reviews-form-title = Wie ist { $title }?
reviews-form-text = Bei uns liest jemand jede Bewertung, bevor sie erscheint; das dauert ein, zwei Tage. Lob und Tadel behandeln wir gleich. Schreiben Sie noch einmal, zählt die neuere.
reviews-problems = Etwas fehlt noch. Bitte sehen Sie unten nach.
reviews-field-stars = Ihre Sterne
reviews-field-title = In einer Zeile
reviews-field-body = Was daran gut ist und was nicht
reviews-field-name = Ihr Name, wie er erscheinen soll
reviews-field-name-hint = Der Vorname genügt.
reviews-trap = Bitte leer lassen
reviews-send = Bewertung absenden
reviews-problem-stars = Bitte wählen Sie einen bis fünf Sterne.
reviews-problem-missing = Bitte schreiben Sie hier etwas.
reviews-problem-too-long = Bitte höchstens { $most } Zeichen.
reviews-thanks-title = Danke
reviews-thanks-text = Ihre Bewertung ist bei uns. Sie erscheint, sobald sie jemand gelesen hat.
reviews-thanks-verified = Dabei wird stehen, dass Sie hier gekauft haben.
reviews-thanks-replaced = Sie tritt an die Stelle der vorigen.
reviews-back = Zurück zum Produkt
reviews-too-many-title = Das ging schnell
reviews-too-many-text = Es kamen mehr Bewertungen an, als wir lesen können. Bitte versuchen Sie es morgen wieder; von dieser ist nichts gespeichert.
