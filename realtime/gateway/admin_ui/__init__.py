"""The server's side of the official Socket.IO admin UI (the page at admin.socket.io).

A namespace of its own, `/admin`, with its own username and password. Its protocol is that of
`@socket.io/admin-ui` 0.5: what the page hears is named in ``feed`` and ``stats``, what it says in
``orders``. All nodes tell of themselves while somebody looks, on whichever node, and only then:
``lookers`` knows. What is told is bounded, in size and in time.
"""

from realtime.gateway.admin_ui.credentials import Credentials
from realtime.gateway.admin_ui.door import Door
from realtime.gateway.admin_ui.lookers import Lookers
from realtime.gateway.admin_ui.namespace import NAMESPACE, AdminUi

__all__ = ["NAMESPACE", "AdminUi", "Credentials", "Door", "Lookers"]
