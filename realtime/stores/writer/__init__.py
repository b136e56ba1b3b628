"""How messages are stored: one task per node, many senders to a commit."""

from realtime.stores.writer.group import GroupWriter, StorageFailed

__all__ = ["GroupWriter", "StorageFailed"]
