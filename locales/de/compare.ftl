# Produkte nebeneinander.

compare-title = Vergleich
compare-action = Vergleichen
compare-similar = Mit ähnlichen vergleichen
compare-chosen = Ausgewählte vergleichen
compare-tick = Vergleichen
compare-tick-label = { $title } vergleichen
compare-tick-hint = Zwei bis { $most } ankreuzen, um sie nebeneinander zu sehen.
compare-few = Zum Vergleichen braucht es zwei, und { $most } passen. Wählen Sie sie auf der Merkliste aus.
compare-choose = Zur Merkliste
compare-more = Nur die ersten { $most } werden verglichen. Lassen Sie eines weg, um ein anderes zu sehen.
compare-missing = { $count ->
    [one] Eines davon ist hier nicht im Angebot und fehlt darum.
   *[other] { $count } davon sind hier nicht im Angebot und fehlen darum.
}
compare-remove = Weglassen
compare-remove-label = { $title } weglassen
compare-others = Danebenstellen
compare-add = Auch vergleichen
compare-add-label = Auch vergleichen: { $title }
compare-legend = Ein Punkt zeigt, worin sie sich unterscheiden.
compare-price = Preis
compare-rating = Bewertung
compare-stock = Verfügbarkeit
compare-maker = Werkstatt
compare-differs = unterschiedlich
compare-none = keine Angabe
