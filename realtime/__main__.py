"""`python -m realtime` is the command `realtime`."""

import gc


def main() -> None:
    """Import and run the command line; what is imported stays, so no garbage is looked for yet."""
    gc.disable()
    from realtime import cli  # noqa: PLC0415 -- only now

    cli.main()


if __name__ == "__main__":
    main()
