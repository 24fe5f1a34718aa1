"""Combining what came back from the signers: commutative, associative, and the same again changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from sovbank.ceremony.difference import require_same
from sovbank.ceremony.reading import parse_bundle
from sovbank.ceremony.records import Bundle
from sovbank.ceremony.signing import add_signatures, check_signatures


def combine(first: Bundle, second: Bundle) -> Bundle:
    """Return one bundle with the signatures of both; of two by one signer the smaller stays.

    Raises
    ------
    BundleDiffers
        The content differs; the first difference is named.
    StrangerSigned, KeyNotOfSigner, SignatureWrong
        A signature of either does not count.
    """
    require_same(first, second)
    check_signatures(first)
    return add_signatures(first, second.signatures)


def combine_all(first: Bundle, others: Iterable[Bundle]) -> Bundle:
    """Return one bundle with the signatures of all; see ``combine``."""
    return reduce(combine, others, first)


def admit(expected: Bundle, data: bytes) -> Bundle:
    """Return the bundle of a file that came back, if it is the expected one with good signatures.

    Raises
    ------
    BundleTooLarge, BundleMalformed, BundleNotCanonical, BundleInconsistent
        The file is no bundle; the place is named.
    BundleDiffers
        It is another bundle; the first difference is named.
    StrangerSigned, KeyNotOfSigner, SignatureWrong
        The bad signature is named.
    """
    bundle = parse_bundle(data)
    require_same(expected, bundle)
    check_signatures(bundle)
    return bundle
