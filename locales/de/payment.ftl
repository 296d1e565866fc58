# Bezahlen, während kein Zahlungsdienst erreichbar ist.

payment-deferred = Wir konnten den Zahlungsdienst nicht erreichen. Es wurde nichts abgebucht. Wir legen Ihre Sachen zurück und schicken Ihnen einen Link zum Bezahlen, sobald er wieder antwortet. Oder versuchen Sie es gleich.
payment-mail-subject = Ihre Bestellung { $number } kann jetzt bezahlt werden
payment-mail-heading = Es kann weitergehen.
payment-mail-intro = Der Zahlungsdienst antwortet wieder, und Ihre Bestellung { $number } über { $total } kann bezahlt werden. Bisher wurde nichts abgebucht.
payment-mail-held = Wir legen Ihre Sachen noch zwei Stunden lang zurück.
payment-mail-pay = Jetzt bezahlen
