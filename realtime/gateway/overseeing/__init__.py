"""What an operator sees of all nodes: who is there, in which rooms, who reads slowly, what failed.

``shapes`` is what is told, ``own`` what this node has of it, ``asking`` how the others are asked,
``overseer`` puts their answers together, page by page.
"""

from realtime.gateway.overseeing.asking import Asking
from realtime.gateway.overseeing.overseer import Overseer
from realtime.gateway.overseeing.own import Itself, Own
from realtime.gateway.overseeing.shapes import (
    ConnectionJson,
    NodeJson,
    RoomJson,
    TroubleJson,
    Wanted,
)
from realtime.gateway.overseeing.spoken import spoken

__all__ = [
    "Asking",
    "ConnectionJson",
    "Itself",
    "NodeJson",
    "Overseer",
    "Own",
    "RoomJson",
    "TroubleJson",
    "Wanted",
    "spoken",
]
