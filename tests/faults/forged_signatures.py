"""Forged tokens whose form is right: unsigned, signed with what everybody has, or by a stranger."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from protekt_cli.core.access_token import UnsealedKey
from tests.core.crooked import crooked
from tests.core.forging import encoded, segment
from tests.core.signing import signed
from tests.faults.target import Forgery, Target

_PublicKey = ec.EllipticCurvePublicKey | Ed25519PublicKey | rsa.RSAPublicKey

#: No algorithm, in every spelling that somebody has taken for another one (RFC 8725 2.1).
_NONE: tuple[Any, ...] = (
    "none",
    "None",
    "NONE",
    "nOnE",
    "none ",
    " none",
    "no\u0000ne",
    "",
    None,
    0,
    False,
    [],
    {},
)
_ASYMMETRIC = ("ES256", "ES256K", "ES384", "ES512", "PS256", "PS512", "RS256", "RS512", "EdDSA")
_HMACS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
#: Shared secrets that somebody would try.
_GUESSES = (b"", b"\0", b"secret", b"protekt", b"changeme", b"your-256-bit-secret", bytes(32))


def forged_signatures(target: Target) -> Iterator[Forgery]:
    """Forge the signature of a good token."""
    message = target.token.rpartition(".")[0]
    for name, made in crooked(target.keys.active, message.encode()).items():
        yield Forgery(f"signature: {name}", f"{message}.{encoded(made)}", "bad_signature")
    yield from _unsigned(target)
    yield from _confused(target)
    yield from _strange(target)


def _unsigned(target: Target) -> Iterator[Forgery]:
    _, payload, good = target.token.split(".")
    without = {name: value for name, value in target.header.items() if name != "alg"}
    heads = {f"alg {alg!r}": segment(target.header | {"alg": alg}) for alg in _NONE}
    heads["no alg"] = segment(without)
    heads["a list of algs"] = segment(target.header | {"alg": [target.header["alg"], "none"]})
    heads["ALG none beside it"] = segment({"ALG": "none"} | target.header)
    for name, head in heads.items():
        for ending, signature in {"no": "", "the old": good}.items():
            made = f"{head}.{payload}.{signature}"
            yield Forgery(f"{name}, {ending} signature", made, "bad_signature")


def _confused(target: Target) -> Iterator[Forgery]:
    """Sign with HMAC under what is public of the key, or under a guess (CVE-2015-9235)."""
    secrets = {f"guess {guess!r}": guess for guess in _GUESSES}
    for name in ("kid", "typ"):
        secrets[f"the {name}"] = str(target.header[name]).encode()
    for name in ("iss", "aud", "sid"):
        secrets[f"the {name}"] = str(target.claims[name]).encode()
    for label, key in {"active": target.keys.active, "next": target.keys.next}.items():
        secrets |= {f"{label}: {name}": form for name, form in public_forms(key).items()}
    for name, secret in secrets.items():
        for alg, digest in _HMACS.items():
            message = f"{segment(target.header | {'alg': alg})}.{segment(target.claims)}"
            made = encoded(hmac.digest(secret, message.encode(), digest))
            yield Forgery(f"{alg} under {name}", f"{message}.{made}", "bad_signature")


def public_forms(key: UnsealedKey) -> dict[str, bytes]:
    """Return the public half of a key in every form in which somebody keeps one."""
    if isinstance(key.secret, bytes):
        return {}
    public: _PublicKey = key.secret.public_key()
    info = PublicFormat.SubjectPublicKeyInfo
    pem = public.public_bytes(Encoding.PEM, info)
    forms = {
        "PEM": pem,
        "PEM without its last line feed": pem.rstrip(b"\n"),
        "PEM with CRLF": pem.replace(b"\n", b"\r\n"),
        "the body of the PEM": b"".join(pem.splitlines()[1:-1]),
        "DER": public.public_bytes(Encoding.DER, info),
    }
    if isinstance(public, ec.EllipticCurvePublicKey):
        jwk = ECAlgorithm.to_jwk(public, as_dict=True)
        for form in (PublicFormat.UncompressedPoint, PublicFormat.CompressedPoint):
            forms[str(form)] = public.public_bytes(Encoding.X962, form)
    elif isinstance(public, rsa.RSAPublicKey):
        jwk = RSAAlgorithm.to_jwk(public, as_dict=True)
        for encoding in (Encoding.PEM, Encoding.DER):
            forms[f"PKCS #1 {encoding}"] = public.public_bytes(encoding, PublicFormat.PKCS1)
    else:
        jwk = OKPAlgorithm.to_jwk(public, as_dict=True)
        forms["raw"] = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    published = jwk | {"kid": key.kid, "alg": key.algorithm, "use": "sig"}
    forms |= {"JWK": json.dumps(jwk).encode(), "as published": json.dumps(published).encode()}
    forms["compact JWK"] = json.dumps(jwk, separators=(",", ":"), sort_keys=True).encode()
    forms["thumbprint"] = hashlib.sha256(forms["compact JWK"]).digest()
    return forms | {f"member {name}": str(jwk[name]).encode() for name in jwk}


def _strange(target: Target) -> Iterator[Forgery]:
    """Sign with a key of one's own, under the name of theirs."""
    foreign = signed(target.keys.foreign, target.header, target.claims)
    yield Forgery("another installation's key of that name", foreign, "bad_signature")
    own_rsa = rsa.generate_private_key(65_537, 2048)
    for alg in _ASYMMETRIC:
        secret = own_rsa if alg[:2] in ("RS", "PS") else _own_key(alg)
        headers = {"kid": target.keys.active.kid, "typ": "at+jwt"}
        made = jwt.encode(target.claims, secret, algorithm=alg, headers=headers)
        yield Forgery(f"one's own key for {alg}", made, "bad_signature")


def _own_key(alg: str) -> ec.EllipticCurvePrivateKey | Ed25519PrivateKey:
    if alg == "EdDSA":
        return Ed25519PrivateKey.generate()
    curves = {"256": ec.SECP256R1(), "56K": ec.SECP256K1(), "384": ec.SECP384R1()}
    return ec.generate_private_key(curves.get(alg[-3:], ec.SECP521R1()))
