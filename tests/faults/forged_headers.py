"""Forged tokens that try to choose their key, and well-signed ones that are no access tokens."""

from __future__ import annotations

import zlib
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from jwt.algorithms import ECAlgorithm, HMACAlgorithm, OKPAlgorithm, RSAAlgorithm

from protekt_cli.core.access_token import UnsealedKey
from tests.core.forging import Json, encoded, segment
from tests.core.signing import signature, signed
from tests.faults.certificate import self_signed
from tests.faults.target import Forgery, Target, stranger

_JWKS: dict[str, Any] = {
    "ES256": ECAlgorithm,
    "EdDSA": OKPAlgorithm,
    "RS256": RSAAlgorithm,
    "HS256": HMACAlgorithm,
}
_EMPTY_FILES = ("../../../../../../dev/null", "/dev/null", "file:///dev/null", "\\\\.\\NUL")
_TYPES = (
    *("JWT", "jwt", "AT+JWT", "At+jwt", "application/at+jwt", "at+jwt ", "at+jwt;v=1", "at+jwt\0"),
    *("id_token", "refresh+jwt", "dpop+jwt", "logout+jwt", "secevent+jwt", "JOSE", ""),
    *(None, True, 1, ["at+jwt"], {"at+jwt": 1}),
)


def forged_headers(target: Target) -> Iterator[Forgery]:
    """Forge the header of a good token."""
    yield from _kids(target)
    yield from _keys_brought_along(target)
    yield from _of_other_keys(target)
    yield from _critical(target)
    yield from _other_forms(target)
    for typ in _TYPES:
        made = signed(target.keys.active, target.header | {"typ": typ}, target.claims)
        yield Forgery(f"typ {typ!r}", made, "wrong_type")
    without = {name: value for name, value in target.header.items() if name != "typ"}
    yield Forgery("no typ", signed(target.keys.active, without, target.claims), "wrong_type")


def _kids(target: Target) -> Iterator[Forgery]:
    """Name the key so that something else is found by it; signed by the very key all the same."""
    kid = target.keys.active.kid
    odd: list[Any] = [
        *("", " ", kid + " ", " " + kid, kid + "\0", "\0" + kid, kid + "\n", kid.upper()),
        *(kid[:-1], kid[:14], kid + "0", kid + kid, f'"{kid}"', kid.replace("_", "\uff3f")),
        *("%", "_" * len(kid), "key_%", "*", "?", "key_*", f"{kid}/../{kid}", f"./{kid}"),
        *("' OR '1'='1", "' OR 1=1 --", f"{kid}' --", "x' UNION SELECT 'k','ES256' --", "; --"),
        *("$(id)", "`id`", "| id", "{{7*7}}", "${jndi:ldap://127.0.0.1/}", "http://127.0.0.1:1/"),
        *("k" * 5_000, "../" * 1_500, "\u202e", "\U0001f511" * 100, *_EMPTY_FILES),
        *(None, 0, 1, -1, True, False, 1.5, [], [kid], {}, {"kid": kid}, {"$ne": ""}),
    ]
    for name in odd:
        made = signed(target.keys.active, target.header | {"kid": name}, target.claims)
        yield Forgery(f"kid {str(name)[:40]!r}", made, "unknown_key")
    without = {name: value for name, value in target.header.items() if name != "kid"}
    yield Forgery("no kid", signed(target.keys.active, without, target.claims), "unknown_key")
    in_claims = signed(target.keys.active, without, target.claims | {"kid": kid})
    yield Forgery("kid among the claims", in_claims, "unknown_key")
    for file in _EMPTY_FILES:
        nothing = UnsealedKey(file, "HS256", b"")
        made = signed(nothing, target.header | {"alg": "HS256", "kid": file}, target.claims)
        yield Forgery(f"signed by what is in {file}", made, "unknown_key")


def _of_other_keys(target: Target) -> Iterator[Forgery]:
    """Name one key of theirs and sign with another."""
    keys = target.keys
    named = {"next": keys.next, "retired": keys.retired}
    for name, key in named.items():
        made = signed(keys.active, target.header | {"kid": key.kid}, target.claims)
        yield Forgery(f"the {name} key's kid", made, "bad_signature")
    for name, key in (named | {"revoked": keys.revoked}).items():
        made = signed(key, target.header, target.claims)
        yield Forgery(f"signed by the {name} key as the active", made, "bad_signature")
    made = signed(keys.revoked, target.header | {"kid": keys.revoked.kid}, target.claims)
    yield Forgery("the revoked key, under its own name", made, "unknown_key")
    made = signed(keys.active, target.header | {"kid": keys.revoked.kid}, target.claims)
    yield Forgery("the revoked key's kid", made, "unknown_key")


