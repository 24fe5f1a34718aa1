"""Where two bundles part: the first place, in the order of names, at which their content differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sovbank.ceremony.digest import content_of, digest_of
from sovbank.ceremony.records import Bundle
from sovbank.ceremony.words import digest_words
from sovbank.errors.ceremony import BundleDiffers

_ABSENT = "(absent)"
_LONGEST = 200


@dataclass(frozen=True)
class Difference:
    """One place at which two contents differ; ``(absent)`` where one of them has nothing there."""

    path: str
    expected: str
    found: str


def difference(expected: Bundle, found: Bundle) -> Difference | None:
    """Return the first difference in content, or None when both are the same but for signatures."""
    return first_difference(content_of(expected), content_of(found))


def first_difference(expected: Any, found: Any) -> Difference | None:
    """Return the first place at which two JSON values differ."""
    return _walk("", expected, found)


def require_same(expected: Bundle, found: Bundle) -> None:
    """Refuse another content than the expected one.

    Raises
    ------
    BundleDiffers
        With the path, the expected and the found value.
    """
    parted = difference(expected, found)
    if parted is not None:
        raise BundleDiffers(
            f"{parted.path} is {parted.found} where {parted.expected} was expected",
            details={"path": parted.path, "expected": parted.expected, "found": parted.found},
        )


def require_digest(bundle: Bundle, expected: str) -> None:
    """Refuse a bundle whose digest is not the expected one (64 lower-case hex digits).

    Raises
    ------
    BundleDiffers
        With both digests and the first word that differs when they are read aloud.
    """
    found = digest_of(bundle)
    if found == expected:
        return
    pairs = enumerate(zip(digest_words(expected), digest_words(found), strict=True), start=1)
    number, (wanted, read) = next((place, pair) for place, pair in pairs if pair[0] != pair[1])
    raise BundleDiffers(
        f"the digest is {found}, not {expected}: word {number} is {read!r} where {wanted!r} was expected",
        details={"path": "digest", "expected": expected, "found": found},
    )


def _walk(path: str, expected: Any, found: Any) -> Difference | None:
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for name in sorted(expected.keys() | found.keys()):
            parted = _step(f"{path}.{name}" if path else name, expected, found, name)
            if parted is not None:
                return parted
        return None
    if isinstance(expected, list | tuple) and isinstance(found, list | tuple):
        one, other = dict(enumerate(expected)), dict(enumerate(found))
        for place in range(max(len(expected), len(found))):
            parted = _step(f"{path}.{place}", one, other, place)
            if parted is not None:
                return parted
        return None
    same = type(expected) is type(found) and expected == found
    return None if same else Difference(path, _shown(expected), _shown(found))


def _step(path: str, expected: Mapping[Any, Any], found: Mapping[Any, Any], key: Any) -> Difference | None:
    if key not in expected:
        return Difference(path, _ABSENT, _shown(found[key]))
    if key not in found:
        return Difference(path, _shown(expected[key]), _ABSENT)
    return _walk(path, expected[key], found[key])


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
