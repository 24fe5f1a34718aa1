"""A keystore's passphrase: what is accepted, and where it comes from."""

from __future__ import annotations

import unicodedata

from sovbank.errors.keys import PassphraseRefused, PassphraseUnavailable
from sovbank.keys.asking import LONGEST_BYTES, SecretKind, SecretSource, without_line_break
from sovbank.keys.secret import Secret

SHORTEST_BYTES = 8
PassphraseSource = SecretSource


def check_passphrase(data: bytes) -> Secret:
    """Return the passphrase in the form that is hashed: NFC text in UTF-8, one final line break dropped.

    Raises
    ------
    PassphraseRefused
        Fewer than 8 or more than 1024 bytes, not UTF-8, or control characters.
    """
    try:
        text = unicodedata.normalize("NFC", without_line_break(data).decode("utf-8"))
    except UnicodeDecodeError:
        # The cause carries the bytes, which would show in a traceback.
        raise PassphraseRefused("the passphrase is not UTF-8 text") from None
    encoded = text.encode()
    if not SHORTEST_BYTES <= len(encoded) <= LONGEST_BYTES:
        raise PassphraseRefused(f"a passphrase has {SHORTEST_BYTES} to {LONGEST_BYTES} bytes")
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise PassphraseRefused("the passphrase has control characters")
    return Secret(encoded)


PASSPHRASE = SecretKind("passphrase", check_passphrase, PassphraseUnavailable)
