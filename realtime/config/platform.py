"""Variables that nobody chose: what Kubernetes tells a process of the services beside it.

It sets them in every pod for every Service of the namespace, by the Service's name: beside one that
is called `realtime` there is `REALTIME_PORT=tcp://10.0.0.7:3000`, which is no setting of ours
(https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
"""

import re
from collections.abc import Mapping

_BESIDE = re.compile(
    r"\w+_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)", re.ASCII
)
_ADDRESS = re.compile(r"(tcp|udp|sctp)://")


def chosen(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without what the platform says of the services beside this process."""
    return {name: text for name, text in environ.items() if not _of_a_service(name, text)}


def _of_a_service(name: str, text: str) -> bool:
    """A port alone is told by its value: `REALTIME_PORT=3001` was chosen."""
    address = name.endswith("_PORT") and _ADDRESS.match(text) is not None
    return address or _BESIDE.fullmatch(name) is not None
