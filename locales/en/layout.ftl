# Around every page: promise, header, drawer, footer.

layout-language = English
layout-promise = Free delivery over { $amount } · 30 days to change your mind
layout-promise-plain = Packed in paper · 30 days to change your mind
layout-promises = What we promise
layout-skip = Skip to content
layout-menu = Menu
layout-categories = Categories
layout-market = Country and language
layout-about = About
layout-delivery = Delivery
layout-returns = Returns
layout-help = Help
layout-shop = Shop
layout-words = Things for a considered home, made by people we know, delivered in paper.
layout-small-included = © Rialto, Giudecca. Prices include tax. No cookies but the two that hold your bag.
layout-small-added = © Rialto, Giudecca. Tax is added at checkout. No cookies but the two that hold your bag.
layout-bag = Bag
layout-bag-close = Close
layout-bag-empty = Nothing in it yet.
layout-bag-cart = View bag
layout-bag-checkout = Check out
