"""People at real frontends, talking over real nodes."""
