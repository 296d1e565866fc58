# Warum etwas nicht getan wurde: was nicht stimmt, und wie es zu beheben ist.

error-quantity = Bitte wählen Sie eine Anzahl von 1 bis 99.
error-unknown-variant = Dieses Produkt kennen wir nicht, oder nicht in dieser Ausführung. Bitte auf seiner Seite neu wählen.
error-sold-out = Das ist ausverkauft. Es wurde nichts hinzugefügt.
error-not-sold-here = Das wird in Ihrem Teil der Welt nicht verkauft.
error-no-such-line = Das liegt nicht mehr in Ihrer Tasche.
error-too-many-lines = Die Tasche ist voll: Sie fasst 300 verschiedene Dinge.
error-too-large = Das ist mehr, als wir in einer Bestellung zusammenrechnen können.
error-command-reused = Diese Änderung kam zweimal in zwei Fassungen; nur die erste gilt. Bitte die Seite neu laden.
error-denied = Das können Sie nicht ändern.
error-not-found = Das haben wir nicht gefunden.
error-gone = Das gibt es hier nicht mehr.
error-bad-request = Etwas an der Anfrage war nicht, wie es sein sollte. Bitte die Seite neu laden und noch einmal versuchen.
error-unavailable = Das geht gerade nicht. Es wurde nichts geändert; bitte gleich noch einmal versuchen.
error-empty-cart = Ihre Tasche ist leer.
error-checkout-refused = Etwas an der Kasse braucht Ihre Aufmerksamkeit.
error-key-reused = Diese Bestellung wurde schon mit anderen Angaben aufgegeben; es wurde nichts geändert. Sehen Sie in Ihre E-Mail, oder beginnen Sie neu bei der Tasche.
error-checkout-closed = Diese Kasse ist geschlossen: Die Bestellung ist aufgegeben, oder die Zeit ist um. Beginnen Sie neu bei der Tasche.
error-order-closed = Diese Bestellung kann nicht mehr bezahlt werden. Es wurde nichts abgebucht.
error-payment-unavailable = Der Zahlungsanbieter ist gerade nicht zu erreichen. Es wurde nichts abgebucht; bitte in ein paar Minuten noch einmal versuchen.
errors-refused-title = Das ist nicht geschehen
errors-to-cart = Zurück zur Tasche
