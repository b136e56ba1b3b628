"""`/openapi.json` and `/asyncapi.json`: complete, readable by tools, and true of a running node."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TypedDict

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from realtime.dialects.base import Dialect
from realtime.dialects.loading import load
from realtime.gateway import payloads
from realtime.gateway.descriptions import asyncapi, openapi
from realtime.gateway.descriptions.schemas import Schemas
from realtime.gateway.server_api import table
from tests.nodes import SERVER_KEY
from tests.scenarios.steps import once

LOADED = load()
TABLES = {**LOADED, "server": table}

every_dialect = pytest.mark.parametrize("dialect", LOADED.values(), ids=LOADED)
every_table = pytest.mark.parametrize("described", TABLES.values(), ids=TABLES)


def everything() -> dict[str, Any]:
    return openapi(TABLES.values(), "1", cookie="accessToken")


def template(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def fits(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    """Raises where the value is not what the schema says."""
    whole = {**schema, "components": {"schemas": document["components"]["schemas"]}}
    Draft202012Validator.check_schema(whole)
    Draft202012Validator(whole).validate(value)


def contents(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            bodies = [operation.get("requestBody"), *operation["responses"].values()]
            for body in bodies:
                if body is not None:
                    yield f"{method} {path}", body["content"]["application/json"]


# OpenAPI


@every_table
def test_every_route_is_described_with_its_statuses(described: Dialect):
    document = everything()
    paths = {template(path): methods for path, methods in document["paths"].items()}

    for route in described.routes:
        operation = paths[template(route.path)][route.method.lower()]
        assert described.name in operation["x-dialects"]
        assert {str(status) for status in route.statuses} <= set(operation["responses"])
        assert operation["requestBody"]["content"] if needs_body(route) else True


def needs_body(route: Any) -> bool:
    if route.method == "GET" or route.adapter is None:
        return False
    required = set(route.adapter.json_schema().get("required", ()))
    return bool(required - set(re.findall(r"\{(\w+)\}", route.path)))


def test_no_route_is_described_that_is_not_there():
    there = {
        (template(route.path), route.method.lower())
        for each in TABLES.values()
        for route in each.routes
    }
    described = {
        (template(path), method)
        for path, methods in everything()["paths"].items()
        for method in methods
    }

    assert described - there == {("/healthz", "get"), ("/readyz", "get")}


def test_tools_can_read_every_document():
    validate(everything())
    for described in TABLES.values():
        validate(openapi([described], "1", cookie="accessToken"))


def test_no_two_operations_have_one_name():
    names = [
        operation["operationId"]
        for methods in everything()["paths"].values()
        for operation in methods.values()
    ]

    assert len(names) == len(set(names))


def test_each_example_is_what_its_schema_says():
    document = everything()
    checked = 0
    for where, content in contents(document):
        try:
            fits(document, content["schema"], content["example"])
        except Exception as error:
            raise AssertionError(where) from error
        checked += 1

    assert checked > 150


@every_table
def test_each_body_that_is_shown_is_understood(described: Dialect):
    paths = {
        template(p): methods
        for p, methods in openapi([described], "1", cookie="accessToken")["paths"].items()
    }

    for route in described.routes:
        body = paths[template(route.path)][route.method.lower()].get("requestBody")
        if body is None or route.adapter is None:
            continue
        example = body["content"]["application/json"]["example"]
        names = re.findall(r"\{(\w+)\}", route.path)
        given = {**example, **dict.fromkeys(names, "x")} if isinstance(example, dict) else example
        payloads.read(route.adapter, given, integer_ids=False)


def test_ids_of_users_are_what_the_deployment_sends():
    for integer_ids, kind in ((False, "string"), (True, "integer")):
        schemas = openapi(TABLES.values(), "1", integer_ids=integer_ids, cookie="accessToken")[
            "components"
        ]["schemas"]
        assert schemas["conversations.PersonJson"]["properties"]["id"] == {"type": kind}


# AsyncAPI


@every_dialect
def test_every_event_is_described_with_its_direction_and_its_ack(dialect: Dialect):
    document = asyncapi(LOADED.values(), "1")
    told: dict[str, set[str]] = {"receive": set(), "send": set()}
    for operation in document["operations"].values():
        if operation["channel"]["$ref"] == f"#/channels/{dialect.name}":
            for reference in operation["messages"]:
                told[operation["action"]].add(found(document, reference)["name"])
            assert ("reply" in operation) == (operation["action"] == "receive")

    assert told["receive"] == set(dialect.hears)
    assert told["send"] == {row.event for rows in dialect.sayings.values() for row in rows}


def test_each_shape_of_an_event_has_a_message():
    document = asyncapi(LOADED.values(), "1")

    for dialect in LOADED.values():
        messages = document["channels"][dialect.name]["messages"]
        rows = sum(len(rows) for rows in dialect.sayings.values())
        assert len(messages) == 2 * len(dialect.hears) + rows


def test_the_applications_own_events_are_described():
    document = asyncapi(LOADED.values(), "1")

    names = {
        found(document, each)["name"]
        for each in document["channels"]["application"]["messages"].values()
    }

    assert "order:updated" in names


def test_each_reference_of_the_document_leads_somewhere():
    document = asyncapi(LOADED.values(), "1")
    references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(document)))

    assert references
    for reference in references:
        assert found(document, {"$ref": reference})


def found(document: Any, reference: dict[str, str]) -> Any:
    """What a reference leads to, through others."""
    place = document
    for part in reference["$ref"].removeprefix("#/").split("/"):
        place = place[part]
    return found(document, place) if "$ref" in place and len(place) == 1 else place


def test_each_message_has_an_example_that_is_what_its_schema_says():
    document = asyncapi(LOADED.values(), "1")

    for name, message in document["components"]["messages"].items():
        (example,) = message["examples"]
        try:
            fits(document, message["payload"], example["payload"])
        except Exception as error:
            raise AssertionError(name) from error


@every_dialect
def test_each_event_that_is_shown_is_understood(dialect: Dialect):
    messages = asyncapi([dialect], "1")["components"]["messages"]
    shown = {message["name"]: message for key, message in messages.items() if ".hears." in key}

    for event, row in dialect.hears.items():
        if row.adapter is not None:
            example = shown[event]["examples"][0]["payload"]
            payloads.read(row.adapter, example, integer_ids=False)


# A running node


@once
@pytest.mark.parametrize("path", ["/openapi.json", "/asyncapi.json"])
async def test_a_node_serves_its_documents(cluster, node, path):
    person = cluster.person(node, "ada", token="")

    whole = await person.get(path)
    alone = await person.get(f"{path}?dialect=jobs")

    assert whole.status == alone.status == 200
    assert whole.headers["Content-Type"].startswith("application/json")
    assert len(alone.text) < len(whole.text)
    assert (await person.get(f"{path}?dialect=klingon")).status == 404


@once
@pytest.mark.parametrize("name", TABLES)
async def test_a_running_node_answers_as_described(cluster, node, name):
    """Every route is called with its own example, and with ids of things that are there."""
    document = openapi([TABLES[name]], "1", cookie="accessToken")
    person = cluster.person(node, "bob", dialect=None if name == "server" else name)
    person.dialect = "described"  # what is seen here is no scenario of the dialect's
    statuses = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            things = await something(person)
            key = SERVER_KEY if name == "server" else None
            call = request_of(method, path, operation, things)
            answer = await person.request(**call, token=key)
            described_by(document, operation, answer, f"{method} {path}")
            statuses.append(answer.status)

    done = sum(status < 300 for status in statuses)
    assert done > 0.75 * len(statuses), statuses  # there are no push keys here


async def something(bob: Any) -> dict[str, str]:
    """A conversation, a message and a notification of Bob's."""
    body = {"senderId": "bob", "receiverId": "ada", "content": "Hi"}
    notice = {"userId": "bob", "type": "X", "title": "Hi"}
    sent = await bob.request("POST", "/api/server/messages", json=body, token=SERVER_KEY)
    told = await bob.request("POST", "/api/server/notifications", json=notice, token=SERVER_KEY)
    return {
        "conversation": sent["data"]["conversationId"],
        "message": sent["data"]["id"],
        "notification": told["data"]["id"],
    }