def _keys_brought_along(target: Target) -> Iterator[Forgery]:
    """Bring the key in the token, or say where it is (RFC 7515 4.1.2 to 4.1.8)."""
    own = stranger(target.keys.active.algorithm, target.keys.active.kid)
    jwk = public_jwk(own)
    brought: dict[str, Json] = {
        "jwk": {"jwk": jwk},
        "jwk in a list": {"jwk": [jwk]},
        "jwks": {"jwks": {"keys": [jwk]}},
        "jku": {"jku": "http://127.0.0.1:1/jwks.json"},
        "jku of theirs": {"jku": f"{target.claims['iss']}/.well-known/jwks.json@127.0.0.1:1"},
        "x5u": {"x5u": "http://127.0.0.1:1/chain.pem"},
        "x5c": {"x5c": [certificate(own)], "x5t": "", "x5t#S256": ""},
        "x5c that is none": {"x5c": ["", None, 7]},
        "all of them": {"jwk": jwk, "jku": "http://127.0.0.1:1/", "x5c": [certificate(own)]},
    }
    for name, members in brought.items():
        made = signed(own, target.header | members, target.claims)
        yield Forgery(f"{name}, the known kid", made, "bad_signature")
        renamed = target.header | members | {"kid": "key_of_mine"}
        yield Forgery(f"{name}, a new kid", signed(own, renamed, target.claims), "unknown_key")


def public_jwk(key: UnsealedKey) -> Json:
    """Return a key's public half, or all of a shared secret, as a JWK with its kid."""
    public: Any = key.secret if isinstance(key.secret, bytes) else key.secret.public_key()
    jwk: Json = _JWKS[key.algorithm].to_jwk(public, as_dict=True)
    return jwk | {"kid": key.kid, "alg": key.algorithm}


def certificate(key: UnsealedKey) -> str:
    """Return what stands in `x5c`; of a shared secret, the secret."""
    if isinstance(key.secret, bytes):
        return b64encode(key.secret).decode()
    return b64encode(self_signed(key.secret)).decode()


def _critical(target: Target) -> Iterator[Forgery]:
    """Demand what is not understood (RFC 7515 4.1.11, RFC 7797)."""
    key, header, claims = target.keys.active, target.header, target.claims
    for crit in (["exp"], ["x"], ["alg"], [], "x", None, [1], ["x", "x"], {"x": 1}):
        made = signed(key, header | {"crit": crit, "x": 1, "exp": 1}, claims)
        yield Forgery(f"crit {crit!r}", made, "bad_signature")
    detached = header | {"b64": False, "crit": ["b64"]}
    yield Forgery("b64 false", signed(key, header | {"b64": False}, claims), "bad_signature")
    yield Forgery("b64 false, critical", signed(key, detached, claims), "bad_signature")
    head, payload = segment(detached), segment(claims)
    over_raw = encoded(signature(key, f"{head}.".encode() + b"{}"))
    yield Forgery("signed over the raw payload", f"{head}.{payload}.{over_raw}", "bad_signature")
    yield Forgery("a detached payload", f"{head}..{over_raw}", "malformed")
    yield Forgery("a raw payload", f"{head}.{{}}.{over_raw}", "malformed")


def _other_forms(target: Target) -> Iterator[Forgery]:
    """Wrap a good token, compress or encrypt it, or write it in another form."""
    key, header = target.keys.active, target.header
    head, payload, good = target.token.split(".")
    nested = header | {"cty": "JWT"}
    yield Forgery("a token in a token", signed(key, nested, target.token), "malformed")
    quoted = signed(key, nested, f'"{target.token}"')
    yield Forgery("a token as a string in a token", quoted, "malformed")
    packed = zlib.compress(b'{"sub":"x"}', wbits=-15)
    yield Forgery("zip", signed(key, header | {"zip": "DEF"}, packed), "malformed")
    for alg in ("dir", "RSA-OAEP", "ECDH-ES", "A128KW", "PBES2-HS256+A128KW"):
        jwe = segment({"alg": alg, "enc": "A128GCM", "kid": key.kid, "typ": "at+jwt", "p2c": 2**31})
        yield Forgery(f"JWE by {alg}", f"{jwe}..AAAA.{payload}.AAAA", "malformed")
        three = f"{jwe}.{payload}.{good}"
        yield Forgery(f"{alg} in three segments", three, "bad_signature")
    flat = f'{{"protected":"{head}","payload":"{payload}","signature":"{good}"}}'
    general = f'{{"payload":"{payload}","signatures":[{flat}]}}'
    yield Forgery("flattened JSON", flat, "malformed")
    yield Forgery("general JSON", general, "malformed")
    yield Forgery("JSON between dots", f"{flat}.{payload}.{good}", "malformed")
