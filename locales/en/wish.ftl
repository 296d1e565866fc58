# What is kept for later.

wish-title = Wish list
wish-save = Save for later
wish-added = “{ $title }” is on your wish list.
wish-undo = Undo
wish-removed = “{ $title }” is no longer on your wish list.
wish-put-back = Put it back
wish-removed-for-good = It is no longer on your wish list.
wish-remove = Remove
wish-remove-label = Remove { $title } from the wish list
wish-add-label = Add to bag: { $title }
wish-choose = Choose
wish-choose-label = Choose: { $title }
wish-empty = Nothing saved yet. “Save for later” on a product’s page puts it here.
wish-empty-action = Look around
wish-full = Your wish list holds { $most } products, and no more fit. Remove one first.
wish-others = Not on sale here at the moment
