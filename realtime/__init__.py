"""A server that existing Socket.IO frontends can be pointed at.

cli/          serve, migrate, token, check
app.py        puts a node together: the only module that knows every other
server_api.py the application's helpers inside the process; client.py the same from another one
gateway/      where events come in: tokens, REST, sockets, the server API, health
delivery/     where events go out: the one place that emits to rooms
stores/       what nodes share and keep: the writer, presence, joined, limits, migrations
dialects/     where words are translated: four tables each (hears, routes, says, refuses)
domain/       where things happen: pure but for the database
models/       what is kept: Tortoise tables, one noun per file
transport/    where bytes move: Engine.IO and Socket.IO; knows no domain
"""
