# Home, categories, products.

catalog-home-title = Things for a considered home
catalog-home-eyebrow = Autumn, slowly
# The headline in three parts; the middle one is emphasised.
catalog-home-before = Things that stay
catalog-home-stressed = long after
catalog-home-after = the season.
catalog-home-lead = Stoneware, linen, brass and ash from fourteen small workshops around the lagoon.
catalog-home-action = Shop the autumn table
catalog-home-table-picture = A laid table: plates, a bowl and a jug in glazes of the lagoon
catalog-home-lamp-picture = A lit table lamp of brass and linen
catalog-new-heading = New on the quay
catalog-aisles-heading = All that there is
catalog-featured-heading = From the workshops
catalog-promise-paper = Delivered in paper
catalog-promise-paper-text = No plastic, anywhere in the box. The day it arrives stands beside the button.
catalog-promise-days = Thirty days
catalog-promise-days-text = Use it, live with it, send it back if it doesn’t belong.
catalog-promise-repair = Repaired, not replaced
catalog-promise-repair-text = Chips and frays are mended at our bench for life.
catalog-story-eyebrow = Fourteen workshops, one lagoon
catalog-story-heading = We buy from people we can visit by boat.
catalog-story-text = Potters on Murano, looms on Burano, a lathe in Mira, two sisters with a drill on Pellestrina. They set the price; we add what it costs to pack and send. When one of them goes fishing, there is nothing to sell for a week, and we say so.
catalog-story-action = Read about us
catalog-about = { $count ->
    [0] nothing yet
    [one] { $count } thing
   *[other] about { $count } things
}
catalog-things = { $count ->
    [0] nothing yet
    [one] { $count } thing
   *[other] { $count } things
}
catalog-sort = Sort by
catalog-sort-featured = Featured
catalog-sort-best-selling = Best-selling
catalog-sort-rating = Best reviewed
catalog-sort-newest = Newest
catalog-sort-price-up = Price, low to high
catalog-sort-price-down = Price, high to low
catalog-sort-relevance = Best match
catalog-sort-action = Sort
catalog-next-page = More
catalog-first-page = Back to the first page
catalog-empty = Nothing here yet. The next boat comes soon.
catalog-empty-end = That was all of it.
catalog-from = from { $price }
catalog-new = New
catalog-sale = −{ $percent } %
catalog-was = Was
catalog-now = now
catalog-colours = Colours: { $names }
catalog-in-stock = In stock
catalog-few-left = Few left
catalog-sold-out = Sold out
catalog-home = Home
catalog-breadcrumb = Where you are
catalog-gallery = Pictures of { $title }

# Buying
catalog-add = Add to bag
catalog-adding = Adding…
catalog-not-made = Not made like that
catalog-leaves = , leaves on the next working day
catalog-quantity = Quantity
catalog-less = One less
catalog-more = One more
catalog-delivery-in = { $from ->
    [one] Delivery in { $to ->
        [one] one business day
       *[other] 1–{ $to } business days
    }
   *[other] Delivery in { $from }–{ $to } business days
}
catalog-delivery-after = { $to ->
    [one] One business day after it is sent
   *[other] Up to { $to } business days after it is sent
}
catalog-to-order = Available
catalog-delivery-by = Delivery by
catalog-delivery-cost = , from { $price }
catalog-delivery-cost-free = , from { $price } (free over { $free })
catalog-returns = 30 days to return it, free
catalog-offline = We can’t reach the shop. Check your connection and try again; nothing is added twice.
catalog-details = Details
catalog-facts = In figures and words
catalog-yes = yes
catalog-no = no
catalog-brand = Workshop
catalog-below = What is in it
catalog-together = Often bought together
catalog-related = You may also like
