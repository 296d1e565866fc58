# Suche, und was Listen eingrenzt.

search-title = Suche
search-heading = „{ $text }“
search-label = Den Laden durchsuchen
search-action = Suchen
search-suggestions = Vorschläge
search-more-than = mehr als { $count } Dinge
search-filters = Filtern
search-show = Zeigen
search-chosen = Gewählte Filter
search-without = Ohne { $filter }
search-clear = Alle Filter entfernen
search-brand = Werkstatt
search-price = Preis
search-price-from = Von
search-price-to = Bis
search-up-to = bis { $price }
search-in-stock = Nur Vorrätiges
search-rating = Bewertungen
search-rating-any = Alle
search-rating-least = Ab { $stars } Sternen
search-more = Mehr
search-understood = Als Filter verstanden: { $filters }.
search-literally = Stattdessen nach diesen Wörtern suchen
search-loosened = Nichts hat alle diese Wörter. Das kommt am nächsten.
search-empty = Nichts heißt so. Versuchen Sie es mit weniger Wörtern, oder auf einem dieser Wege.
search-empty-narrowed = Mit all diesen Filtern bleibt nichts übrig.
