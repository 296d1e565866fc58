# Search, and what narrows lists.

search-title = Search
search-heading = “{ $text }”
search-label = Search the shop
search-action = Search
search-suggestions = Suggestions
search-more-than = more than { $count } things
search-filters = Filter
search-show = Show
search-chosen = Chosen filters
search-without = Without { $filter }
search-clear = Take all filters away
search-brand = Maker
search-price = Price
search-price-from = From
search-price-to = To
search-up-to = up to { $price }
search-in-stock = In stock only
search-rating = Reviews
search-rating-any = Any
search-rating-least = { $stars } stars and more
search-more = More
search-understood = Understood as a filter: { $filters }.
search-literally = Search for these words instead
search-loosened = Nothing has all of these words. This comes closest.
search-empty = Nothing by that name. Try fewer words, or one of these ways.
search-empty-narrowed = Nothing is left with all these filters.
