# Stock: limits, and what is sold ahead of the shelf.

stock-limited = { $most ->
    [0] You have had as many of { $title } as one customer may buy. Nothing was ordered or charged.
   *[other] You may buy { $most } of { $title }, and no more. Nothing was ordered or charged.
}
stock-sent-from = ships from { $date }
stock-sent-when-back = ships as soon as there is more
