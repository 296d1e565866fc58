# The bag.

cart-title = Your bag
cart-quantity-of = Quantity of {"{title}"}
cart-less = One less
cart-more = One more
cart-update = Update
cart-remove = Remove
cart-few-left = Few left
cart-sold-out = Sold out
cart-summary = In all
cart-estimate = Delivery and tax are estimated until you give an address.
cart-checkout = Go to checkout
cart-empty = Nothing in it yet.
cart-go-on = Look around the shop
cart-unreachable = The shop could not be reached, so this change may not be kept. Try again in a moment.
cart-subtotal = Subtotal
cart-delivery = Delivery
cart-free = Free
cart-tax-included = Tax included
cart-tax-added = Tax
cart-total = Total
cart-missing = {"{amount}"} more and delivery is free.
