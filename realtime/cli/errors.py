"""What ends a command with one sentence instead of a stack trace."""


class CannotStartError(Exception):
    """What is in the way is outside the configuration: a taken port, an old schema."""
