"""The queries and bodies of the admin API's requests and answers about devices."""

from __future__ import annotations

from protekt_cli.server.admin.paging import Paged
from protekt_cli.server.schemas import Device, Json


class DeviceQuery(Paged):
    #: An id, the start of one, or an e-mail.
    user: str | None = None


class UpdateDevice(Json):
    """What changes; null is as good as absent."""

    name: str | None = None
    trusted: bool | None = None


class Devices(Json):
    items: list[Device]
    next_cursor: str | None
