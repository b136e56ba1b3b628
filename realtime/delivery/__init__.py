"""Where events go out: to sockets now, to browsers that are away."""
