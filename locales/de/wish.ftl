# Was für später aufgehoben wird.

wish-title = Merkliste
wish-save = Auf die Merkliste
wish-added = „{ $title }“ steht auf Ihrer Merkliste.
wish-undo = Rückgängig
wish-removed = „{ $title }“ steht nicht mehr auf Ihrer Merkliste.
wish-put-back = Zurücklegen
wish-removed-for-good = Es steht nicht mehr auf Ihrer Merkliste.
wish-remove = Entfernen
wish-remove-label = { $title } von der Merkliste entfernen
wish-add-label = In die Tasche: { $title }
wish-choose = Auswählen
wish-choose-label = Auswählen: { $title }
wish-empty = Noch nichts gemerkt. „Auf die Merkliste“ auf einer Produktseite legt es hierher.
wish-empty-action = Umsehen
wish-full = Auf Ihrer Merkliste stehen { $most } Produkte, mehr passen nicht darauf. Entfernen Sie zuerst eines.
wish-others = Hier zurzeit nicht im Angebot
