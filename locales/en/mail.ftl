# Mail to shoppers, and what payment pages call the parts of a price.

mail-confirmation-subject = Thank you: your order { $number }
mail-confirmation-preview = Paid, packed in paper, with you by { $day }.
mail-confirmation-heading = Thank you.
mail-confirmation-intro = Your order { $number } is paid for, and we are packing it.
mail-confirmation-arrival = It is with you by { $day }.
mail-see-order = See your order
mail-order = Order { $number }
mail-item = What
mail-price = Price
mail-subtotal = Subtotal
mail-delivery = Delivery
mail-free = Free
mail-tax-added = Sales tax
mail-tax-included = Prices include { $tax } of VAT.
mail-total = Total
mail-goes-to = Where it goes
mail-link-is-private = The link to your order is yours alone: whoever has it sees the order. Something wrong? Answer this mail.
mail-pick-up = Where to pick it up
mail-confirmation-pick-up-preview = Paid, packed in paper, ready for you at { $place } by { $day }.
mail-confirmation-pick-up-arrival = It is ready for you at { $place } by { $day }. We write to you when it is.
