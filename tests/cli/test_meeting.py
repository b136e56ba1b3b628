"""What `realtime check` finds where nodes meet."""

from __future__ import annotations

from pathlib import Path

from tests.cli.run import Ended, Shell
from tests.servers.redis import Redis
from tests.servers.redis_kinds import ClusterOfTwo, Sentinel
from tests.tokens import SECRET


def checked(shell: Shell, url: str) -> Ended:
    return shell.run("check", REDIS_URL=url, JWT_SECRET=SECRET)


def test_a_unix_socket_is_reached_and_its_password_is_not_shown(
    shell: Shell, tmp_path: Path
) -> None:
    path = tmp_path / "redis.sock"
    server = Redis("--unixsocket", str(path), "--requirepass", "hush", shared=False)

    ended, refused = (checked(shell, f"unix://:{word}@{path}") for word in ("hush", "wrong-one"))
    server.kill()

    assert ended.code == 0, ended.text
    assert f"{path}, reached" in ended.text
    assert "it wants a password, or another one" in refused.text
    assert not {"hush", "wrong-one"} & set((ended.text + refused.text).replace("'", " ").split())


def test_whom_sentinels_name_is_reached_and_its_replica_is_a_problem(
    shell: Shell, sentinel: Sentinel
) -> None:
    ended = checked(shell, sentinel.url)
    assert ended.code == 0, ended.text
    assert f"at 127.0.0.1:{sentinel.primary.port} now, reached" in ended.text

    ended = checked(shell, sentinel.replica_url)
    assert ended.code == 1
    assert "is a replica, which takes no writes: let REDIS_URL name the primary" in ended.text

    ended = checked(shell, sentinel.url.replace("/main", "/other"))
    assert ended.code == 1
    assert "no Sentinel knows other" in ended.text


async def test_a_cluster_is_reached_and_one_server_of_it_is_a_problem(
    shell: Shell, redis_cluster: ClusterOfTwo
) -> None:
    ended = checked(shell, redis_cluster.url)
    assert ended.code == 0, ended.text
    assert "the Cluster of 127.0.0.1:" in ended.text

    ended = checked(shell, redis_cluster.servers[0].url)
    assert ended.code == 1
    assert "let REDIS_URL begin with redis+cluster://" in ended.text


def test_it_says_which_other_backends_are_heard(shell: Shell, redis_url: str) -> None:
    ended = shell.run(
        "check",
        REALTIME_BRIDGE__PYTHON="true",
        REALTIME_BRIDGE__EMITTERS="true",
        REALTIME_BRIDGE__REDIS_URL=redis_url,
        REALTIME_BRIDGE__DIALECT="jobs",
    )
    assert ended.code == 0, ended.text
    assert (
        "python-socketio on socketio, flask-socketio and redis-emitters on socket.io" in ended.text
    )
    assert "to rooms of jobs" in ended.text

    ended = shell.run(
        "check",
        REALTIME_BRIDGE__PYTHON="true",
        REALTIME_BRIDGE__REDIS_URL="redis://:hush@127.0.0.1:1",
    )
    assert ended.code == 1
    assert "correct REALTIME_BRIDGE__REDIS_URL" in ended.text
    assert "hush" not in ended.text
