"""What is private in the libraries: each hook that is gone or changed is named in a sentence."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from realtime.hooks import Hook, check
from realtime.transport import HookError, Server
from realtime.transport.engineio import hooks as engineio
from realtime.transport.socketio import hooks as socketio
from realtime.transport.socketio import server

HOOKS = (*engineio.HOOKS, *socketio.HOOKS)


class Without:
    """Something in which nothing is where it was."""


def test_the_installed_libraries_have_every_hook() -> None:
    check(HOOKS)


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.name)
def test_a_hook_that_is_gone_is_named(hook: Hook) -> None:
    gone = dataclasses.replace(hook, owner=lambda: Without, name="x" + hook.name)
    with pytest.raises(HookError) as said:
        check((gone,))
    assert f"Without.x{hook.name} is gone from {hook.library.name}" in str(said.value)
    assert hook.purpose in str(said.value)
    assert hook.library.tested in str(said.value)


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.name)
def test_a_hook_that_looks_different_is_named(hook: Hook) -> None:
    def changed(self: Any, something: int, new: str) -> None: ...

    owner = type("Changed", (), {hook.name: changed})
    with pytest.raises(HookError) as said:
        check((dataclasses.replace(hook, owner=lambda: owner),))
    assert f"Changed.{hook.name} of {hook.library.name} was {hook.looks}" in str(said.value)
    assert "something" in str(said.value)


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.name)
def test_a_server_does_not_start_without_a_hook(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = [each for each in HOOKS if each is not hook]
    gone = dataclasses.replace(hook, owner=lambda: Without, name="x" + hook.name)
    monkeypatch.setattr(server, "PRIVATE", (*rest, gone))
    with pytest.raises(HookError):
        Server()