PLACES = {
    r"conversations/\{id\}": "conversation",
    r"conversations/\{conversationId\}": "conversation",
    r"rooms/\{id\}": "conversation",
    r"messages/\{chatRoomId\}": "conversation",
    r"messages/\{(id|messageId)\}": "message",
    r"chat/\{messageId\}": "message",
    r"notifications/\{id\}": "notification",
}
"""What a parameter of a path stands for; all others are a user."""

FIELDS = {
    "conversationId": "conversation",
    "chatRoomId": "conversation",
    "messageId": "message",
    "messageIds": "message",
}


def request_of(method: str, path: str, operation: Any, things: dict[str, str]) -> dict[str, Any]:
    if method == "delete" and path == "/api/chat/messages/{chatRoomId}":
        path = "/api/chat/messages/{id}"  # two templates that match the same have one spelling
    if method == "delete" and path == "/api/realtime/chat/{recipientId}":
        path = "/api/realtime/chat/{messageId}"
    for place, thing in PLACES.items():
        path = re.sub(place, lambda at, to=things[thing]: f"{at[0].split('/')[0]}/{to}", path)
    body = operation.get("requestBody")
    example = None if body is None else body["content"]["application/json"]["example"]
    if isinstance(example, dict):
        given = {name: things[thing] for name, thing in FIELDS.items() if name in example}
        given |= {"messageIds": [things["message"]]} if "messageIds" in example else {}
        example = {**example, **given}
        if path.endswith("/slow-mode"):  # else it would keep what follows waiting
            example["seconds"] = 0
    return {"method": method.upper(), "path": re.sub(r"\{\w+\}", "ada", path), "json": example}


def described_by(document: Any, operation: Any, answer: Any, where: str) -> None:
    responses = operation["responses"]
    response = responses.get(str(answer.status)) or responses["default"]
    try:
        fits(document, response["content"]["application/json"]["schema"], answer.json)
    except Exception as error:
        raise AssertionError(f"{where}: {answer.status} {answer.text[:300]}") from error
    assert answer.status < 500, f"{where}: {answer.text[:300]}"


def thing(**hints: type) -> Any:
    """A type called Thing."""
    return TypedDict("Thing", hints)


def test_two_things_of_one_name_are_two_schemas():
    one, other, schemas = thing(a=int), thing(b=str), Schemas()

    names = [schemas.outgoing(each, "shop")["$ref"] for each in (one, other, one)]

    assert names[0] == names[2] != names[1]
    assert [list(each["properties"]) for each in schemas.named.values()] == [["a"], ["b"]]
