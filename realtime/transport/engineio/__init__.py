"""Engine.IO v4: a client's session over polling and WebSocket, its deadlines, limits and bytes.

`engine` keeps the sessions and hands what they say to one `Receiver`; `entrance` admits them;
`wire/` has the protocols as bytes, without I/O; `limits/` how much a client may cost; `hooks` what
is private in aiohttp; `drain` how a node leaves.
"""
