"""One trace from a call to the commit, the fan-out, and the delivery on every node."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from aiohttp import web
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from realtime.app import NODE, SERVER
from realtime.config import ConfigError, load
from realtime.stores.writer import GroupWriter
from realtime.stores.writer.commit import Commit
from realtime.transport.backplane import Unit
from tests.cluster import Cluster
from tests.nodes import SERVER_KEY
from tests.scenarios.steps import everyone_joins, say, talk
from tests.servers.redis import Redis

ON = {"tracing__on": True}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"

one_node = pytest.mark.parametrize(("database", "transports"), [("sqlite", "websocket")])
two_nodes = pytest.mark.parametrize(("database", "transports"), [("postgres", "websocket")])

Tree = dict[str, Any]


@pytest.fixture(scope="module")
def exporter() -> Iterator[InMemorySpanExporter]:
    """The application has a provider of its own, as where the server runs inside its process."""
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    before, trace._TRACER_PROVIDER = trace._TRACER_PROVIDER, provider
    yield kept
    trace._TRACER_PROVIDER = before
    provider.shutdown()


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> InMemorySpanExporter:
    exporter.clear()
    return exporter


def tree(spans: tuple[ReadableSpan, ...], name: str) -> Tree:
    """The names below the first span of this name, as dictionaries in one another."""
    below: dict[int, list[ReadableSpan]] = defaultdict(list)
    for span in spans:
        if span.parent is not None:
            below[span.parent.span_id].append(span)

    def names(span: ReadableSpan) -> Tree:
        return {each.name: names(each) for each in below[span.get_span_context().span_id]}

    return names(next(span for span in spans if span.name == name))


@one_node
async def test_a_message_is_followed_from_its_event_to_its_delivery(
    cluster: Cluster, spans: InMemorySpanExporter
) -> None:
    node = await cluster.node(**ON)
    ada, bob = await cluster.frontend(node, "ada"), await cluster.frontend(node, "bob")
    conversation = await talk(ada, "bob")
    await everyone_joins(conversation, ada, bob)
    spans.clear()

    secret = {"conversationId": conversation, "content": "What nobody else may read"}
    assert (await ada.ask("message:send", secret))["success"]
    await bob.hears("message:new")
    await bob.emit("typing:start", {"conversationId": conversation})
    await ada.hears("typing:start")
    await ada.ask("no such event")

    found = spans.get_finished_spans()
    assert tree(found, "event message:send") == {
        "store message": {"commit": {}, "fan-out MessageSent": {"deliver": {}}}
    }
    assert "deliver" in tree(found, "event typing:start")["fan-out TypingStarted"]
    assert tree(found, "event unknown") == {}
    assert "nobody else" not in "".join(span.to_json() for span in found)
    (stored,) = [span for span in found if span.name == "commit"]
    assert stored.attributes == {"realtime.batch": 1, "realtime.failed": False}


@one_node
async def test_a_call_is_part_of_its_callers_trace(
    cluster: Cluster, spans: InMemorySpanExporter
) -> None:
    node = await cluster.node(**ON)
    ada, bob = cluster.person(node, "ada"), await cluster.frontend(node, "bob")
    conversation = await talk(ada, "bob")
    await everyone_joins(conversation, bob)
    spans.clear()

    sent = {"conversationId": conversation, "content": "Hi"}
    await ada.request("POST", "/api/messages", json=sent, headers={"traceparent": PARENT})
    await bob.hears("message:new")
    await ada.request("GET", "/api/messages/conversations", headers={"traceparent": "nonsense"})
    await ada.get("/healthz")
    for path in ("/api/server/users/ada/presence", "/api/server/nothing", "/nothing/of/ours"):
        await ada.request("GET", path, token=SERVER_KEY)

    found = spans.get_finished_spans()
    assert tree(found, "POST /api/messages") == {
        "store message": {"commit": {}, "fan-out MessageSent": {"deliver": {}}}
    }
    (call,) = [span for span in found if span.name == "POST /api/messages"]
    assert format(call.get_span_context().trace_id, "032x") == TRACE
    assert call.attributes is not None
    assert call.attributes["http.response.status_code"] == 201
    names = [span.name for span in found if span.name.startswith("GET ")]
    assert names == ["GET /api/messages/conversations", "GET /api/server/users/{userId}/presence",
                     "GET unknown", "GET unknown"]  # fmt: skip


@one_node
async def test_where_nobody_follows_nothing_is_in_the_way(cluster: Cluster) -> None:
    node = await cluster.node()
    assert node.app is not None
    server, writer = node.app[SERVER], node.app[NODE].writer

    assert type(writer) is GroupWriter
    assert type(writer._commit) is Commit
    assert server.handlers["/"]["*"].__name__ == "_heard"
    assert server._publisher._hearing[Unit] == server._publisher._sequencer.offer
    assert server._publisher._sequencer._deliver == server._publisher._deliver
    with pytest.raises(ConfigError, match=r"tracing\.sample must be at most 1"):
        load(None, {"REALTIME_TRACING__SAMPLE": "2"})


# Over two nodes, exported to a collector.

Span = tuple[str, str, str]
"""The trace, the node, the name."""


@pytest.fixture
async def collected() -> AsyncIterator[tuple[str, list[Span]]]:
    """A collector's address, and what it was sent."""
    spans: list[Span] = []

    async def take(request: web.Request) -> web.Response:
        sent = ExportTraceServiceRequest.FromString(await request.read())
        for resource in sent.resource_spans:
            named = {each.key: each.value.string_value for each in resource.resource.attributes}
            for scope in resource.scope_spans:
                spans.extend(
                    (span.trace_id.hex(), named["service.instance.id"], span.name)
                    for span in scope.spans
                )
        return web.Response(body=b"", content_type="application/x-protobuf")

    app = web.Application(client_max_size=10_000_000)
    app.router.add_post("/v1/traces", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}", spans
    await runner.cleanup()


