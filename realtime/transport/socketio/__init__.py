"""Socket.IO v5: sockets, rooms, events and their acks, as python-socketio's server offers them."""
