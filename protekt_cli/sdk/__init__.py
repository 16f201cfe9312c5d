"""A client of Protekt servers in Python, over HTTP: for now its administration.

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

__all__ = [
    "Admin",
    "InvalidCredentials",
    "InvalidToken",
    "ProtektError",
    "RateLimited",
    "RefreshReused",
    "Unavailable",
]
