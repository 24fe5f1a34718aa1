"""A digest as 32 words to be read aloud: one word a byte, of two and of three syllables in turn.

A word left out, said twice or swapped with its neighbour breaks the alternation, so it is heard; 32 words of
two kinds are no wallet's seed phrase. The lists: ``wordlist``.
"""

from __future__ import annotations

import re

from sovbank.ceremony.wordlist import THREE_SYLLABLES, TWO_SYLLABLES
from sovbank.errors.ceremony import DigestMalformed

DIGEST_BYTES = 32
_LISTS = (TWO_SYLLABLES, THREE_SYLLABLES)
_VALUES = tuple({word: value for value, word in enumerate(words)} for words in _LISTS)
_SYLLABLES = ("two", "three")
_HEX = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_SEPARATORS = re.compile(r"[\s,.;-]+")


def digest_words(digest: str) -> tuple[str, ...]:
    """Return the 32 words of a digest given as 64 hex digits.

    Raises
    ------
    DigestMalformed
    """
    if not _HEX.fullmatch(digest):
        raise DigestMalformed(f"a digest has 64 hex digits: {digest[:80]!r}")
    return tuple(_LISTS[place % 2][value] for place, value in enumerate(bytes.fromhex(digest)))


def parse_digest(text: str) -> str:
    """Return the 64 lower-case hex digits of a digest given as hex or as its words, in any spacing and case.

    Raises
    ------
    DigestMalformed
        The first word that is wrong is named by its number.
    """
    if len(text) > 1000:
        raise DigestMalformed("a digest has 64 hex digits or 32 words")
    if _HEX.fullmatch(text.strip()):
        return text.strip().lower()
    words = [word for word in _SEPARATORS.split(text.lower()) if word]
    for place, word in enumerate(words[:DIGEST_BYTES]):
        if word not in _VALUES[place % 2]:
            kind = _SYLLABLES[place % 2]
            raise DigestMalformed(
                f"word {place + 1} of the digest, {word[:40]!r}, is none of {kind} syllables"
            )
    if len(words) != DIGEST_BYTES:
        raise DigestMalformed(f"a digest has {DIGEST_BYTES} words, not {len(words)}")
    return bytes(_VALUES[place % 2][word] for place, word in enumerate(words)).hex()
