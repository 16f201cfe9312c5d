"""How easily a new password is guessed: zxcvbn's estimate, with what everybody knows of its user.

zxcvbn looks for words, names, keyboard rows, dates and passwords that were leaked before. It is for
new passwords only, never for one that is being tried, and imported when it is needed. What it costs
grows steeply with the length, to seconds for one that was made for it: it is given a password in
pieces, for one that holds a piece that is hard to guess is hard to guess.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable

#: A password that fewer guesses find is weak (NIST SP 800-63B 3.1.1.2 asks for a blocklist).
_FEWEST_GUESSES = 10**6
#: Characters of a piece, and of a password that are looked at.
_PIECE = 24
_SCORED = 72
#: Characters of a known word that are looked for.
_WORD = 254
#: It keeps the words of one call in a module of its own.
_one_at_a_time = threading.Lock()


def find_weakness(password: str, known: Iterable[str] = ()) -> str | None:
    """Return why a password is easily guessed, in words that hold nothing of it, or None.

    Args:
        known: Words that whoever guesses tries first.
    """
    from zxcvbn import zxcvbn

    scored = unicodedata.normalize("NFKC", password)
    words = []
    for word in known:
        words.append(unicodedata.normalize("NFKC", word[:_WORD]))
        if len(words[-1]) > _PIECE:  # in both, so that it still fits a piece
            scored = re.sub(re.escape(words[-1]), words[-1][:_PIECE], scored, flags=re.IGNORECASE)
            words[-1] = words[-1][:_PIECE]
    scored = scored[:_SCORED]
    pieces = [scored[start : start + _PIECE] for start in range(0, len(scored), _PIECE)]
    with _one_at_a_time:
        findings = [zxcvbn(piece, user_inputs=words) for piece in pieces or [""]]
    if any(found["guesses"] >= _FEWEST_GUESSES for found in findings):
        return None
    found = findings[0]
    if any(match.get("dictionary_name") == "user_inputs" for match in found["sequence"]):
        return "it is made of the e-mail or the name of its user"
    feedback = found["feedback"]
    sentence = feedback["warning"] or feedback["suggestions"][0]
    return str(sentence).split(". ")[0].removesuffix(".").lower()


def known_words(email: str, name: str | None) -> list[str]:
    """Return the words that everybody knows who knows a user."""
    return [email, email.partition("@")[0], *re.findall(r"\w+", name or "")]
