"""``/openapi.json`` and ``/asyncapi.json``: what a node speaks, made from the tables it speaks by.

With ``?dialect=jobs`` a document has that dialect alone. Without it has all of them, and where
several have the same method and path, that operation's bodies and answers are any of theirs.
``/types/jobs.d.ts`` has that dialect's types for socket.io-client's generics.
"""

from realtime.gateway.descriptions.asyncapi import asyncapi
from realtime.gateway.descriptions.openapi import openapi
from realtime.gateway.descriptions.serving import Descriptions
from realtime.gateway.descriptions.typescript import typescript

__all__ = ["Descriptions", "asyncapi", "openapi", "typescript"]
