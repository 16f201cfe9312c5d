"""A client of Protekt servers in Python, over HTTP: their administration, and one's own sessions.

It stands alone: it imports nothing of the rest of Protekt, and knows of a server only what the
public interface says.
"""

from protekt_cli.sdk.admin import Admin
from protekt_cli.sdk.errors import (
    InvalidCredentials,
    InvalidToken,
    ProtektError,
    RateLimited,
    RefreshReused,
    Unavailable,
)
from protekt_cli.sdk.own import Own
from protekt_cli.sdk.visitor import Visitor

__all__ = [
    "Admin",
    "InvalidCredentials",
    "InvalidToken",
    "Own",
    "ProtektError",
    "RateLimited",
    "RefreshReused",
    "Unavailable",
    "Visitor",
]
