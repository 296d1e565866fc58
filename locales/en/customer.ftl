# Accounts, and the mail by which an e-mail address is claimed.

customer-claim-subject = Confirm your e-mail address
customer-claim-heading = Is this you?
customer-claim-intro = Somebody, most likely you, gave this address at Rialto. Confirm it, and your orders and your bag are kept together.
customer-claim-confirm = Confirm this address
customer-claim-note = The link works once, for 24 hours, in the browser you asked from.
customer-claim-not-you = It was not you? Then do nothing: without the link, nothing changes.
