"""Nodes and workers as processes, and people whose browsers they push to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster import Cluster
from tests.rest import Rest
from tests.scenarios.senders import Senders
from tests.servers.push_service import Browser, PushService
from tests.vapid import PRIVATE, PUBLIC


class House(Senders):
    """One deployment, with a short wait before each push."""

    def __init__(
        self, cluster: Cluster, database: str, request: pytest.FixtureRequest, service: PushService
    ) -> None:
        super().__init__(cluster, database, request)
        self.service = service
        cluster.settings |= {
            "push__vapid_public_key": PUBLIC,
            "push__vapid_private_key": PRIVATE,
            "push__vapid_subject": "mailto:ops@shop.dev",
            "push__wait": 0.3,
            "push__again": 0,
            "presence__grace": 0,
        }

    def variables(self, **settings: Any) -> dict[str, str]:
        return {
            **super().variables(**settings),
            "SSL_CERT_FILE": str(self.service.certificate),
        }

    async def browser(self, person: Rest, kind: str = "fcm") -> Browser:
        """A browser of hers that has subscribed."""
        made = self.service.browser(PUBLIC, kind)
        path = "/api/notifications/subscribe"
        answer = await person.post(path, made.subscription)
        assert answer.status == 201, answer.text
        return made
