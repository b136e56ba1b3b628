"""Which endpoints we may call: https, and nothing that only our own network has."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from realtime.domain.push import is_public, is_public_address


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA?x=1",
        "https://push.example:8443/send",
        "https://push.example./send",
        "https://8.8.8.8/send",
        "https://[2001:4860:4860::8888]/send",
        "https://xn--bcher-kva.example/send",
    ],
)
def test_a_public_endpoint_may_be_called(endpoint: str) -> None:
    assert is_public(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "https://",
        "https:///send",
        "http://push.example/send",
        "HTTPS://push.example/send",
        "ftp://push.example/send",
        "//push.example/send",
        "https://push.example/ send",
        "https://push.example\\@evil.example/send",
        "https://push.example/\x00",
        "https://user:password@push.example/send",
        "https://push.example:0/send",
        "https://push.example:99999/send",
        "https://push..example/send",
        "https://localhost/send",
        "https://push.localhost/send",
        "https://printer/send",
        "https://nas.local/send",
        "https://db.internal/send",
        "https://127.0.0.1/send",
        "https://127.1/send",
        "https://0x7f.1/send",
        "https://0x7f000001/send",
        "https://2130706433/send",
        "https://017700000001/send",
        "https://10.1.2.3/send",
        "https://172.16.0.1/send",
        "https://192.168.0.1/send",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/send",
        "https://0.0.0.0/send",
        "https://224.0.0.1/send",
        "https://[::1]/send",
        "https://[::]/send",
        "https://[fe80::1]/send",
        "https://[fd00::1]/send",
        "https://[::ffff:127.0.0.1]/send",
        "https://[2002:7f00:1::]/send",
        "https://[::10.0.0.1]/send",
        "https://[64:ff9b::10.0.0.1]/send",
        "https://[64:ff9b::a9fe:a9fe]/send",
        "https://[64:ff9b:1::10.0.0.1]/send",
        "https://[64:ff9b:1:a00:1::]/send",
        "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/send",
        "https://" + "a" * 2048 + ".example/send",
    ],
)
def test_any_other_may_not(endpoint: str) -> None:
    assert not is_public(endpoint)


@pytest.mark.parametrize(
    ("address", "public"),
    [("93.184.215.14", True), ("127.0.0.53", False), ("2606:4700::1111", True), ("ff02::1", False)],
)
def test_what_a_name_resolves_to_is_held_to_the_same(address: str, public: bool) -> None:
    assert is_public_address(ip_address(address)) is public
