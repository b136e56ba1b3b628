"""`/types/<dialect>.d.ts`, compiled against the real client as a frontend's own code is."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from realtime.dialects.loading import load
from realtime.gateway.descriptions import typescript
from tests.cluster import Cluster
from tests.driver import FOLDER, NEWEST, install_clients
from tests.driver import node as node_js
from tests.scenarios.steps import once

USES = {
    "conversations": """
        socket.emit("join:conversation", "id");
        socket.emit("join:conversation", {conversationId: "id"}, (answer) => {
          if (answer.success) return;
          const why: string = answer.error;
        });
        socket.emit("notifications:read-all");
        socket.on("message:new", (message) => {
          const text: string = message.content;
          const read: boolean = message.isRead;
          // @ts-expect-error: no message has a body
          message.body;
        });
        socket.on("user:status-changed", ({status}) => status === "online" || status === "offline");
        socket.emit("users:get-status", ["bob"], (found) => found.map((each) => each.userId));
        // @ts-expect-error: no frontend says this
        socket.emit("message:new", {});
        // @ts-expect-error: the id is missing
        socket.emit("join:conversation");
        // @ts-expect-error: nobody says this
        socket.on("message:old", () => {});
        const page: RestCalls["GET /api/messages/conversations/{id}"]["answer"] = JSON.parse("");
        socket.on("order:updated", (order) => order["status"]);
    """,
    "jobs": """
        socket.emit("send_message", {recipientId: "bob", message: "Hi"});
        socket.emit("user_online");
        socket.on("message_received", ({message, senderName}) => message.concat(senderName));
        socket.on("user_status", ({userId, status}) => userId + status);
        // @ts-expect-error: linsta's keys
        socket.emit("send_message", {chatRoomId: "id", text: "Hi"});
        const body: RestCalls["POST /api/realtime/chat/send"]["body"] =
          {recipientId: "bob", message: "Hi"};
    """,
    "skilllink": """
        socket.on("connected", ({userId}) => userId.length);
        socket.on("new_message", (message) => message.sender.name.charAt(0));
        socket.on("notification", (found) => found.title);
        // @ts-expect-error: this frontend sends by REST alone
        socket.emit("typing", {});
    """,
    "linsta": """
        socket.emit("send_message", {chatRoomId: "id", text: "Hi"});
        socket.emit("get_history", {chatRoomId: "id", limit: 50});
        socket.on("message_history", ({messages}) => messages.map(({_id, text}) => _id + text));
        // @ts-expect-error: a number
        socket.emit("get_history", {chatRoomId: "id", limit: "50"});
    """,
}


def test_every_dialect_is_used() -> None:
    assert USES.keys() == load().keys()


def compiled(folder: Path) -> str:
    """What the compiler says of all that is in a folder, as strict as it can be."""
    node_js()
    install_clients()
    modules = FOLDER / "node_modules"
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "socket.io-client").symlink_to(modules / f"sio-{NEWEST}")
    options = {
        "strict": True,
        "noEmit": True,
        "target": "es2022",
        "module": "nodenext",
        "moduleResolution": "nodenext",
        "preserveSymlinks": False,
        "types": [],
        "lib": ["es2022", "dom"],
    }
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": options}))
    tsc = modules / "typescript" / "bin" / "tsc"
    command = [node_js(), str(tsc), "--project", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_the_types_fit_the_real_client_and_refuse_what_the_server_would(tmp_path: Path) -> None:
    for name, dialect in load().items():
        (tmp_path / f"{name}.d.ts").write_text(typescript(dialect, "1"))
        events = "ClientToServerEvents, RestCalls, ServerToClientEvents"
        (tmp_path / f"{name}-app.mts").write_text(
            'import {io, type Socket} from "socket.io-client";\n'
            f'import type {{{events}}} from "./{name}.js";\n'
            "const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io();\n"
            f"{USES[name]}\nexport type {{RestCalls}};\n"
        )

    assert compiled(tmp_path) == ""


def test_integer_ids_are_numbers() -> None:
    jobs = load()["jobs"]

    assert "  userId: string;" in typescript(jobs, "1")
    assert "  userId: number;" in typescript(jobs, "1", integer_ids=True)
    assert "  userId: string;" not in typescript(jobs, "1", integer_ids=True)


@pytest.mark.parametrize("dialect", load().values(), ids=lambda dialect: dialect.name)
def test_every_row_of_the_tables_is_declared(dialect) -> None:
    made = typescript(dialect, "1")

    for event in dialect.hears:
        assert f'  "{event}": (' in made or f"  {event}: (" in made
    for rows in dialect.sayings.values():
        for row in rows:
            assert f'  "{row.event}": (' in made or f"  {row.event}: (" in made
    for route in dialect.routes:
        assert f'"{route.method} {route.path}": {{ body: ' in made


@once
async def test_a_node_serves_them(cluster: Cluster) -> None:
    node = await cluster.node()
    nobody = cluster.frontends.person(node.url)

    found = await nobody.get("/types/jobs.d.ts")

    assert found.status == 200
    assert "export interface ClientToServerEvents" in found.text
    assert (await nobody.get("/types/klingon.d.ts")).status == 404
