"""The guarded signer's rules for memberships: a token minted for its holder, its end and its withdrawal.

Types and flags: xrpl.org, NFTokenMint and NFTokenBurn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sovbank.core.membership import TF_BURNABLE
from sovbank.core.permits import MembershipEndPermit, MembershipPermit, MembershipWithdrawalPermit
from sovbank.errors.guard import (
    AlreadyMember,
    DestinationNotWhitelisted,
    FlagsNotAllowed,
    NotRevoked,
    TokenNotOnAccount,
    TokenRecorded,
    WrongAccount,
    WrongAmount,
    WrongHolder,
    WrongNFToken,
    WrongTaxon,
    WrongTransactionType,
    WrongUri,
)

Tx = Mapping[str, Any]

_FOR_NOTHING = "0"


def check_membership(tx: Tx, permit: MembershipPermit, _network_id: int) -> frozenset[str]:
    """Check a membership: for a whitelisted account that is no member, and exactly the permit's token."""
    if not permit.whitelisted:
        raise DestinationNotWhitelisted(f"{permit.holder} is not whitelisted")
    if permit.member:
        raise AlreadyMember(f"{permit.holder} is a member already")
    _check_head(tx, "NFTokenMint", permit.account, TF_BURNABLE)
    if permit.holder == permit.account or tx.get("Destination") != permit.holder:
        raise WrongHolder(f"the token is offered to {tx.get('Destination')}, not to {permit.holder}")
    if type(tx.get("NFTokenTaxon")) is not int or tx["NFTokenTaxon"] != permit.taxon:
        raise WrongTaxon(f"the taxon is {tx.get('NFTokenTaxon')!r}, permitted is {permit.taxon}")
    if tx.get("URI") != permit.uri.encode().hex().upper():
        raise WrongUri(f"the URI is {tx.get('URI')!r}, permitted is {permit.uri!r}")
    if tx.get("Amount") != _FOR_NOTHING:
        raise WrongAmount(f"a membership is offered for nothing, not for {tx.get('Amount')!r}")
    return frozenset({"Amount", "Destination", "NFTokenTaxon", "URI"})


def check_membership_end(tx: Tx, permit: MembershipEndPermit, _network_id: int) -> frozenset[str]:
    """Check the end of a membership: revoked on the registry, and exactly the permit's token and holder."""
    if not permit.revoked:
        raise NotRevoked("MembershipRegistry does not say that this membership is revoked")
    _check_head(tx, "NFTokenBurn", permit.account, 0)
    if tx.get("NFTokenID") != permit.nftoken_id:
        raise WrongNFToken(f"the token is {tx.get('NFTokenID')}, permitted is {permit.nftoken_id}")
    if tx.get("Owner") != permit.holder:
        raise WrongHolder(f"the token is taken from {tx.get('Owner')}, permitted is {permit.holder}")
    return frozenset({"NFTokenID", "Owner"})


def check_membership_withdrawal(
    tx: Tx, permit: MembershipWithdrawalPermit, _network_id: int
) -> frozenset[str]:
    """Check a withdrawal: never recorded, still on the account, and exactly the permit's token from there.

    Without an Owner the ledger looks for the token on the sender alone: once it is accepted, nothing burns.
    """
    if permit.recorded:
        raise TokenRecorded(f"MembershipRegistry holds {permit.nftoken_id} as somebody's")
    if not permit.on_account:
        raise TokenNotOnAccount(f"token {permit.nftoken_id} is not on {permit.account}")
    _check_head(tx, "NFTokenBurn", permit.account, 0)
    if tx.get("NFTokenID") != permit.nftoken_id:
        raise WrongNFToken(f"the token is {tx.get('NFTokenID')}, permitted is {permit.nftoken_id}")
    if "Owner" in tx:
        raise WrongHolder(f"the token is taken from {tx['Owner']}, permitted is {permit.account} alone")
    return frozenset({"NFTokenID"})


def _check_head(tx: Tx, kind: str, account: str, flags: int) -> None:
    if tx.get("TransactionType") != kind:
        raise WrongTransactionType(f"a {tx.get('TransactionType')} is not a {kind}")
    if tx.get("Account") != account:
        raise WrongAccount(f"the transaction is from {tx.get('Account')}, not {account}")
    found = tx.get("Flags", 0)
    if type(found) is not int or found != flags:
        raise FlagsNotAllowed(f"the flags are {found!r}, needed are 0x{flags:08X}")
