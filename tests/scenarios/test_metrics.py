"""What a monitor can read of a running node."""

import re

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.cluster import Cluster
from tests.nodes import SERVER_KEY
from tests.rest import Rest
from tests.scenarios.steps import everyone_joins, on_both_databases, once, say, talk
from tests.servers.running import free_port


async def told(person: Rest) -> dict[str, float]:
    """Every sample of `/metrics`, by its name and labels as they are written."""
    text = (await person.get("/metrics")).text
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


@once
async def test_open_and_closed_sessions_are_counted(cluster: Cluster) -> None:
    node = await cluster.process()
    await cluster.frontend(node, "ada")
    bob = await cluster.frontend(node, "bob")
    await bob.disconnect()
    eve = await cluster.frontend(node, "eve")

    text = (await eve.get("/metrics")).text

    assert re.search(r"^realtime_sessions 2\.0$", text, re.MULTILINE)
    assert re.search(r"^realtime_sessions_closed_total\{reason=.+\} 1\.0$", text, re.MULTILINE)


@once
async def test_connections_and_users_are_told_by_dialect_and_transport(cluster: Cluster) -> None:
    node = await cluster.process()
    ada = await cluster.frontend(node, "ada")
    await cluster.frontend(node, "ada", transports="polling")
    await cluster.frontend(node, "bob", "jobs")
    gone = await cluster.frontend(node, "eve", "jobs")
    await gone.disconnect()
    await ada.settled()

    found = await told(ada)

    connections = 'realtime_connections{{dialect="{}",transport="{}"}}'
    assert found[connections.format("conversations", "websocket")] == 1
    assert found[connections.format("conversations", "polling")] == 1
    assert found[connections.format("jobs", "websocket")] == 1
    assert found['realtime_users{dialect="conversations"}'] == 1
    assert found['realtime_users{dialect="jobs"}'] == 1


@on_both_databases
async def test_a_message_shows_on_its_whole_way(cluster: Cluster) -> None:
    node = await cluster.process()
    ada, bob = await cluster.frontend(node, "ada"), await cluster.frontend(node, "bob")
    conversation = await talk(ada, "bob")
    await everyone_joins(conversation, ada, bob)
    for _ in range(3):
        await say(ada, conversation, "Hi", clientId="once")

    found = await told(ada)

    assert found['realtime_messages_total{outcome="stored"}'] == 1
    assert found['realtime_messages_total{outcome="repeated"}'] == 2
    assert found["realtime_stored_seconds_count"] == 3
    assert found["realtime_batch_messages_sum"] == 3
    assert found["realtime_commit_seconds_count"] == 3
    assert found["realtime_delivery_seconds_count"] == 3
    assert found["realtime_writer_waiting"] == 0
    assert found["realtime_database_seconds_count"] > 3
    assert found["realtime_database_wait_seconds_count"] > 3
    said = 'realtime_events_out_total{dialect="conversations",event="message:new"}'
    assert found[said] == 1
    called = 'dialect="conversations",method="POST",route="/api/messages",status="201"'
    assert found[f"realtime_requests_total{{{called}}}"] == 3
    heard = 'dialect="conversations",event="join:conversation",outcome="ok"'
    assert found[f"realtime_events_in_total{{{heard}}}"] == 2
    assert found['realtime_event_seconds_count{event="join:conversation"}'] == 2


@once
async def test_what_clients_and_callers_invent_makes_no_label(cluster: Cluster) -> None:
    node = await cluster.process(limits__events__rate=0.01, limits__events__burst=3)
    ada = await cluster.frontend(node, "ada")
    await ada.ask("nonsense", {"x": 1})
    await ada.ask("join:conversation", "nowhere")
    await ada.ask("users:get-status", ["bob"])
    await ada.ask("users:get-status", ["bob"])
    await ada.get("/api/invented")
    await ada.get("/api/messages/conversations/invented")
    backend = cluster.frontends.person(node.url, SERVER_KEY)
    await backend.get("/api/server/users/invented/presence")
    await backend.get("/api/server/invented")

    found = await told(ada)

    assert not [name for name in found if "nonsense" in name or "invented" in name]
    events = 'realtime_events_in_total{{dialect="{}",event="{}",outcome="{}"}}'
    assert found[events.format("unknown", "unknown", "refused")] == 1
    assert found[events.format("conversations", "join:conversation", "refused")] == 1
    assert found[events.format("conversations", "users:get-status", "ok")] == 1
    assert found[events.format("conversations", "users:get-status", "limited")] == 1
    requests = 'realtime_requests_total{{dialect="{}",method="{}",route="{}",status="{}"}}'
    assert found[requests.format("unknown", "unknown", "unknown", 404)] == 1
    history = "/api/messages/conversations/{id}"
    assert found[requests.format("conversations", "GET", history, 404)] == 1
    presence = "/api/server/users/{userId}/presence"
    assert found[requests.format("server", "GET", presence, 200)] == 1
    assert found[requests.format("server", "unknown", "unknown", 404)] == 1


@once
async def test_the_loop_and_the_way_over_redis_are_timed(
    cluster: Cluster, redis_url: str, postgres_url: str
) -> None:
    from tests.nodes import migrate

    migrate(cluster.folder, postgres_url)
    cluster.database_url = postgres_url
    node = await cluster.process(redis_url=redis_url)
    ada = await cluster.frontend(node, "ada")
    conversation = await talk(ada, "bob")
    await everyone_joins(conversation, ada)
    await say(ada, conversation, "Hi")
    await ada.hears("message:new")

    found = await told(ada)

    assert found["realtime_backplane_seconds_count"] >= 1
    assert 0 < found["realtime_backplane_seconds_sum"] < 10
    assert found["realtime_backplane_connected"] == 1
    while not found["realtime_loop_late_seconds_count"]:
        found = await told(ada)


@once
async def test_with_a_key_only_its_bearer_reads(cluster: Cluster) -> None:
    node = await cluster.node(metrics__key="a key for Prometheus")

    for token in (None, "another key", SERVER_KEY):
        assert (await cluster.frontends.person(node.url, token).get("/metrics")).status == 401
    assert (
        await cluster.frontends.person(node.url, "a key for Prometheus").get("/metrics")
    ).status == 200


@once
async def test_on_a_port_of_its_own_it_is_nowhere_else(
    cluster: Cluster, http: aiohttp.ClientSession
) -> None:
    port = free_port()
    node = await cluster.node(metrics__port=port)

    assert (await cluster.frontends.person(node.url).get("/metrics")).status == 404
    async with http.get(f"http://127.0.0.1:{port}/metrics") as response:
        families = list(text_string_to_metric_families(await response.text()))
    assert "realtime_sessions" in {family.name for family in families}
    async with http.get(f"http://127.0.0.1:{port}/healthz") as response:
        assert response.status == 404
