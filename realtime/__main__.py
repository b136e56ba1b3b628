"""`python -m realtime` is the command `realtime`."""

from realtime.cli import main

main()
