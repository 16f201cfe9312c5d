"""nginx, by `auth_request`: 200 lets a request through, 401 does not, anything else is a 500."""

from __future__ import annotations

from protekt_cli.cli.proxies.place import NOTES, Place, Text, Upstream, ca_file

_TEXT = Text("""\
# nginx: only requests with a live session of Protekt's get through to the app.
# Saved as nginx.conf, it runs with:
#
#     nginx -c "$PWD/nginx.conf"
#
%{notes}
events {}

http {
    server {
        listen %{listen};
        proxy_http_version 1.1;
        # How large a body may be is for the app to say.
        client_max_body_size 0;

        location / {
            auth_request /_protekt;
            # These replace whatever a client sends under the same names. What it sends with
            # underscores, which some apps take for the same, nginx drops by itself. Other
            # names that begin with X-Auth- pass, and mean nothing.
            auth_request_set $protekt_user_id $upstream_http_x_auth_user_id;
            auth_request_set $protekt_user_email $upstream_http_x_auth_user_email;
            auth_request_set $protekt_session_id $upstream_http_x_auth_session_id;
            proxy_set_header X-Auth-User-Id $protekt_user_id;
            proxy_set_header X-Auth-User-Email $protekt_user_email;
            proxy_set_header X-Auth-Session-Id $protekt_session_id;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_pass %{app};%{app_tls}
        }

        location = /_protekt {
            internal;
            proxy_pass %{protekt}/v1/forward-auth;%{protekt_tls}
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            # A key in it is the app's own.
            proxy_set_header X-API-Key "";
            proxy_set_header X-Forwarded-For $remote_addr;
        }
    }
}
""")
_TLS = Text("""
            proxy_ssl_server_name on;
            proxy_ssl_verify on;
            proxy_ssl_verify_depth 4;
            proxy_ssl_trusted_certificate %{ca_file};""")


def configuration(place: Place) -> str:
    """Return a whole `nginx.conf`."""
    return _TEXT.substitute(
        notes=NOTES,
        listen=place.listen,
        app=place.app.url,
        app_tls=_tls(place.app),
        protekt=place.protekt.url,
        protekt_tls=_tls(place.protekt),
    )


def _tls(upstream: Upstream) -> str:
    return _TLS.substitute(ca_file=ca_file()) if upstream.is_tls else ""
