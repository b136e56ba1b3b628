"""What reaches a column is no longer than the column, and no number that a browser changes."""

import pytest
from pydantic import TypeAdapter, ValidationError

from realtime.dialects.conversations import notices
from realtime.dialects.fields import MAX_LINK, MAX_USER_ID, ClientId, ForeignId, NotificationType
from realtime.dialects.jobs import rest as jobs
from realtime.gateway.server_api.bodies import (
    ConversationBody,
    MessageBody,
    NotificationBody,
    Profile,
)
from realtime.models import Activity, Conversation, Message, Notification, User

COLUMNS = [
    (notices.NotificationPage, "type", Notification, "type"),
    (jobs.NotificationPage, "type", Notification, "type"),
    (jobs.Logging, "action", Activity, "action"),
    (jobs.Logging, "jobTitle", Activity, "job_title"),
    (NotificationBody, "type", Notification, "type"),
    (NotificationBody, "icon", Notification, "icon"),
    (NotificationBody, "actionLabel", Notification, "action_label"),
    (MessageBody, "type", Message, "kind"),
    (ConversationBody, "title", Conversation, "title"),
    (Profile, "name", User, "name"),
    (Profile, "email", User, "email"),
    (Profile, "avatar", User, "avatar"),
]


def fits(body, field, value):
    try:
        body(**{field: value})
    except ValidationError as refused:
        return all(each["loc"][0] != field for each in refused.errors())
    return True


@pytest.mark.parametrize(("body", "field", "model", "column"), COLUMNS)
def test_a_text_is_as_long_as_its_column_and_no_longer(body, field, model, column):
    longest = model._meta.fields_map[column].max_length

    assert fits(body, field, "x" * longest)
    assert not fits(body, field, "x" * (longest + 1))


def test_the_shared_bounds_are_those_of_their_columns():
    assert User._meta.fields_map["id"].max_length == MAX_USER_ID
    assert Notification._meta.fields_map["link"].max_length == MAX_LINK
    for kind, column in (
        (ClientId, Message._meta.fields_map["client_id"]),
        (NotificationType, Notification._meta.fields_map["type"]),
    ):
        TypeAdapter(kind).validate_python("x" * column.max_length)
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python("x" * (column.max_length + 1))


@pytest.mark.parametrize("given", [2**53, -(2**53), 2.0**53, 2**63 - 1])
def test_an_id_of_the_application_is_no_number_that_javascript_cannot_hold(given):
    with pytest.raises(ValidationError, match="JavaScript"):
        TypeAdapter(ForeignId).validate_python(given)


@pytest.mark.parametrize("given", [2**53 - 1, 1 - 2**53, 7, "9007199254740993", 1.5])
def test_any_other_id_of_the_application_is_kept_as_it_is_given(given):
    kept = TypeAdapter(ForeignId).validate_python(given)

    assert kept == given
    assert type(kept) is type(given)
