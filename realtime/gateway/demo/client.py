"""Where the real socket.io-client lies that the demo runs on; `realtime demo` puts it there."""

import sys
from pathlib import Path

CLIENT = Path(sys.prefix) / "share" / "realtime" / "socket.io.min.js"
"""Beside the installed packages: it is nobody's data, and goes with the environment."""
