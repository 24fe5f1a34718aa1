"""Who may sign for an account: its master key, its regular key, or its list of signers.

Signatures were verified before; here keys are matched with the ledger. Source of the rules: xrpld
``tx/Transactor.cpp`` (checkSign, checkMultiSign).
"""

from __future__ import annotations

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.flags import AccountFlag
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.signing import account_of_key
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.view import ReadView, read_account
from sovbank.wire.signatures import is_public_key


def check_authority(view: ReadView, tx: Transaction, *, simulated: bool) -> TER:
    """Give tesSUCCESS when the keys that signed may sign for the account."""
    public_key: bytes = tx["SigningPubKey"]
    if "Signers" in tx:
        return _check_signers(view, tx)
    if simulated and not public_key:
        return TER.tesSUCCESS
    if not is_public_key(public_key):
        return TER.tefBAD_AUTH
    account = read_account(view, tx.account)
    if account is None:
        return TER.terNO_ACCOUNT
    signer = account_of_key(public_key)
    if account.get("RegularKey") == signer:
        return TER.tesSUCCESS
    if signer != tx.account:
        return TER.tefBAD_AUTH
    if account.has_flag(AccountFlag.DISABLE_MASTER):
        return TER.tefMASTER_DISABLED
    return TER.tesSUCCESS


def _check_signers(view: ReadView, tx: Transaction) -> TER:
    signer_list = view.read(keylets.signer_list(tx.account))
    if signer_list is None:
        return TER.tefNOT_MULTI_SIGNING
    weights = _weights(signer_list)
    total = 0
    for element in tx["Signers"]:
        signer = element["Signer"]
        weight = weights.get(signer["Account"])
        if weight is None:
            return TER.tefBAD_SIGNATURE
        result = _check_signer(view, signer["Account"], signer["SigningPubKey"])
        if result is not TER.tesSUCCESS:
            return result
        total += weight
    return TER.tesSUCCESS if total >= signer_list["SignerQuorum"] else TER.tefBAD_QUORUM


def _weights(signer_list: LedgerEntry) -> dict[bytes, int]:
    entries = (element["SignerEntry"] for element in signer_list["SignerEntries"])
    return {entry["Account"]: entry["SignerWeight"] for entry in entries}


def _check_signer(view: ReadView, signer: bytes, public_key: bytes) -> TER:
    """Match a key with a signer: master key, which needs no account, or regular key."""
    if public_key and not is_public_key(public_key):
        return TER.tefBAD_SIGNATURE
    key_account = account_of_key(public_key) if public_key else signer
    account = read_account(view, signer)
    if key_account == signer:
        if account is not None and account.has_flag(AccountFlag.DISABLE_MASTER):
            return TER.tefMASTER_DISABLED
        return TER.tesSUCCESS
    if account is None or account.get("RegularKey") != key_account:
        return TER.tefBAD_SIGNATURE
    return TER.tesSUCCESS
