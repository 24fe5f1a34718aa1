"""Rules about multi-purpose tokens that several transaction types share.

Source of the rules: xrpld ``ledger/helpers/MPTokenHelpers.cpp`` and ``TokenHelpers.cpp``.
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.amounts import MAX_MPT, QUALITY_ONE, multiply_units_by_rate
from sovbank.devnet.ledger.flags import MPTOKEN_AUTHORIZED, IssuanceFlag
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.values import MptAmount
from sovbank.devnet.ledger.view import ReadView, Sandbox
from sovbank.devnet.transactions import credential_rules

_RATE_PER_FEE_UNIT: Final = 10_000


def issuer_of(issuance: bytes) -> bytes:
    """Give the issuer in an issuance id: what follows the four bytes of the sequence."""
    return issuance[4:]


def read_issuance(view: ReadView, issuance: bytes) -> LedgerEntry | None:
    """Read an issuance by its id, or None."""
    return view.read(keylets.mptoken_issuance(issuance))


def held(view: ReadView, holder: bytes, issuance: bytes) -> int:
    """Give the units that a holder has, 0 without an MPToken."""
    token = view.read(keylets.mptoken(issuance, holder))
    units: int = 0 if token is None else token.get("MPTAmount", 0)
    return units


def transfer_rate(view: ReadView, issuance: bytes) -> int:
    """Give the rate of a transfer between holders, in parts of 10^9."""
    entry = read_issuance(view, issuance)
    fee: int = 0 if entry is None else entry.get("TransferFee", 0)
    return QUALITY_ONE + _RATE_PER_FEE_UNIT * fee


def require_auth(view: ReadView, issuance: bytes, account: bytes) -> TER:
    """Check that an account may hold an issuance, and has opened a place for it."""
    entry = read_issuance(view, issuance)
    if entry is None:
        return TER.tecOBJECT_NOT_FOUND
    if entry["Issuer"] == account:
        return TER.tesSUCCESS
    token = view.read(keylets.mptoken(issuance, account))
    if token is None:
        return TER.tecNO_AUTH
    domain = entry.get("DomainID")
    if domain is not None and credential_rules.check_domain(view, domain, account) is TER.tesSUCCESS:
        return TER.tesSUCCESS
    if entry.has_flag(IssuanceFlag.REQUIRE_AUTH) and not token.has_flag(MPTOKEN_AUTHORIZED):
        return TER.tecNO_AUTH
    return TER.tesSUCCESS


def can_transfer(view: ReadView, issuance: bytes, sender: bytes, receiver: bytes) -> TER:
    """Check that holders may pass an issuance on to others than its issuer."""
    entry = read_issuance(view, issuance)
    if entry is None:
        return TER.tecOBJECT_NOT_FOUND
    if entry["Issuer"] in (sender, receiver) or entry.has_flag(IssuanceFlag.CAN_TRANSFER):
        return TER.tesSUCCESS
    return TER.tecNO_AUTH


def is_locked(view: ReadView, issuance: bytes, *accounts: bytes) -> bool:
    """Tell whether an issuance is locked for everybody or for one of the accounts."""
    entries = [
        read_issuance(view, issuance),
        *(view.read(keylets.mptoken(issuance, one)) for one in accounts),
    ]
    return any(entry is not None and entry.has_flag(IssuanceFlag.LOCKED) for entry in entries)


def send(view: Sandbox, sender: bytes, receiver: bytes, amount: MptAmount) -> TER:
    """Send units; between holders the transfer fee comes on top and is destroyed."""
    issuance = amount.issuance
    issuer = issuer_of(issuance)
    entry = read_issuance(view, issuance)
    if entry is None:
        return TER.tecOBJECT_NOT_FOUND
    if not amount.value or sender == receiver:
        return TER.tesSUCCESS
    if sender == issuer:
        if amount.value + entry["OutstandingAmount"] > entry.get("MaximumAmount", MAX_MPT):
            return TER.tecPATH_DRY
        return move(view, sender, receiver, amount)
    if receiver == issuer:
        return move(view, sender, receiver, amount)
    result = move(view, issuer, receiver, amount)
    if result is not TER.tesSUCCESS:
        return result
    cost = multiply_units_by_rate(amount.value, transfer_rate(view, issuance))
    return move(view, sender, issuer, MptAmount(issuance, cost))


def move(view: Sandbox, sender: bytes, receiver: bytes, amount: MptAmount) -> TER:
    """Move units between the issuer and a holder, without checks or fees."""
    issuance, units = amount
    issuer = issuer_of(issuance)
    entry = view.peek(keylets.mptoken_issuance(issuance))
    if entry is None:
        return TER.tecOBJECT_NOT_FOUND
    outstanding = entry["OutstandingAmount"]
    if sender == issuer:
        entry["OutstandingAmount"] = outstanding + units
        view.update(entry)
    else:
        token = view.peek(keylets.mptoken(issuance, sender))
        if token is None:
            return TER.tecNO_AUTH
        if token.get("MPTAmount", 0) < units:
            return TER.tecINSUFFICIENT_FUNDS
        token["MPTAmount"] = token.get("MPTAmount", 0) - units
        view.update(token)
    if receiver == issuer:
        if outstanding < units:
            return TER.tecINTERNAL
        entry["OutstandingAmount"] = outstanding - units
        view.update(entry)
        return TER.tesSUCCESS
    token = view.peek(keylets.mptoken(issuance, receiver))
    if token is None:
        return TER.tecNO_AUTH
    token["MPTAmount"] = token.get("MPTAmount", 0) + units
    view.update(token)
    return TER.tesSUCCESS
