"""Which server a command is about, and the API key for it: what flags and variables say."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from protekt_cli.errors import InvalidApiKey, InvalidConfig, Usage

SERVER = "PROTEKT_SERVER"
API_KEY = "PROTEKT_API_KEY"
API_KEY_FILE = "PROTEKT_API_KEY_FILE"

_PORTS = {"http": 80, "https": 443}


def parse_url(name: str, text: str, *, is_insecure: bool) -> str:
    """Return a server's URL in its one spelling.

    Args:
        name: What said it: the flag, or the variable.
        is_insecure: Whether plain http is wanted even where others can listen.

    Raises:
        Usage: It is none, or others could read what is sent there.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or not text.isprintable() or parts.scheme not in _PORTS:
        raise Usage(
            f"{name} {text} is no URL of a server",
            hint="give http:// or https://, a host, and perhaps a port and a path",
        )
    if parts.username is not None or parts.query or parts.fragment:
        raise Usage(
            f"{name} says more than where a server is",
            hint=f"give it without user, query or fragment; the API key is for {API_KEY}",
        )
    if parts.scheme == "http" and not is_insecure and not _is_loopback(host):
        raise Usage(
            f"{name} {text} is plain http: everybody on the way could read what is sent",
            hint="use https://, or --insecure where you trust the way",
        )
    named = f"[{host}]" if ":" in host else host
    where = "" if port in (None, _PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{named}{where}{parts.path.rstrip('/')}"


def find_api_key(environ: Mapping[str, str]) -> str | None:
    """Return the API key that the environment holds, or that its file does.

    Raises:
        InvalidConfig: The file cannot be read.
        InvalidApiKey: What is there cannot be one.
    """
    key, file = environ.get(API_KEY), environ.get(API_KEY_FILE)
    if not key and file:
        try:
            key = Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise InvalidConfig(
                f"cannot read the API key in {file}: {reason.lower()}",
                hint=f"{API_KEY_FILE} names a file with the key alone",
            ) from None
        if not key:
            raise InvalidConfig(f"there is no API key in {file}")
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise InvalidApiKey(
            "the API key is malformed", hint=f"{API_KEY} holds what apikeys create printed"
        )
    return key or None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
