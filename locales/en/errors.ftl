# Pages for what went wrong, and what forms and islands are refused with.

errors-not-found-title = That page is not here
errors-not-found-text = It may have moved, or the address has a slip of the pen. The workshops are this way.
errors-gone-title = No longer made
errors-gone-text = This one has left the workshop for good. Others like it are still here.
errors-bad-request-title = We could not read that
errors-bad-request-text = Something in the address or the form was not as it should be. Go back and try again.
errors-denied-title = Not yours to open
errors-denied-text = This belongs to someone else, or the link is no longer good.
errors-unavailable-title = No answer
errors-unavailable-text = A service that we need does not answer. Nothing was charged. Try again in a moment.
errors-broken-title = Something broke
errors-broken-text = It was us, not you, and we have been told. Nothing was charged. Try again in a moment.
errors-offline-title = You are offline
errors-offline-text = Pages you have seen are still here. The rest comes back with the network.
errors-go-home = Back to the shop
errors-try-again = Try again

