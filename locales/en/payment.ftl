# Paying while no payment service can be reached.

payment-deferred = We could not reach the payment service. Nothing was charged. We hold your things, and mail you a link to pay as soon as it answers. Or try now.
payment-mail-subject = Your order { $number } can be paid now
payment-mail-heading = Ready when you are.
payment-mail-intro = The payment service answers again, and your order { $number } over { $total } can be paid. Nothing was charged so far.
payment-mail-held = We hold your things for another two hours.
payment-mail-pay = Pay now
