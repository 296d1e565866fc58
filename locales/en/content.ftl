# Plain pages: about, delivery, returns. Paragraphs are messages of their own.

content-about-title = About Rialto
content-about-lead = Things for a considered home, from fourteen small workshops around a lagoon.
content-about-1 = We began with one potter on Giudecca who could not find a shop that sold seconds as seconds. Fourteen workshops later, we still write down what a thing is made of, who made it, how large it is and how to wash it.
content-about-2-heading = Prices and stock
content-about-2 = Prices are round because the makers set them. Stock is what lies on the shelf: when we say few, there are three or fewer, and when we say sold out, nobody has one under the counter.
content-about-3-heading = Mending
content-about-3 = If a thing breaks in a way it should not have, its maker mends it. That has happened eleven times. If it breaks in a way it should have, we mend that too, and charge for the boat.
content-about-4-heading = Where we are
content-about-4 = In a former rope store on Giudecca, second door after the bridge. You may knock on weekdays. If nobody answers, we are at a workshop; the bar next door knows which.

content-delivery-title = Delivery
content-delivery-lead = A day, not a range of days.
content-delivery-1 = We pack in paper and card, on weekdays, on Giudecca. What is ordered today leaves on the next working day, and the page of each thing says when it will be with you.
content-delivery-2-heading = What it costs
content-delivery-2 = The price depends on the weight and the country. Your bag shows it before you give us an address, and checkout shows every way we can send it.
content-delivery-3-heading = What it comes in
content-delivery-3 = Paper, card and string. No plastic, anywhere in the box. Glass travels in a nest of shredded proofs from a printer in Cannaregio, so you may read a little Goldoni while unpacking.
content-delivery-4-heading = Where it is
content-delivery-4 = We mail you a link to your order as soon as it is placed. It shows what has happened so far, without a login, for as long as you keep the mail.

content-returns-title = Returns
content-returns-lead = Thirty days, no questions beyond the address.
content-returns-1 = Send it back within thirty days, in the paper it came in if you kept it. It may have been used, as long as it can be used again. We refund the whole price within five working days of seeing it.
content-returns-2-heading = Broken on the way
content-returns-2 = Send a picture instead of the pieces. We send another, or the money, as you like.
content-returns-3-heading = What can’t come back
content-returns-3 = Soap that has been washed with, candles that have been lit, and things made to order. Those we mend or exchange.
content-returns-4-heading = How
content-returns-4 = Write to the address in your order’s mail and name its number. You get a label the same day; the courier or any post office takes it from there, at our cost.
