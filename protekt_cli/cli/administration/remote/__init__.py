"""A server, as the admin commands ask it: over its admin API, with an API key.

What it says no to is raised as the same problem that the database itself would raise, so that
exit codes and messages do not depend on where it is.
"""

from __future__ import annotations

from protekt_cli.cli.administration.remote.events import Events
from protekt_cli.cli.administration.remote.keys import Keys
from protekt_cli.cli.administration.remote.sessions import Sessions
from protekt_cli.cli.administration.remote.users import Users


class Remote(Users, Sessions, Keys, Events):
    """One server."""
