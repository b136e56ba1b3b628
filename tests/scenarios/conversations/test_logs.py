"""What a node's log says of all this: a line each, and nothing that people wrote or sign with."""

from __future__ import annotations

from tests.cluster import Cluster
from tests.scenarios.conversations.test_order import EVENTS, throw_nonsense
from tests.scenarios.steps import everyone_joins, once, say, talk
from tests.tokens import SECRET, token


@once
async def test_the_log_has_neither_stack_traces_nor_texts_nor_secrets(cluster: Cluster) -> None:
    node = await cluster.process(limits__events__burst=10_000)
    hers = token("ada", name="Ada", email="ada@example.com")
    ada = await cluster.frontend(node, "ada", token=hers)
    bob = await cluster.frontend(node, "bob")
    room = await talk(ada, "bob")
    await everyone_joins(room, ada)
    await say(ada, room, "a private text")
    await ada.ask("message:send", {"conversationId": room, "content": "another private text"})
    await bob.get("/api/notifications", token="a forged token")
    for event in EVENTS:
        await throw_nonsense(ada, event)
    await ada.disconnect()
    await bob.settled()
    await node.stop()

    log = "\n".join(node.log)
    assert "Traceback" not in log
    assert "never retrieved" not in log
    for secret in ("private text", hers, SECRET, "forged token", "ada@example.com"):
        assert secret not in log
    for line in ("connected", "refused event", "disconnected"):
        assert any(line in each and "ada" in each for each in node.log), line
    calls = [each for each in node.log if "refused call" in each]
    assert any("no token" in each and "127.0.0.1" in each for each in calls), calls
