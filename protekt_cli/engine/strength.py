"""How easily a new password is guessed: zxcvbn's estimate, with what everybody knows of its user.

zxcvbn looks for words, names, keyboard rows, dates and passwords that were leaked before; it costs
milliseconds, seconds at worst, and is for new passwords only, never for one that is being tried.
It is imported when it is needed.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable

#: A password that fewer guesses find is weak (NIST SP 800-63B 3.1.1.2 asks for a blocklist).
_FEWEST_GUESSES = 10**6
#: Characters that zxcvbn takes at most.
_SCORED = 72
#: It keeps the words of one call in a module of its own.
_one_at_a_time = threading.Lock()


def find_weakness(password: str, known: Iterable[str] = ()) -> str | None:
    """Return why a password is easily guessed, in words that hold nothing of it, or None.

    Args:
        known: Words that whoever guesses tries first.
    """
    from zxcvbn import zxcvbn

    scored = unicodedata.normalize("NFKC", password)[:_SCORED]
    words = [unicodedata.normalize("NFKC", word) for word in known]
    with _one_at_a_time:
        found = zxcvbn(scored, user_inputs=words)
    if found["guesses"] >= _FEWEST_GUESSES:
        return None
    if any(match.get("dictionary_name") == "user_inputs" for match in found["sequence"]):
        return "it is made of the e-mail or the name of its user"
    feedback = found["feedback"]
    sentence = feedback["warning"] or feedback["suggestions"][0]
    return str(sentence).split(". ")[0].removesuffix(".").lower()


def known_words(email: str, name: str | None) -> list[str]:
    """Return the words that everybody knows who knows a user."""
    return [email, email.partition("@")[0], *re.findall(r"\w+", name or "")]
