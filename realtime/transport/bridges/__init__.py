"""Bridges for backends that emit through Redis, as they did to the server that was here before.

`python` reads what python-socketio and Flask-SocketIO publish, `emitters` what the redis-emitter of
Node.js, Go, Java, PHP and Rust does; both make an `asked` of it. `ear` is the connection to Redis.

Every node listens, and does what is asked for its own sockets only: each socket is on one node, so
each hears an event once, and no node's death or cut makes another miss it or hear it twice. Redis
keeps nothing for a node that is cut off; what is published meanwhile does not reach its sockets.
What arrives is signed by nobody. It is never unpickled, never long, and becomes an event to rooms,
one of four things done to sockets, or nothing.
"""
