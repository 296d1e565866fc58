# What delivery would cost, in the bag.

estimate-title = Delivery to you
estimate-button = Show delivery
estimate-note = For what was in the bag when this page was loaded. Nothing is charged before you order.
estimate-sums = { $total } in all, with { $tax } tax
