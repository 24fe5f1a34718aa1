"""From the bytes of a file to a bundle whose parts agree. All of it is hostile until then.

1. size; 2. number of values; 3. depth, and no name twice; 4. the records' form; 5. the one canonical form;
6. the parts agree (``consistency``). Signatures are verified apart, in ``signing``, so that a bad one can be
named and left out.
"""

from __future__ import annotations

import re

from pydantic import ValidationError

from sovbank.ceremony.consistency import check_consistency
from sovbank.ceremony.digest import to_bytes
from sovbank.ceremony.limits import MAX_BUNDLE_BYTES, MAX_DEPTH, MAX_VALUES
from sovbank.ceremony.records import Bundle
from sovbank.core import strict_json
from sovbank.errors.ceremony import BundleMalformed, BundleNotCanonical, BundleTooLarge

_LONGEST_NAME = 200


def parse_bundle(data: bytes) -> Bundle:
    """Return the bundle that a file holds; its signatures are not yet verified.

    Raises
    ------
    BundleTooLarge, BundleMalformed, BundleNotCanonical, BundleInconsistent
    """
    if len(data) > MAX_BUNDLE_BYTES:
        raise BundleTooLarge(f"the bundle has {len(data)} bytes; the most is {MAX_BUNDLE_BYTES}")
    if data.count(b",") + data.count(b"[") + data.count(b"{") > MAX_VALUES:
        raise BundleTooLarge(f"the bundle holds more than {MAX_VALUES} values")
    try:
        strict_json.loads(data, parse_float=_refuse_fraction, most=MAX_DEPTH)
        bundle = Bundle.model_validate_json(data)
        canonical = to_bytes(bundle)
    except ValidationError as error:
        raise BundleMalformed(_first_problem(error)) from error
    except ValueError as error:
        raise BundleMalformed(f"the bundle is not JSON of the right kind: {str(error)[:200]}") from error
    if canonical != data:
        raise BundleNotCanonical(_where_they_part(data, canonical))
    check_consistency(bundle)
    return bundle


def _refuse_fraction(text: str) -> float:
    raise ValueError(f"{text[:40]} is not a whole number")


def _first_problem(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    # A misspelt key is missing under its right name too: the unknown one says more.
    first = next((problem for problem in problems if problem["type"] == "extra_forbidden"), problems[0])
    path = ".".join(str(part) for part in first["loc"] if part != "[key]")[:_LONGEST_NAME]
    if first["type"] == "extra_forbidden":
        return f"the bundle has an unknown key: {path}"
    reason = re.sub(r"^Value error, ", "", first["msg"])
    return f"{path}: {reason}" if path else f"the bundle is not readable: {reason}"


def _where_they_part(data: bytes, canonical: bytes) -> str:
    place = next(
        (at for at, (one, other) in enumerate(zip(data, canonical, strict=False)) if one != other),
        min(len(data), len(canonical)),
    )
    found = data[max(0, place - 20) : place + 20].decode("utf-8", "replace")
    return f"the bundle is not in canonical form from byte {place} on, near {found!r}"
