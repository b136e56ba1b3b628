"""A server that existing Socket.IO frontends can be pointed at.

cli/          serve, worker, migrate, token, check, push, vapid, explain, nginx, demo, bench
app.py        puts a node together: the only module that knows every other
in_process.py the application's helpers inside the process; client.py from another one
gateway/      where events come in: identity, REST, sockets, the server API, health, demo, admin
delivery/     where events go out: the one place that emits to rooms; the outbox, web push, webhooks
stores/       what nodes share and keep: the writer, presence, joined, limits, migrations
dialects/     where words are translated: four tables each (hears, routes, says, refuses)
domain/       where things happen: pure but for the database; the announcer, the journal
tracing/      follows a call to its delivery, for OpenTelemetry, where that is wanted
models/       what is kept: Tortoise tables, one noun per file
transport/    where bytes move, on two floors (engineio, socketio) and a backplane; knows no domain
"""
