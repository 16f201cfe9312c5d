"""Envoy, by the `ext_authz` filter: it keeps the method and puts the path behind the one asked."""

from __future__ import annotations

from protekt_cli.cli.proxies.place import ASKED_WITH, HEADERS, NOTES, Place, Text, Upstream, ca_file

_TEXT = Text("""\
# Envoy: only requests with a live session of Protekt's get through to the app.
# Saved as envoy.yaml, it runs with:
#
#     envoy -c envoy.yaml
#
%{notes}
static_resources:
  listeners:
    - name: app
      address:
        socket_address: { address: 0.0.0.0, port_value: %{listen} }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": "%{types}.filters.network.http_connection_manager.v3.HttpConnectionManager"
                stat_prefix: app
                use_remote_address: true
                route_config:
                  virtual_hosts:
                    - name: app
                      domains: ["*"]
                      routes:
                        - match: { prefix: / }
                          # How long an answer takes is for the app to say.
                          route: { cluster: app, timeout: 0s }
                http_filters:
                  # What a client sends under such a name is nobody's word. Some apps take an
                  # underscore for a hyphen. (It takes Envoy 1.36 or later.)
                  - name: envoy.filters.http.header_mutation
                    typed_config:
                      "@type": "%{types}.filters.http.header_mutation.v3.HeaderMutation"
                      mutations:
                        request_mutations:
                          - remove_on_match:
                              key_matcher: { safe_regex: { regex: "x[-_]auth[-_].*" } }
                  - name: envoy.filters.http.ext_authz
                    typed_config:
                      "@type": "%{types}.filters.http.ext_authz.v3.ExtAuthz"
                      status_on_error: { code: ServiceUnavailable }
                      allowed_headers:
                        patterns:
%{asked_with}
                      http_service:
                        server_uri: { uri: "%{protekt}", cluster: protekt, timeout: 10s }
                        path_prefix: /v1/forward-auth
                        authorization_request:
                          headers_to_add:
                            - key: x-forwarded-for
                              value: "%%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%%"
                        authorization_response:
                          allowed_upstream_headers:
                            patterns:
%{passed_on}
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": "%{types}.filters.http.router.v3.Router"
  clusters:
%{clusters}""")
_CLUSTER = Text("""\
    - name: %{name}
      type: STRICT_DNS
      load_assignment:
        cluster_name: %{name}
        endpoints:
          - lb_endpoints:
              - endpoint:
                  address:
                    socket_address: { address: "%{host}", port_value: %{port} }
""")
_TYPES = "type.googleapis.com/envoy.extensions"
_TLS = Text("""\
      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": "%{types}.transport_sockets.tls.v3.UpstreamTlsContext"
          sni: "%{host}"
          common_tls_context:
            validation_context:
              trusted_ca: { filename: %{ca_file} }
              match_typed_subject_alt_names:
                - { san_type: %{san_type}, matcher: { exact: "%{host}" } }
""")


def configuration(place: Place) -> str:
    """Return a whole bootstrap configuration."""
    return _TEXT.substitute(
        notes=NOTES,
        types=_TYPES,
        listen=place.listen,
        protekt=place.protekt.url,
        asked_with=_lines(26, "- exact: {}", ASKED_WITH),
        passed_on=_lines(30, "- exact: {}", HEADERS),
        clusters=_cluster("app", place.app) + _cluster("protekt", place.protekt),
    )


def _lines(indent: int, form: str, names: tuple[str, ...]) -> str:
    return "\n".join(" " * indent + form.format(name.lower()) for name in names)


def _cluster(name: str, upstream: Upstream) -> str:
    cluster = _CLUSTER.substitute(name=name, host=upstream.host, port=upstream.port)
    if not upstream.is_tls:
        return cluster
    san_type = "IP_ADDRESS" if upstream.is_address else "DNS"
    tls = _TLS.substitute(types=_TYPES, host=upstream.host, san_type=san_type, ca_file=ca_file())
    return cluster + tls
