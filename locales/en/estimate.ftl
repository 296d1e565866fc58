# What delivery would cost, in the bag.

estimate-title = Delivery to you
estimate-button = Show delivery
estimate-note = After a change to the bag, ask once more. Nothing is charged before you order.
estimate-sums = { $total } in all, with { $tax } tax
