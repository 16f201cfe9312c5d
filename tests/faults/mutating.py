"""Mutants of good access tokens: something is flipped, cut, put in, exchanged or spliced."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from protekt_cli.core import base64url

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

Mutation = Callable[[random.Random, str, str], str]


def mutant(dice: random.Random, good: Sequence[str]) -> str:
    """Return a token that is none of the good ones, made of one or two of them."""
    while True:
        one, other = dice.choice(good), dice.choice(good)
        made = dice.choice(_MUTATIONS)(dice, one, other)
        while not dice.randrange(4):
            made = dice.choice(_MUTATIONS)(dice, made or one, other)
        if made not in good:
            return made


def _flip_letter(dice: random.Random, token: str, _: str) -> str:
    at = dice.randrange(len(token))
    return token[:at] + chr(ord(token[at]) ^ 1 << dice.randrange(8)) + token[at + 1 :]


def _change_letter(dice: random.Random, token: str, _: str) -> str:
    at = dice.randrange(len(token))
    return token[:at] + dice.choice(_LETTERS) + token[at + 1 :]


def _change_last_letter(dice: random.Random, token: str, _: str) -> str:
    """Change what ends a segment, where some bits of a letter mean nothing."""
    segments = token.split(".")
    which = dice.randrange(len(segments))
    segments[which] = segments[which][:-1] + dice.choice(_LETTERS)
    return ".".join(segments)


def _flip_bit(dice: random.Random, token: str, _: str) -> str:
    """Flip a bit of what a segment says, and spell it as it should be."""
    segments = token.split(".")
    which = dice.randrange(len(segments))
    try:
        said = bytearray(base64url.decode(segments[which]))
        said[dice.randrange(len(said))] ^= 1 << dice.randrange(8)
    except ValueError:  # mutated before, it says nothing
        return token[::-1]
    segments[which] = base64url.encode(bytes(said))
    return ".".join(segments)


def _cut(dice: random.Random, token: str, _: str) -> str:
    at = dice.randrange(len(token))
    return token[:at] if dice.randrange(2) else token[at:]


def _drop(dice: random.Random, token: str, _: str) -> str:
    begin = dice.randrange(len(token))
    return token[:begin] + token[begin + dice.randrange(1, 9) :]


def _put_in(dice: random.Random, token: str, _: str) -> str:
    at = dice.randrange(len(token) + 1)
    put = dice.choice((dice.choice(_LETTERS), "=", ".", " ", "\n", "\0", "\u00e9", token[:at]))
    return token[:at] + put + token[at:]


def _splice(dice: random.Random, token: str, other: str) -> str:
    at = dice.randrange(len(token))
    return token[:at] + other[at if dice.randrange(2) else dice.randrange(len(other)) :]


def _exchange_segments(dice: random.Random, token: str, other: str) -> str:
    """Take each segment from one or the other, mostly in its place."""
    segments = [dice.choice(pair) for pair in zip(token.split("."), other.split("."), strict=False)]
    if not dice.randrange(4):
        dice.shuffle(segments)
    return ".".join(segments)


_MUTATIONS: tuple[Mutation, ...] = (
    _flip_letter,
    _change_letter,
    _change_last_letter,
    _flip_bit,
    _cut,
    _drop,
    _put_in,
    _splice,
    _exchange_segments,
)
