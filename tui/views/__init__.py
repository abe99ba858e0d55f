"""Views of one association, each a widget with `show`; what is chosen in one goes up as its `Selected`."""
