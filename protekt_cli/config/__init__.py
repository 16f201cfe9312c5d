"""The settings: what can be set, where each value came from, and why a value is refused.

It reads one TOML file and the environment that it is handed; it never looks at the process's own
environment or working folder, and never changes what was set to make it fit.
"""

from protekt_cli.config.keys import Key, Kind
from protekt_cli.config.loading import Loaded, defaults, find_faults, load
from protekt_cli.config.protection import Webhook
from protekt_cli.config.settings import Settings, reference
from protekt_cli.config.writing import write_new

__all__ = [
    "Key",
    "Kind",
    "Loaded",
    "Settings",
    "Webhook",
    "defaults",
    "find_faults",
    "load",
    "reference",
    "write_new",
]
