"""What the stores count: how messages are stored, and how the database answers."""

from realtime.counting import SIZES, Counts, Histogram

STORED = Histogram(
    "realtime_stored_seconds", "From a message's arrival at the writer until it is stored and told"
)
COMMITTED = Histogram("realtime_commit_seconds", "What a batch of messages took in the database")
BATCH = Histogram("realtime_batch_messages", "Messages of a commit", bounds=SIZES)
TOLD = Histogram(
    "realtime_delivery_seconds",
    "From a commit's messages to frames for their sockets, or for Redis",
)
DRAFTS = Counts("realtime_messages", "Messages at the writer: stored, repeated, refused or failed",
    "outcome",
)  # fmt: skip
DRAFTS.begin(("stored",), ("repeated",), ("refused",), ("failed",))
LENT = Histogram("realtime_database_seconds", "How long a statement or transaction took")
WAITED = Histogram("realtime_database_wait_seconds", "How long a call waited for a connection")
ERRORS = Counts("realtime_database_errors", "What statements met with", "error")
