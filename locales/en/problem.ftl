# What is refused before a page is known: limits, and requests that no page of ours sends.

problem-busy-title = The shop is very busy
problem-busy-text = More people are here than we can serve well: the shop is busy. Nothing was lost; try again in a moment.
problem-unavailable-title = Back in a moment
problem-unavailable-text = The shop can't answer just now. Your bag and your orders are safe; try again in a moment.
problem-too-many-title = One moment
problem-too-many-text = You are quicker than we are. Wait a minute and try again.
problem-other-site-title = That came from somewhere else
problem-other-site-text = This form was sent from another site, so nothing was done. Open the shop and try again there.
problem-bad-address-title = There is no such address
problem-bad-address-text = That address holds a NUL byte, which no page of the shop has.
problem-not-found-title = That is not here
problem-not-found-text = There is nothing at this address.
problem-wrong-method-title = Nothing is done that way
problem-wrong-method-text = This address takes no request of that kind. Go on from the shop's pages.
problem-too-slow-title = That took too long
problem-too-slow-text = Your request did not come in whole in time, so nothing was done. Check your connection and try again.
problem-too-large-title = That is too much
problem-too-large-text = What was sent is larger than any form of the shop, so nothing was done. Shorten it and try again.
problem-wrong-kind-title = We could not read that
problem-wrong-kind-text = What was sent is not of the kind that this address reads, so nothing was done. Go back and use the shop's own form.
problem-unreadable-title = We could not read that
problem-unreadable-text = Something in the address or the form was not as it should be, so nothing was done. Go back and try again.
problem-broken-title = Something broke
problem-broken-text = Something broke on our side, and we have been told. Nothing was lost; try again in a moment.
