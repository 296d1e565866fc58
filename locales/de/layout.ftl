# Um jede Seite: Versprechen, Kopf, Tasche, Fuß.

layout-language = Deutsch
layout-promise = Freie Lieferung ab { $amount } · 30 Tage Bedenkzeit
layout-promise-plain = In Papier gepackt · 30 Tage Bedenkzeit
layout-promises = Was wir versprechen
layout-skip = Zum Inhalt
layout-menu = Menü
layout-categories = Kategorien
layout-market = Land und Sprache
layout-about = Über uns
layout-delivery = Lieferung
layout-returns = Rückgabe
layout-help = Hilfe
layout-shop = Laden
layout-words = Dinge für ein bedachtes Zuhause, gemacht von Leuten, die wir kennen, geliefert in Papier.
layout-small-included = © Rialto, Giudecca. Preise inklusive Steuer. Keine Cookies außer den zweien, die Ihre Tasche halten.
layout-small-added = © Rialto, Giudecca. Steuer kommt an der Kasse dazu. Keine Cookies außer den zweien, die Ihre Tasche halten.
layout-bag = Tasche
layout-bag-close = Schließen
layout-bag-empty = Noch ist nichts darin.
layout-bag-cart = Tasche ansehen
layout-bag-checkout = Zur Kasse
