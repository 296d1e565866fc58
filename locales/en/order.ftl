# An order's pages.

order-title = Order { $number }
order-your-order = Your order
order-bought = What you bought
order-destination = Where it goes
order-address = Address
order-delivery = Delivery
order-email = E-mail
order-how-it-stands = How it stands
order-step-placed = Ordered
order-step-payment = Awaiting payment
order-step-payment-text = We hold your things meanwhile.
order-step-paid = Paid
order-step-packed = Packed in paper
order-step-packed-text = We are on it.
order-step-delivered = With you
order-arrives-by = by { $date }
order-step-cancelled = Cancelled
order-step-cancelled-text = It was not paid in time, so your things went back on the shelf. Nothing was charged.
order-step-refund-due = Refund on its way
order-step-refund-due-text = Your payment came after the last one was sold. All of it goes back to you.
order-step-refunded = Refunded
order-step-refunded-text = All of it went back to you.
order-payment-due = This order is not paid yet.
order-payment-failed = The payment did not go through, and nothing was charged. You can try again.
order-payment-unknown = We could not reach the payment provider. Your things are held; you can pay now or in a few minutes.
order-pay = Pay now
order-watching = We are looking whether your payment has come.
order-thanks-title = Thank you. It is yours.
order-thanks-text = { $others ->
    [0] Your { $thing } will be packed in paper and sent to you.
    [one] Your { $thing } and one other thing will be packed in paper and sent to you.
   *[other] Your { $thing } and { $others } other things will be packed in paper and sent to you.
} We have written to { $email }.
order-almost-title = Almost there.
order-almost-text = Your { $thing } is held for you. Order { $number } awaits its payment.
order-ended-title = This order has ended.
order-ended-text = Below is what became of order { $number }.
order-status-link = See how your order stands
order-pick-up = Where to pick it up
order-place = The place
order-ready-by = by { $date }
order-ready-at = at { $place }
order-thanks-pick-up-text = { $others ->
    [0] Your { $thing } will be packed in paper and ready for you at { $place }.
    [one] Your { $thing } and one other thing will be packed in paper and ready for you at { $place }.
   *[other] Your { $thing } and { $others } other things will be packed in paper and ready for you at { $place }.
} We have written to { $email }.
