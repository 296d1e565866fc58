# Mail to shoppers, and what payment pages call the parts of a price.

mail-confirmation-subject = Danke: Ihre Bestellung { $number }
mail-confirmation-preview = Bezahlt, in Papier gepackt, bei Ihnen bis { $day }.
mail-confirmation-heading = Danke.
mail-confirmation-intro = Ihre Bestellung { $number } ist bezahlt, und wir packen sie ein.
mail-confirmation-arrival = Sie ist bei Ihnen bis { $day }.
mail-see-order = Bestellung ansehen
mail-order = Bestellung { $number }
mail-item = Was
mail-price = Preis
mail-subtotal = Zwischensumme
mail-delivery = Versand
mail-free = Kostenlos
mail-tax-added = Umsatzsteuer
mail-tax-included = Die Preise enthalten { $tax } MwSt.
mail-total = Summe
mail-goes-to = Wohin es geht
mail-link-is-private = Der Link zu Ihrer Bestellung gehört nur Ihnen: Wer ihn hat, sieht sie. Stimmt etwas nicht? Antworten Sie auf diese Mail.
mail-pick-up = Wo Sie es abholen
mail-confirmation-pick-up-preview = Bezahlt, in Papier gepackt, bereit für Sie bis { $day }: { $place }.
mail-confirmation-pick-up-arrival = Sie liegt bis { $day } für Sie bereit: { $place }. Wir schreiben Ihnen, wenn es so weit ist.
