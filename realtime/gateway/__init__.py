"""Where events come in: who calls, from which frontend, and what she may not have sent.

A token is found by `credentials`, taken apart and checked by `signatures` (with the keys of
`jwks`), read by `claims` and remembered by `tokens`; `origins` tells the frontends apart and `cors`
lets them read the answers. Behind those doors stand `sockets`, `rest` and `server_api`.
"""
