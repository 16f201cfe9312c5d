"""Caddy, by `forward_auth`: any 2xx lets a request through, anything else is the answer."""

from __future__ import annotations

from protekt_cli.cli.proxies.place import HEADERS, NOTES, Place, Text

_TEXT = Text("""\
# Caddy: only requests with a live session of Protekt's get through to the app.
# Saved as Caddyfile, it runs with:
#
#     caddy run --config Caddyfile
#
%{notes}
http://:%{listen} {
	# By itself Caddy would remove headers after it has asked, and Protekt's with them.
	route {
		# What a client sends under such a name is nobody's word. Some apps take an underscore
		# for a hyphen, and older Caddys pass it on.
		request_header -X-Auth-*
		request_header -X-Auth_*
		request_header -X_Auth*
		forward_auth %{protekt} {
			uri /v1/forward-auth
			# A key in it is the app's own.
			header_up -X-API-Key
			copy_headers %{headers}
		}
		reverse_proxy %{app}
	}
}
""")


def configuration(place: Place) -> str:
    """Return a whole `Caddyfile`."""
    return _TEXT.substitute(
        notes=NOTES,
        listen=place.listen,
        app=place.app.url,
        protekt=place.protekt.url,
        headers=" ".join(HEADERS),
    )
