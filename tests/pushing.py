"""`python -m tests.pushing …` is `realtime …` in a world whose push services are the tests' own.

Their names are real, and are found on this machine; SSL_CERT_FILE says whose certificates count.
What a worker held that was killed is due again after a second, not a minute, or after LEASE.
"""

from __future__ import annotations

import os
from datetime import timedelta

from realtime.cli import main
from realtime.delivery import outbox as worker
from realtime.delivery import outgoing
from realtime.domain import outbox
from tests.servers.push_service import LocalNames

if __name__ == "__main__":
    outgoing.PublicResolver = LocalNames  # type: ignore[misc, assignment]
    outbox.LEASE = timedelta(seconds=float(os.environ.get("LEASE", "1")))
    worker.IN_TIME = timedelta(0)
    main()
