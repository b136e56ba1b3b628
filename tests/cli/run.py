"""The command `realtime` as a user runs it: a real process in a folder of its own."""

from dataclasses import dataclass
from pathlib import Path

from tests.nodes import command
from tests.servers.running import Running


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code and all that it printed."""

    code: int
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True)
class Shell:
    """Runs commands in one working directory."""

    folder: Path
    fresh: bool = False
    """Whether Python starts anew for each command."""

    def start(self, *arguments: str, **variables: str) -> Running:
        """A command that goes on; the test stops it."""
        return command(*arguments, variables=variables, cwd=self.folder, fresh=self.fresh)

    def run(self, *arguments: str, **variables: str) -> Ended:
        """A command that ends by itself."""
        running = self.start(*arguments, **variables)
        return Ended(running.wait(), list(running.lines))

    def token(self, *arguments: str, **variables: str) -> str:
        """What `realtime token` prints last: the token."""
        ended = self.run("token", *arguments, **variables)
        assert ended.code == 0, ended.text
        return ended.lines[-1]
