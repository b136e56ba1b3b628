"""What `realtime check` doubts in a configuration: allowed, and yet most often a mistake."""

from collections.abc import Iterator

from realtime.cli.findings import Finding, Mild
from realtime.config import Config
from realtime.config.strength import secrets

PROXIES_WAIT = 60.0
"""Seconds of silence after which nginx and AWS's balancer end a connection by default."""

SILENT = (
    "Connections are silent for up to {seconds:g} s, and most proxies end them after {wait:g}:"
    " lower transport.ping_interval, or raise the time of every proxy (nginx: proxy_read_timeout)."
)
ANYBODY = (
    "transport.trusted_proxies has {network}, so any client may claim to be any address: name the"
    " proxies alone."
)
WRAPPED = (
    "{name} begins or ends with a quote or a space, which is part of it as it stands: an env file"
    " of docker keeps quotes. Take them away, unless your application has them too."
)
APART = (
    "Nodes that meet in {redis} on other machines would each have an SQLite file of their own: set"
    " DATABASE_URL for all, unless this is the only node."
)

OPEN = (
    "Everybody who reaches this server reads at /metrics how busy it is: set metrics.key, or"
    " metrics.port, a port that only your Prometheus reaches."
)
SHOWN = (
    "The demo at / gives the tokens of its three people to everybody who reaches this server: set"
    " demo = false, unless that is what it is here for."
)


def doubts(config: Config) -> Iterator[Finding]:
    """One finding for each; all are mild."""
    transport = config.transport
    silence = transport.ping_interval
    late = SILENT.format(seconds=silence, wait=PROXIES_WAIT) if silence >= PROXIES_WAIT else None
    yield "Pings", f"every {silence:g} s", Mild(late) if late else None
    for network in transport.trusted_proxies:
        if network.prefixlen == 0:
            yield "Proxies", "everybody is trusted", Mild(ANYBODY.format(network=network))
    for name, secret in secrets(config):
        if secret.strip("\"' \t\n") != secret:
            yield "Secrets", "wrapped", Mild(WRAPPED.format(name=name))
    if config.redis_url and not config.database_url:
        yield "Nodes", "share Redis alone", Mild(APART.format(redis=config.called("redis_url")))
    if config.production and config.demo:
        yield "Demo", "shown to everybody", Mild(SHOWN)
    yield _metrics(config)


def _metrics(config: Config) -> Finding:
    """Where they are, and whether that is meant."""
    port, key = config.metrics.port, config.metrics.key
    where = f"on port {port}" if port else "at /metrics"
    if key or port or not config.production:
        return "Metrics", f"{where}, {'with the key' if key else 'for everybody'}", None
    return "Metrics", f"{where}, for everybody", Mild(OPEN)
