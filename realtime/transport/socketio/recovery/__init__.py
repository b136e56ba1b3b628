"""Connection state recovery, as socket.io-client 4.6 and later asks for it.

A socket that takes part gets a `pid` in its CONNECT packet and an offset behind the arguments of
each event. Both come back with the client's next CONNECT. `records` knows who a pid belongs to from
its CONNECT on, `window` keeps what was said in the last minutes, `recovery` puts the two together:
the missed events, all of them or none.
"""
