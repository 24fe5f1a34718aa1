"""A token's PIN: what is accepted, and where it comes from. It goes to the token as it was entered."""

from __future__ import annotations

import unicodedata

from sovbank.errors.devices import PinRefused, PinUnavailable
from sovbank.keys.asking import SecretKind, SecretSource, without_line_break
from sovbank.keys.secret import Secret

LONGEST_PIN_BYTES = 255
PinSource = SecretSource


def check_pin(data: bytes) -> Secret:
    """Return the PIN, one final line break dropped.

    Raises
    ------
    PinRefused
        Empty, more than 255 bytes, not UTF-8, or control characters.
    """
    data = without_line_break(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        # The cause carries the bytes, which would show in a traceback.
        raise PinRefused("the PIN is not UTF-8 text") from None
    if not 1 <= len(data) <= LONGEST_PIN_BYTES:
        raise PinRefused(f"a PIN has 1 to {LONGEST_PIN_BYTES} bytes")
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise PinRefused("the PIN has control characters")
    return Secret(data)


PIN = SecretKind("PIN", check_pin, PinUnavailable)
