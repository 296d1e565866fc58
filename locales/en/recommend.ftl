# What goes with what was looked at.

recommend-title = For you
recommend-row = After what you looked at
recommend-empty = Nothing yet: look at a few things first.
