# Startseite, Kategorien, Produkte.

catalog-home-title = Dinge für ein bedachtes Zuhause
catalog-home-eyebrow = Herbst, langsam
# Die Überschrift in drei Teilen; der mittlere ist betont.
catalog-home-before = Dinge, die
catalog-home-stressed = länger bleiben
catalog-home-after = als der Herbst.
catalog-home-lead = Steinzeug, Leinen, Messing und Esche aus vierzehn kleinen Werkstätten rund um die Lagune.
catalog-home-action = Zum Herbsttisch
catalog-home-table-picture = Ein gedeckter Tisch: Teller, eine Schale und ein Krug in Glasuren der Lagune
catalog-home-lamp-picture = Eine leuchtende Tischlampe aus Messing und Leinen
catalog-new-heading = Neu am Kai
catalog-aisles-heading = Alles, was es gibt
catalog-featured-heading = Aus den Werkstätten
catalog-promise-paper = In Papier geliefert
catalog-promise-paper-text = Kein Plastik, nirgends im Karton. Der Liefertag steht neben dem Knopf.
catalog-promise-days = Dreißig Tage
catalog-promise-days-text = Benutzen, damit leben, zurückschicken, wenn es nicht dazugehört.
catalog-promise-repair = Repariert, nicht ersetzt
catalog-promise-repair-text = Abgeplatztes und Ausgefranstes richten wir an unserer Werkbank, ein Leben lang.
catalog-story-eyebrow = Vierzehn Werkstätten, eine Lagune
catalog-story-heading = Wir kaufen bei Menschen, die wir mit dem Boot besuchen können.
catalog-story-text = Töpfer auf Murano, Webstühle auf Burano, eine Drehbank in Mira, zwei Schwestern mit einem Bohrer auf Pellestrina. Den Preis nennen sie; dazu kommt, was Packen und Schicken kostet. Geht jemand von ihnen fischen, gibt es eine Woche lang nichts zu verkaufen, und wir sagen es.
catalog-story-action = Über uns
catalog-about = { $count ->
    [0] noch nichts
    [one] { $count } Ding
   *[other] etwa { $count } Dinge
}
catalog-things = { $count ->
    [0] noch nichts
    [one] { $count } Ding
   *[other] { $count } Dinge
}
catalog-sort = Sortieren nach
catalog-sort-featured = Empfehlung
catalog-sort-best-selling = Meistverkauft
catalog-sort-rating = Bestbewertet
catalog-sort-newest = Neuheit
catalog-sort-price-up = Preis, aufsteigend
catalog-sort-price-down = Preis, absteigend
catalog-sort-relevance = Beste Treffer
catalog-sort-action = Sortieren
catalog-next-page = Mehr
catalog-first-page = Zurück zur ersten Seite
catalog-empty = Hier ist noch nichts. Das nächste Boot kommt bald.
catalog-empty-end = Das war alles.
catalog-from = ab { $price }
catalog-new = Neu
catalog-sale = −{ $percent } %
catalog-was = Vorher
catalog-now = jetzt
catalog-colours = Farben: { $names }
catalog-in-stock = Vorrätig
catalog-few-left = Nur noch wenige
catalog-sold-out = Ausverkauft
catalog-home = Startseite
catalog-breadcrumb = Wo Sie sind
catalog-gallery = Bilder: { $title }

# Kaufen
catalog-add = In die Tasche
catalog-adding = Kommt hinein …
catalog-not-made = So nicht gemacht
catalog-leaves = , geht am nächsten Werktag hinaus
catalog-quantity = Anzahl
catalog-less = Eins weniger
catalog-more = Eins mehr
catalog-delivery-in = { $from ->
    [one] Lieferung in { $to ->
        [one] einem Werktag
       *[other] 1–{ $to } Werktagen
    }
   *[other] Lieferung in { $from }–{ $to } Werktagen
}
catalog-delivery-after = { $to ->
    [one] Einen Werktag nach dem Versand
   *[other] Bis zu { $to } Werktage nach dem Versand
}
catalog-to-order = Lieferbar
catalog-delivery-by = Lieferung bis
catalog-delivery-cost = , ab { $price }
catalog-delivery-cost-free = , ab { $price } (frei ab { $free })
catalog-returns = 30 Tage Rückgabe, kostenlos
catalog-offline = Wir erreichen den Laden nicht. Prüfen Sie die Verbindung und versuchen Sie es noch einmal; doppelt kommt nichts hinein.
catalog-details = Einzelheiten
catalog-facts = In Zahlen und Worten
catalog-yes = ja
catalog-no = nein
catalog-brand = Werkstatt
catalog-below = Was darin ist
catalog-together = Oft zusammen gekauft
catalog-related = Das könnte auch gefallen
