# Codes, gift cards, and why one is not taken.

promotion-code = Promotion code or gift card
promotion-apply = Use it
promotion-card = Gift card ending in {"{ending}"}
promotion-store-credit = Your credit
promotion-credit = Gift card
promotion-due = Left to pay
promotion-paid = Paid
promotion-missing = {"{amount}"} more of what it is for, and it counts.
promotion-missing-units = {"{count}"} more of what it is for, and it counts.
promotion-no-lines = Nothing in your bag is what it is for.
promotion-not-together = It does not go together with “{"{with}"}”.
promotion-nothing-left = There is nothing left to take it off.
promotion-refused = The code { $code } is no longer in your bag. { $why } You can order without it.
error-code-malformed = A code is 3 to 32 letters and digits.
error-code-unknown = We don't know that code. Look at it once more: capitals and spaces make no difference.
error-code-not-yet = That code is not valid yet.
error-code-ended = That code is no longer valid.
error-code-used-up = That code was used as often as it may be.
error-code-used-before = You have had that one already.
error-code-not-here = That code is not for this country.
error-code-not-for-you = That code is for other customers.
error-card-empty = There is nothing left on that gift card.
error-card-foreign = That gift card is in another currency.
error-codes-too-many = Five codes and five gift cards are as many as a bag takes.
error-codes-too-many-tries = That were many codes that nobody has. Try again in ten minutes.
