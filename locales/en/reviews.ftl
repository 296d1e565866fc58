# What shoppers say of products.

reviews-heading = What people say
reviews-title = What people say of { $title }
reviews-count = { $count ->
    [one] { $count } review
   *[other] { $count } reviews
}
reviews-rated = { $count ->
    [one] { $average } of 5 stars, { $count } review
   *[other] { $average } of 5 stars, { $count } reviews
}
reviews-stars = { $stars ->
    [one] { $stars } star
   *[other] { $stars } stars
}
reviews-none = Nobody has said anything yet. The first word is yours.
reviews-end = That was all of it.
reviews-verified = Bought here
reviews-all = { $count ->
    [one] Read the review
   *[other] Read all { $count } reviews
}
reviews-more = More reviews
reviews-first = Back to the latest
reviews-write = Write a review
reviews-form-title = How is { $title }?
reviews-form-text = Somebody here reads each review before it is shown; that takes a day or two. Good and bad are treated alike. If you write again, the newer one counts.
reviews-problems = Something is missing. See below.
reviews-field-stars = Your stars
reviews-field-title = In one line
reviews-field-body = What is good about it, what is not
reviews-field-name = Your name, as it is shown
reviews-field-name-hint = A first name is enough.
reviews-trap = Please leave this empty
reviews-send = Send review
reviews-problem-stars = Please choose one to five stars.
reviews-problem-missing = Please write something here.
reviews-problem-too-long = Please keep it to { $most } characters.
reviews-thanks-title = Thank you
reviews-thanks-text = Your review is with us. It is shown once somebody has read it.
reviews-thanks-verified = It will say that you bought it here.
reviews-thanks-replaced = It takes the place of the one you sent before.
reviews-back = Back to the product
reviews-too-many-title = That was quick
reviews-too-many-text = More reviews came in than we can read. Please try again tomorrow; nothing was kept of this one.
