"""Settings: defaults, one TOML file, the environment, the command line; the later wins.

A setting that is unknown or does not fit is a sentence that says what to do, never a stack trace.
"""

from realtime.config.problems import ConfigError
from realtime.config.secret import DevelopmentSecret, with_secret
from realtime.config.settings import Config
from realtime.config.sources import load

__all__ = [
    "Config",
    "ConfigError",
    "DevelopmentSecret",
    "load",
    "with_secret",
]
