"""Signatures that must not verify: the classes of known attacks and of Project Wycheproof.

Some are made without the key, as an attacker would; some with it, so that everything but one
detail is right (a padding, a range, a length). Each is for one message.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from protekt_cli.core.access_token import UnsealedKey
from tests.core.signing import HALF, halves, raw, signature

Named = Iterator[tuple[str, bytes]]

#: The field and the order of P-256 (SEC 2, 2.4.2).
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
#: The order of Ed25519's group (RFC 8032 5.1).
L = 2**252 + 27742317777372353535851937790883648493
#: DigestInfo of SHA-256 up to the digest (RFC 8017 9.2).
_SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def crooked(key: UnsealedKey, message: bytes) -> dict[str, bytes]:
    """Return signatures of *message*, by what is wrong with each."""
    good = signature(key, message)
    made = dict(_of_any_kind(good))
    if isinstance(key.secret, bytes):
        made |= _hmac(key.secret, message, good)
    elif isinstance(key.secret, ec.EllipticCurvePrivateKey):
        made |= _ecdsa(key.secret, message, good)
    elif isinstance(key.secret, rsa.RSAPrivateKey):
        made |= _rsa(key.secret, message, good)
    else:
        made |= _eddsa(key.secret, message, good)
    assert good not in made.values()
    return made


def _of_any_kind(good: bytes) -> Named:
    for length in (0, 1, 16, len(good) - 1, len(good), len(good) + 1, 2 * len(good)):
        yield f"{length} zero bytes", bytes(length)
    yield "all ones", b"\xff" * len(good)
    yield "cut by one", good[:-1]
    yield "cut at the front", good[1:]
    yield "half of it", good[: len(good) // 2]
    yield "a zero before it", b"\0" + good
    yield "a zero after it", good + b"\0"
    yield "twice", good + good
    yield "backwards", good[::-1]
    yield "halves swapped", good[len(good) // 2 :] + good[: len(good) // 2]
    for at in (0, len(good) // 2 - 1, len(good) // 2, len(good) - 1):
        yield f"bit flipped in byte {at}", good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]


def _hmac(secret: bytes, message: bytes, good: bytes) -> Named:
    for digest in ("sha1", "sha384", "sha512"):
        made = hmac.digest(secret, message, digest)
        yield f"HMAC under {digest}", made
        yield f"HMAC under {digest}, cut", made[: len(good)]
    yield "no HMAC but a digest", hashlib.sha256(message).digest()
    yield "secret before the message", hashlib.sha256(secret + message).digest()
    yield "without a secret", hmac.digest(b"", message, "sha256")
    yield "of another message", hmac.digest(secret, message.replace(b".", b""), "sha256")


def _ecdsa(secret: ec.EllipticCurvePrivateKey, message: bytes, good: bytes) -> Named:
    r, s = halves(good)
    odd = {"0": 0, "1": 1, "n-1": N - 1, "n": N, "n+1": N + 1, "p-1": P - 1, "p": P, "p+1": P + 1}
    # A check of the equation alone passes r = s = 0 (CVE-2022-21449).
    for name, number in odd.items():
        yield f"r = {name}", raw(number, s)
        yield f"s = {name}", raw(r, number)
        for other, also in odd.items():
            yield f"r = {name}, s = {other}", raw(number, also)
    yield "-r", raw(N - r, s)
    if r + N < 2**256:
        yield "r + n", raw(r + N, s)
    yield "r + n, longer", (r + N).to_bytes(HALF + 1, "big") + s.to_bytes(HALF + 1, "big")
    yield "s + n, longer", r.to_bytes(HALF + 1, "big") + (s + N).to_bytes(HALF + 1, "big")
    yield "longer halves", r.to_bytes(HALF + 1, "big") + s.to_bytes(HALF + 1, "big")
    der = secret.sign(message, ec.ECDSA(hashes.SHA256()))
    yield "DER", der
    yield "DER, cut to the length", der[: 2 * HALF]
    yield "raw for SHA-1", _cut_ecdsa(secret, message, hashes.SHA1())  # noqa: S303
    yield "raw for SHA-512", _cut_ecdsa(secret, message, hashes.SHA512())
    for curve in (ec.SECP256R1(), ec.SECP256K1(), ec.SECP384R1()):
        stranger = ec.generate_private_key(curve)
        yield f"by a stranger on {curve.name}", _cut_ecdsa(stranger, message, hashes.SHA256())
    yield "of another message", signature(UnsealedKey("", "", secret), message.replace(b".", b""))


def _cut_ecdsa(
    secret: ec.EllipticCurvePrivateKey, message: bytes, hash_: hashes.HashAlgorithm
) -> bytes:
    """Return a signature under another hash or curve, in the form of ours if that has room."""
    size = max(HALF, (secret.curve.key_size + 7) // 8)
    r, s = decode_dss_signature(secret.sign(message, ec.ECDSA(hash_)))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _eddsa(secret: Ed25519PrivateKey, message: bytes, good: bytes) -> Named:
    point, scalar = good[:HALF], int.from_bytes(good[HALF:], "little")
    for times in range(1, 15):
        # RFC 8032 5.1.7: S is below L; the equation alone would take these too.
        yield f"S + {times} L", point + (scalar + times * L).to_bytes(HALF, "little")
    for name, number in {"0": 0, "1": 1, "L - 1": L - 1, "L": L, "L - S": L - scalar}.items():
        yield f"S = {name}", point + number.to_bytes(HALF, "little")
    identity = (1).to_bytes(HALF, "little")
    for name, other in {
        "the identity": identity,
        "the identity, not canonical": (2**255 - 18).to_bytes(HALF, "little"),
        "of order two": (2**255 - 20).to_bytes(HALF, "little"),
        "no point": (2).to_bytes(HALF, "little"),
    }.items():
        yield f"R is {name}", other + good[HALF:]
        yield f"R is {name}, S = 0", other + bytes(HALF)
    yield "the sign of R", bytes([*point[:-1], point[-1] ^ 0x80]) + good[HALF:]
    yield "of the digest", secret.sign(hashlib.sha512(message).digest())
    yield "of another message", secret.sign(message.replace(b".", b""))
    yield "by a stranger", Ed25519PrivateKey.generate().sign(message)
    yield "by an Ed448 key", ed448.Ed448PrivateKey.generate().sign(message)


def _rsa(secret: rsa.RSAPrivateKey, message: bytes, good: bytes) -> Named:
    numbers = secret.private_numbers()
    modulus, size = numbers.public_numbers.n, len(good)
    number = int.from_bytes(good, "big")
    yield "s + n", (number + modulus).to_bytes(size + 1, "big")
    for name, odd in {"1": 1, "n - 1": modulus - 1, "n": modulus, "-s": modulus - number}.items():
        yield f"s = {name}", odd.to_bytes(size, "big")
    for hash_ in (hashes.SHA1(), hashes.SHA384(), hashes.SHA512()):  # noqa: S303
        yield f"under {hash_.name}", secret.sign(message, padding.PKCS1v15(), hash_)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    yield "PSS", secret.sign(message, pss, hashes.SHA256())
    yield (
        "of another message",
        secret.sign(message.replace(b".", b""), padding.PKCS1v15(), hashes.SHA256()),
    )
    stranger = rsa.generate_private_key(65_537, 2048)
    yield "by a stranger", stranger.sign(message, padding.PKCS1v15(), hashes.SHA256())
    for name, block in _blocks(hashlib.sha256(message).digest(), size):
        assert len(block) == size, name
        signed = pow(int.from_bytes(block, "big"), numbers.d, modulus)
        yield name, signed.to_bytes(size, "big")


def _blocks(digest: bytes, size: int) -> Named:
    """Make what RSA would sign, wrong in one place (RFC 8017 9.2; Bleichenbacher 2006)."""
    info = _SHA256_INFO + digest

    def block(content: bytes, *, start: bytes = b"\0\1", filler: bytes = b"\xff") -> bytes:
        return start + filler * (size - len(content) - len(start) - 1) + b"\0" + content

    yield "no DigestInfo", block(digest)
    yield "no NULL", block(bytes.fromhex("302f300b0609608648016503040201" + "0420") + digest)
    yield "the name of SHA-512", block(info.replace(b"\x04\x02\x01\x05", b"\x04\x02\x03\x05"))
    yield "the name of SHA-1", block(bytes.fromhex("3021300906052b0e03021a05000414") + digest[:20])
    yield "a long form of a length", block(bytes.fromhex("308131" + info[2:].hex()))
    yield "indefinite length", block(b"\x30\x80" + info[2:] + b"\0\0")
    yield "a set, no sequence", block(b"\x31" + info[1:])
    yield "garbage after the digest", block(info + b"\0")
    yield "garbage within the sequence", block(b"\x30\x33" + info[2:] + b"\x05\x00")
    yield (
        "a NULL with a content",
        block(bytes.fromhex("3033300f0609608648016503040201" + "0502abcd" + "0420") + digest),
    )
    short = b"\0\1" + b"\xff" * 8 + b"\0" + info
    yield "garbage after a short padding", short + b"\xa5" * (size - len(short))
    yield "block type 0", block(info, start=b"\0\0", filler=b"\0")
    yield "block type 2", block(info, start=b"\0\2", filler=b"\xa5")
    yield "a padding of other bytes", block(info, filler=b"\xfe")
    yield "a padding that ends early", b"\0\1" + b"\xff" * 8 + bytes(size - 10 - len(info)) + info
    yield "no end of the padding", b"\0\1" + b"\xff" * (size - 2 - len(info)) + info
    yield "an empty digest", block(_SHA256_INFO + bytes(32))
    yield "a cut digest", block(_SHA256_INFO + digest[:-1])
