# Die Seiten einer Bestellung.

order-title = Bestellung { $number }
order-your-order = Ihre Bestellung
order-bought = Was Sie gekauft haben
order-destination = Wohin es geht
order-address = Adresse
order-delivery = Lieferung
order-email = E-Mail
order-how-it-stands = Wie es steht
order-step-placed = Bestellt
order-step-payment = Wartet auf Zahlung
order-step-payment-text = Solange legen wir Ihre Sachen zurück.
order-step-paid = Bezahlt
order-step-packed = In Papier gepackt
order-step-packed-text = Wir sind dabei.
order-step-delivered = Bei Ihnen
order-arrives-by = bis { $date }
order-step-cancelled = Abgebrochen
order-step-cancelled-text = Sie wurde nicht rechtzeitig bezahlt; Ihre Sachen stehen wieder im Regal. Es wurde nichts abgebucht.
order-step-refund-due = Geld kommt zurück
order-step-refund-due-text = Ihre Zahlung kam, als das letzte Stück verkauft war. Sie bekommen alles zurück.
order-step-refunded = Erstattet
order-step-refunded-text = Sie haben alles zurückbekommen.
order-payment-due = Diese Bestellung ist noch nicht bezahlt.
order-payment-failed = Die Zahlung ging nicht durch, und es wurde nichts abgebucht. Sie können es noch einmal versuchen.
order-payment-unknown = Der Zahlungsanbieter war nicht zu erreichen. Ihre Sachen liegen bereit; Sie können jetzt oder in ein paar Minuten bezahlen.
order-pay = Jetzt bezahlen
order-watching = Wir sehen nach, ob Ihre Zahlung angekommen ist.
order-thanks-title = Danke. Es gehört Ihnen.
order-thanks-text = { $others ->
    [0] { $thing } wird in Papier gepackt und zu Ihnen geschickt.
    [one] { $thing } und noch etwas werden in Papier gepackt und zu Ihnen geschickt.
   *[other] { $thing } und { $others } andere Dinge werden in Papier gepackt und zu Ihnen geschickt.
} Wir haben an { $email } geschrieben.
order-almost-title = Fast geschafft.
order-almost-text = { $thing } liegt für Sie bereit. Bestellung { $number } wartet auf ihre Zahlung.
order-ended-title = Diese Bestellung ist beendet.
order-ended-text = Unten steht, was aus Bestellung { $number } geworden ist.
order-status-link = Sehen, wie es um die Bestellung steht
order-pick-up = Wo Sie es abholen
order-place = Der Ort
order-ready-by = bis { $date }
order-ready-at = { $place }
order-thanks-pick-up-text = { $others ->
    [0] { $thing } wird in Papier gepackt und für Sie bereitgelegt: { $place }.
    [one] { $thing } und noch etwas werden in Papier gepackt und für Sie bereitgelegt: { $place }.
   *[other] { $thing } und { $others } andere Dinge werden in Papier gepackt und für Sie bereitgelegt: { $place }.
} Wir haben an { $email } geschrieben.
