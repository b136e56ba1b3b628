"""The components in the documents that a variable names, taken out of their fences unchanged.

They are not ours to ship, so this finds them by what only one fence says. What a component imports
and its document leaves to the reader is in `shims/`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.components.bundling import bundled
from tests.components.seats import DIALECTS, Seat
from tests.demo import until

HERE = Path(__file__).parent
SHIMS = HERE / "shims"

FENCE = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)

PIECES = {
    "ChatWindow.jsx": "export default ChatWindow;",
    "NotificationCenter.jsx": "export default NotificationCenter;",
    "ActivityFeed.jsx": "export default ActivityFeed;",
    "ChatRoom.jsx": "export default ChatRoom;",
    "screens.tsx": "function MessageScreen(",
    "frontend/src/hooks/useWebSocket.ts": "export const useWebSocket =",
    "frontend/src/services/message.service.ts": "export const messageService = {",
    "frontend/src/components/chat/ChatWindow.tsx": "export default function ChatWindow(",
}
"""Each fence's file, where others import it from, and what no other fence says."""

BESIDE = {
    "frontend/src/services/api.js": "api.js",
    "frontend/src/context/AuthContext.jsx": "AuthContext.jsx",
}
"""Shims that are imported from where their documents have them."""

ALIASES = {
    "socket.io-client": SHIMS / "socket.js",
    "@/services/realtimeService": SHIMS / "realtimeService.js",
    "framer-motion": SHIMS / "looks.jsx",
    "lucide-react": SHIMS / "looks.jsx",
    "react-hot-toast": SHIMS / "looks.jsx",
    "own": HERE / "own",
}


SHOWN: list[tuple[str, dict[str, Any]]] = []
"""What was seen of whom, for whoever wants to read it."""


def documents() -> Path | None:
    """The folder that the variable names, if it is set."""
    folder = os.environ.get("SEEDS")
    return Path(folder) if folder else None


def scripts_of(folder: Path, into: Path) -> dict[str, bytes]:
    """Each dialect's page, with the components of the documents."""
    fences = [
        fence
        for document in sorted(folder.glob("*.txt"))
        for fence in FENCE.findall(document.read_text(errors="replace"))
    ]
    for name, words in PIECES.items():
        (text,) = (fence for fence in fences if words in fence)
        written(into / "seed" / name, text)
    with (into / "seed" / "screens.tsx").open("a") as file:
        file.write("\nexport { MessageScreen, NotificationCenter };\n")
    for name, shim in BESIDE.items():
        written(into / "seed" / name, (SHIMS / shim).read_text())
    aliases = {**ALIASES, "seed": into / "seed"}
    return bundled(
        [SHIMS / f"{dialect}.jsx" for dialect in DIALECTS],
        into / "bundles",
        "--define:import.meta.env={}",
        *(f"--alias:{name}={found}" for name, found in aliases.items()),
    )


def written(file: Path, text: str) -> None:
    """In its folder, which is made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@dataclass(frozen=True)
class SeedSeat(Seat):
    """Somebody before components of the documents."""

    @property
    def hears_edits(self) -> bool:
        return False

    async def shows(self, text: str) -> None:
        """Wait until her page's sockets have heard it: not every component shows what it hears."""
        await until(self.tab, f"heard.some((event) => event.includes({text!r}))")

    async def sees_typing(self, user: str) -> None:
        if self.dialect == "conversations":
            await until(self.tab, "shown().MessageScreen.text.includes('is typing')")

    async def look(self) -> dict[str, Any]:
        """Without what counts her notifications, where those of two people may differ."""
        shown = dict(await self.tab.evaluate("shown()"))
        if self.dialect == "conversations":
            del shown["NotificationCenter"]
        return shown

    def remember(self, look: dict[str, Any], badge: int | None) -> None:
        SHOWN.append((self.user, look | {"badge": badge}))

    async def badge(self) -> int | None:
        """None where no component counts."""
        shown = await self.tab.evaluate("shown()")
        if self.dialect == "skilllink":
            (heard,) = (each for each in shown["AuthProvider"]["AuthProvider"] if is_list(each))
            return len(heard)
        counted = shown.get("NotificationCenter", {}).get("NotificationCenter")
        return None if counted is None else int(counted[-1])


def is_list(value: object) -> bool:
    return isinstance(value, list)
