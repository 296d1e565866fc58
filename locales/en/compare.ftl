# Products side by side.

compare-title = Compare
compare-action = Compare
compare-similar = Compare with similar ones
compare-chosen = Compare the chosen ones
compare-tick = Compare
compare-tick-label = Compare { $title }
compare-tick-hint = Tick two to { $most } to see them side by side.
compare-few = It takes two to compare, and { $most } fit. Choose them on the wish list.
compare-choose = To the wish list
compare-more = Only the first { $most } are compared. Leave one out to see another.
compare-missing = { $count ->
    [one] One of them is not on sale here, and was left out.
   *[other] { $count } of them are not on sale here, and were left out.
}
compare-remove = Leave out
compare-remove-label = Leave out { $title }
compare-others = Put beside
compare-add = Compare too
compare-add-label = Compare too: { $title }
compare-legend = A dot marks where they differ.
compare-price = Price
compare-rating = Rating
compare-stock = Availability
compare-maker = Maker
compare-differs = they differ
compare-none = nothing said
