"""Every error of the contracts has a code, words and a next step, and no bytes break the naming."""

from __future__ import annotations

import re

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from sovbank.errors.base import ExitStatus
from sovbank.errors.control import REFUSALS
from sovbank.errors.evm import ControlPlaneRefused
from sovbank.evm.abi import error_names
from sovbank.evm.identity import keccak256
from sovbank.evm.refusals import refusal_of

ASSET = b"\xaa" * 32


def revert(signature: str, *values: object) -> bytes:
    """Encode a custom error without the product's code."""
    types = signature[signature.index("(") + 1 : -1]
    return keccak256(signature.encode())[:4] + encode(types.split(",") if types else [], values)


def test_the_table_has_exactly_the_errors_of_the_contracts() -> None:
    assert set(REFUSALS) == error_names()


def test_codes_are_unique_and_stable_in_form() -> None:
    codes = [kind.code for kind in REFUSALS.values()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"control\.[a-z0-9]+(-[a-z0-9]+)*", code) for code in codes)
    assert all(kind.default_next_step and kind.__doc__ for kind in REFUSALS.values())
    assert all(kind.exit_status is ExitStatus.POLICY for kind in REFUSALS.values())


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (
            revert("ReserveCapacityExceeded(bytes32,uint256,uint256)", ASSET, 1_500_000_000_000, 1),
            "control.reserve-capacity-exceeded",
            "what fresh reserves allow: committed 1,500,000.00, capacity 0.000001",
        ),
        (
            revert("GlobalCapExceeded(bytes32,uint256,uint256)", ASSET, 2**128, 2**100),
            "control.global-cap-exceeded",
            f"committed {2**128} micro-units, global cap {2**100} micro-units",
        ),
        (
            revert("RequestExpired(bytes32,uint64)", ASSET, 1_800_000_000),
            "control.request-expired",
            "expiry 2027-01-15T08:00:00Z",
        ),
        (
            revert("ExpiryOutOfRange(uint64,uint256,uint256)", 2**64 - 1, 1_800_000_000, 2**255),
            "control.expiry-out-of-range",
            f"expiry {2**64 - 1}, earliest 2027-01-15T08:00:00Z, latest {2**255}",
        ),
        (
            revert("WrongMintState(bytes32,uint8,uint8)", ASSET, 4, 1),
            "control.wrong-mint-state",
            "state cancelled, needed held",
        ),
        (
            revert("Unauthorized(address,bytes32)", "0x" + "22" * 20, b"approver".ljust(32, b"\0")),
            "control.unauthorized",
            "account 0x2222222222222222222222222222222222222222, role approver",
        ),
        (
            revert(
                "RoleConflict(address,bytes32,bytes32)",
                "0x" + "22" * 20,
                b"admin".ljust(32, b"\0"),
                bytes(32),
            ),
            "control.role-conflict",
            "held admin, wanted none",
        ),
        (revert("ZeroAmount()"), "control.zero-amount", "The amount must be more than zero"),
        (revert("Error(string)", "no reason at all"), "control.refused", "no reason at all"),
        (revert("Panic(uint256)", 0x11), "control.refused", "Panic"),
        (revert("SomethingNew(uint256)", 1), "control.refused", "the contract refuses, with 0x"),
        (b"", "control.refused", "no reason"),
        (revert("ZeroAmount()") + b"\x00", "control.zero-amount", "more than zero"),
        (revert("RequestExpired(bytes32,uint64)", ASSET, 1)[:20], "control.refused", "refuses, with 0x"),
    ],
)
def test_errors_are_named_with_their_values(data: bytes, code: str, words: str) -> None:
    refusal = refusal_of(data)
    assert refusal.code == code
    assert words in refusal.message


def test_a_key_that_the_officer_named_stays_in_the_details() -> None:
    data = revert("ReserveCapacityExceeded(bytes32,uint256,uint256)", ASSET, 2, 1)
    assert refusal_of(data).details["asset"] == "aa" * 32
    assert "aa" * 32 not in refusal_of(data).message


@given(data=st.binary(max_size=200))
def test_no_bytes_break_the_naming(data: bytes) -> None:
    assert isinstance(refusal_of(data), ControlPlaneRefused)


words = st.binary(min_size=32, max_size=32)


@given(name=st.sampled_from(sorted(REFUSALS)), values=st.lists(words, max_size=4))
def test_no_values_break_the_naming(name: str, values: list[bytes]) -> None:
    from sovbank.evm.abi import _errors

    selector = next(selector for selector, entry in _errors().items() if entry["name"] == name)
    assert refusal_of(selector + b"".join(values)).message
