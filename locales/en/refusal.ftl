# Why something was not done: what is wrong, and how to mend it.

error-quantity = Choose a quantity from 1 to 99.
error-unknown-variant = We don't know that product, or not in that choice. Choose again on its page.
error-sold-out = This one is sold out. Nothing was added.
error-not-sold-here = This is not sold in your part of the world.
error-no-such-line = That is no longer in your bag.
error-too-many-lines = The bag is full: it holds 300 different things.
error-too-large = That is more than we can add up in one order.
error-command-reused = This change was sent twice in two versions, so only the first was kept. Load the page again.
error-denied = That is not yours to change.
error-not-found = We could not find that.
error-gone = That is no longer here.
error-bad-request = Something in the request was not as it should be. Load the page again and try once more.
error-unavailable = The shop can't do this just now. Nothing was changed; try again in a moment.
error-empty-cart = There is nothing in your bag.
error-checkout-refused = Something in the checkout wants your attention.
error-key-reused = This order was already placed with other details, so nothing was changed. Look into your mail, or begin again from the bag.
error-checkout-closed = This checkout is closed: its order was placed, or it ran out. Begin again from the bag.
error-order-closed = This order can't be paid any more. Nothing was charged.
error-payment-unavailable = The payment provider can't be reached just now. Nothing was charged; try again in a few minutes.
errors-refused-title = That did not happen
errors-to-cart = Back to your bag
