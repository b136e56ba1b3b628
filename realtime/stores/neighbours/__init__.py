"""Who else serves this database. Without Redis nodes do not hear one another: users on different
ones would miss each other's messages, and who was removed on one would go on hearing on the other.

A node that is alone leaves a mark which ends with its process, however that ends: a lock.
"""

from realtime.stores.neighbours.watch import Neighbours, count

__all__ = ["Neighbours", "count"]
