"""The database itself, as the admin commands ask it, by the command line's own word."""

from __future__ import annotations

from protekt_cli.cli.administration.local.events import Events
from protekt_cli.cli.administration.local.keys import Keys
from protekt_cli.cli.administration.local.sessions import Sessions
from protekt_cli.cli.administration.local.users import Users


class Local(Users, Sessions, Keys, Events):
    """The database of one command's settings."""
