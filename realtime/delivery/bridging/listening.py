"""Which bridges a deployment has, and where they listen."""

from realtime.delivery.bridging.bridge import Bridge
from realtime.delivery.bridging.settings import BridgeSettings
from realtime.transport.backplane.places import Place
from realtime.transport.bridges import ear
from realtime.transport.bridges.emitters import Emitters
from realtime.transport.bridges.python import Python


def ear_for(settings: BridgeSettings, where: Place, bridge: Bridge, *, depth: int) -> ear.Ear:
    """What hears other backends, not started yet. `depth`: see ``TransportSettings.json_depth``."""
    bridges: list[ear.Bridge] = []
    if settings.python:
        bridges.append(Python(settings.python_channels, depth))
    if settings.emitters:
        key, namespaces = settings.emitters_key, bridge.namespaces
        bridges.append(Emitters(key, namespaces, depth, bridge.heard))
    return ear.Ear(where, bridges, bridge.obey, settings.max_bytes)
