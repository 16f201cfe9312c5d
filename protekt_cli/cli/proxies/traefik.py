"""Traefik, by the `forwardAuth` middleware: any 2xx lets a request through, else it answers so."""

from __future__ import annotations

from protekt_cli.cli.proxies.place import ASKED_WITH, NOTES, Place, Text

_TEXT = Text("""\
# Traefik: only requests with a live session of Protekt's get through to the app.
# Saved as protekt.yml, it runs with:
#
#     traefik --entryPoints.web.address=:%{listen} --providers.file.filename=protekt.yml
#
%{notes}
http:
  routers:
    app:
      rule: PathPrefix(`/`)
      middlewares:
        - protekt
      service: app

  middlewares:
    protekt:
      forwardAuth:
        address: %{protekt}/v1/forward-auth
        authRequestHeaders:
%{asked_with}
        # All that match are taken from the answer, and none from the client. Some apps take an
        # underscore for a hyphen.
        authResponseHeadersRegex: "(?i)^X[-_]Auth[-_]"

  services:
    app:
      loadBalancer:
        servers:
          - url: %{app}
""")


def configuration(place: Place) -> str:
    """Return a whole dynamic configuration."""
    return _TEXT.substitute(
        notes=NOTES,
        listen=place.listen,
        app=place.app.url,
        protekt=place.protekt.url,
        asked_with="\n".join(f"          - {name}" for name in ASKED_WITH),
    )
