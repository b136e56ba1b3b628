"""How long a test waits for what must come."""

PATIENCE = 45.0
"""Seconds until a test gives up; nothing waits that long when all is well.

Nothing may depend on how fast a machine is: on a busy one everything takes ten times as long.
"""
