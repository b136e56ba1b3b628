"""Who may call the application's own door."""

from pydantic import Field

from realtime.settings import Secret, Section


class ServerKeys(Section):
    """The keys of the server API, by name."""

    api_keys: dict[str, Secret] = Field(default_factory=dict, repr=False)