@two_nodes
async def test_a_message_is_followed_to_the_other_node(
    cluster: Cluster, own_redis: Redis, collected: tuple[str, list[Span]]
) -> None:
    endpoint, spans = collected
    cluster.settings |= {**ON, "redis_url": own_redis.url, "tracing__endpoint": endpoint}
    # The third follows nothing, and hears all the same.
    nodes = await asyncio.gather(
        cluster.process(node__name="one"),
        cluster.process(node__name="two"),
        cluster.process(node__name="three", tracing__on=False),
    )
    ada, bob, cy = [
        await cluster.frontend(node, user)
        for node, user in zip(nodes, ("ada", "bob", "bob"), strict=True)
    ]
    conversation = await talk(ada, "bob")
    await everyone_joins(conversation, ada, bob, cy)
    for number in range(3):
        await ada.ask("message:send", {"conversationId": conversation, "content": str(number)})
    for person in (bob, cy):
        assert [(await person.hears("message:new"))["content"] for _ in range(3)] == ["0", "1", "2"]

    for node in nodes:
        assert await node.stop() == 0
    sent = [trace_id for trace_id, _, name in spans if name == "event message:send"]
    assert len(set(sent)) == 3
    for trace_id in sent:
        assert {(node, name) for found, node, name in spans if found == trace_id} >= {
            ("one", "event message:send"),
            ("one", "store message"),
            ("one", "commit"),
            ("one", "fan-out MessageSent"),
            ("one", "deliver"),
            ("two", "deliver"),
        }
    assert "three" not in {node for _, node, _ in spans}


@one_node
async def test_without_a_collector_all_else_works(cluster: Cluster) -> None:
    node = await cluster.process(**ON, tracing__endpoint="http://127.0.0.1:9")
    ada = await cluster.frontend(node, "ada")
    await say(ada, await talk(ada, "bob"), "Hi")

    assert await node.stop() == 0
