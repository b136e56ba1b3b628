"""Where events go out: to sockets now (``fanout``), and later what the outbox has kept.

``outbox`` takes what is due, ``push`` wakes the browsers of who is away, ``webhooks`` tells other
backends, ``one_by_one`` does what needs no other server; ``together`` asks the database for many at
once, ``outgoing`` calls servers of other people.
"""
