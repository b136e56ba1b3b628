"""What other backends can be told of, by the names that settings and webhooks use."""

from enum import StrEnum


class Happened(StrEnum):
    """Kinds of webhooks; ``domain/webhooks.py`` has what each of them says."""

    MESSAGE_SENT = "message.sent"
    MESSAGE_EDITED = "message.edited"
    MESSAGE_DELETED = "message.deleted"
    MESSAGE_READ = "message.read"
    CONVERSATION_CREATED = "conversation.created"
    PARTICIPANT_ADDED = "participant.added"
    PARTICIPANT_REMOVED = "participant.removed"
    NOTIFICATION_CREATED = "notification.created"
    BROADCAST_CREATED = "broadcast.created"
    USER_ONLINE = "user.online"
    USER_OFFLINE = "user.offline"
    PUSH_FAILED = "push.failed"
