# Die Tasche.

cart-title = Ihre Tasche
cart-quantity-of = Anzahl von {"{title}"}
cart-less = Eins weniger
cart-more = Eins mehr
cart-update = Ändern
cart-remove = Entfernen
cart-few-left = Nur noch wenige
cart-sold-out = Ausverkauft
cart-summary = Zusammen
cart-estimate = Lieferung und Steuer sind geschätzt, bis wir Ihre Adresse kennen.
cart-checkout = Zur Kasse
cart-empty = Noch ist nichts darin.
cart-go-on = Im Laden umsehen
cart-unreachable = Der Laden war nicht zu erreichen; diese Änderung ist vielleicht nicht gespeichert. Bitte gleich noch einmal versuchen.
cart-subtotal = Zwischensumme
cart-delivery = Lieferung
cart-free = Kostenlos
cart-tax-included = Darin enthaltene Steuer
cart-tax-added = Steuer
cart-total = Summe
cart-missing = Noch {"{amount}"}, dann ist die Lieferung kostenlos.
