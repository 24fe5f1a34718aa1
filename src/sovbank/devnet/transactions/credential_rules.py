"""Rules about credentials and preauthorised deposits that several transaction types share.

Source of the rules: xrpld ``ledger/helpers/CredentialHelpers.cpp``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sovbank.devnet.ledger import directories, keylets
from sovbank.devnet.ledger.flags import CREDENTIAL_ACCEPTED, AccountFlag
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.values import NO_ACCOUNT
from sovbank.devnet.ledger.view import ReadView, Sandbox, adjust_owner_count, peek_account

MAX_CREDENTIALS: Final = 8
MAX_TYPE_LENGTH: Final = 64
_NEVER: Final = 0xFFFFFFFF


def is_expired(credential: LedgerEntry, close_time: int) -> bool:
    """Tell whether a credential ended before the parent ledger closed (seconds since 2000)."""
    end: int = credential.get("Expiration", _NEVER)
    return close_time > end


def pairs(credentials: Iterable[Mapping[str, Any]]) -> list[tuple[bytes, bytes]]:
    """Give the issuers and types of an array of credentials, sorted."""
    return sorted(
        (entry["Credential"]["Issuer"], entry["Credential"]["CredentialType"]) for entry in credentials
    )


def array(accepted: Iterable[tuple[bytes, bytes]]) -> tuple[dict[str, Any], ...]:
    """Give an array of credentials of issuers and types."""
    return tuple({"Credential": {"Issuer": issuer, "CredentialType": kind}} for issuer, kind in accepted)


def check_type(kind: bytes) -> TER:
    """Check the length of a credential's type."""
    return TER.tesSUCCESS if 1 <= len(kind) <= MAX_TYPE_LENGTH else TER.temMALFORMED


def check_array(credentials: tuple[Mapping[str, Any], ...], most: int) -> TER:
    """Check an array of issuers and types by itself."""
    if not credentials:
        return TER.temARRAY_EMPTY
    if len(credentials) > most:
        return TER.temARRAY_TOO_LARGE
    seen: set[bytes] = set()
    for entry in credentials:
        issuer, kind = entry["Credential"]["Issuer"], entry["Credential"]["CredentialType"]
        if issuer in (b"", NO_ACCOUNT):
            return TER.temINVALID_ACCOUNT_ID
        if check_type(kind) is not TER.tesSUCCESS:
            return TER.temMALFORMED
        digest = hashlib.sha512(issuer + kind).digest()
        if digest in seen:
            return TER.temMALFORMED
        seen.add(digest)
    return TER.tesSUCCESS


def check_fields(tx: Transaction) -> TER:
    """Check the credential ids that a transaction names, by themselves."""
    ids: tuple[bytes, ...] | None = tx.get("CredentialIDs")
    if ids is None:
        return TER.tesSUCCESS
    if not 1 <= len(ids) <= MAX_CREDENTIALS or len(set(ids)) < len(ids):
        return TER.temMALFORMED
    return TER.tesSUCCESS


def check_valid(tx: Transaction, view: ReadView) -> TER:
    """Check that the credentials a transaction names are its sender's, and accepted."""
    for key in tx.get("CredentialIDs", ()):
        credential = view.read(key)
        if credential is None or credential.type != "Credential" or credential["Subject"] != tx.account:
            return TER.tecBAD_CREDENTIALS
        if not credential.has_flag(CREDENTIAL_ACCEPTED):
            return TER.tecBAD_CREDENTIALS
    return TER.tesSUCCESS


def delete(view: Sandbox, credential: LedgerEntry) -> TER:
    """Delete a credential lent by the view: out of both directories, off the owner's count."""
    issuer, subject = credential["Issuer"], credential["Subject"]
    accepted = credential.has_flag(CREDENTIAL_ACCEPTED)
    sides = [(issuer, "IssuerNode", not accepted or subject == issuer)]
    if subject != issuer:
        sides.append((subject, "SubjectNode", accepted))
    for account, node, is_owner in sides:
        root = peek_account(view, account)
        if root is None:
            return TER.tecINTERNAL
        if not directories.remove_owned(view, account, credential.get(node, 0), credential.key):
            return TER.tefBAD_LEDGER
        if is_owner:
            adjust_owner_count(view, root, -1)
    view.erase(credential)
    return TER.tesSUCCESS


def remove_expired(view: Sandbox, keys: Iterable[bytes]) -> TER:
    """Delete those that expired: tecEXPIRED if any did, which keeps the deletions."""
    found = False
    for key in keys:
        credential = view.peek(key)
        if credential is not None and is_expired(credential, view.info.parent_close_time):
            result = delete(view, credential)
            if result is not TER.tesSUCCESS:
                return result
            found = True
    return TER.tecEXPIRED if found else TER.tesSUCCESS


def verify_deposit(tx: Transaction, view: Sandbox, destination: LedgerEntry | None) -> TER:
    """Check that the destination takes a deposit from the sender, after dropping expired credentials."""
    expired = remove_expired(view, tx.get("CredentialIDs", ()))
    if expired is not TER.tesSUCCESS:
        return expired
    if destination is None or not destination.has_flag(AccountFlag.DEPOSIT_AUTH):
        return TER.tesSUCCESS
    receiver = destination["Account"]
    if receiver == tx.account or view.exists(keylets.deposit_preauth(receiver, tx.account)):
        return TER.tesSUCCESS
    if "CredentialIDs" not in tx:
        return TER.tecNO_PERMISSION
    held = set()
    for key in tx["CredentialIDs"]:
        credential = view.read(key)
        if credential is None:
            return TER.tefINTERNAL
        held.add((credential["Issuer"], credential["CredentialType"]))
    if len(held) < len(tx["CredentialIDs"]):
        return TER.tefINTERNAL
    authorised = view.exists(keylets.deposit_preauth_credentials(receiver, held))
    return TER.tesSUCCESS if authorised else TER.tecNO_PERMISSION


def check_domain(view: ReadView, domain: bytes, account: bytes) -> TER:
    """Check that an account holds a credential that a permissioned domain accepts."""
    entry = view.read(domain)
    if entry is None or entry.type != "PermissionedDomain":
        return TER.tecOBJECT_NOT_FOUND
    expired = False
    for issuer, kind in pairs(entry["AcceptedCredentials"]):
        credential = view.read(keylets.credential(account, issuer, kind))
        if credential is None:
            continue
        if is_expired(credential, view.info.parent_close_time):
            expired = True
        elif credential.has_flag(CREDENTIAL_ACCEPTED):
            return TER.tesSUCCESS
    return TER.tecEXPIRED if expired else TER.tecNO_AUTH


def check_owned_domain(view: ReadView, domain: bytes, account: bytes) -> TER:
    """Check that a permissioned domain exists and belongs to an account."""
    entry = view.read(domain)
    if entry is None or entry.type != "PermissionedDomain":
        return TER.tecNO_ENTRY
    return TER.tesSUCCESS if entry["Owner"] == account else TER.tecNO_PERMISSION
