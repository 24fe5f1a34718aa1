"""Builders of unsigned transactions: pure functions from decided values to a checked dictionary.

Each result has been checked by the SDK's model of its type and has survived the ledger's binary format
unchanged. Partial payments are never built. Common fields: xrpl.org, Transaction Common Fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

from sovbank.core.money import ledger_value
from sovbank.errors.xrpl import TransactionRefused
from sovbank.wire.addresses import decode_address, is_address
from sovbank.wire.currency import encode_currency
from sovbank.xrpl.envelope import Anchor, Envelope, Tx, finish, invoice, memos
from sovbank.xrpl.port import SignerEntry
from sovbank.xrpl.settings import BY_NAME

MOST_SIGNERS = 32
MOST_TICKETS = 250
MOST_WEIGHT = 65535
_MOST_TAG = 2**32 - 1

TF_REQUIRE_AUTH = 0x00040000
TF_DISALLOW_XRP = 0x00100000
TF_SET_AUTH = 0x00010000
TF_SET_NO_RIPPLE = 0x00020000
TF_SET_FREEZE = 0x00100000
TF_CLEAR_FREEZE = 0x00200000
TF_SET_DEEP_FREEZE = 0x00400000
TF_CLEAR_DEEP_FREEZE = 0x00800000


def mint(
    envelope: Envelope,
    *,
    destination: str,
    currency: str,
    amount: Decimal,
    invoice_id: str,
    anchor: Anchor | None = None,
    destination_tag: int | None = None,
) -> Tx:
    """Return the payment by which the issuer (the envelope's account) creates tokens at the destination."""
    return _token_payment(
        envelope, envelope.account, destination, currency, amount, invoice_id, anchor, destination_tag
    )


def distribute(
    envelope: Envelope,
    *,
    issuer: str,
    destination: str,
    currency: str,
    amount: Decimal,
    invoice_id: str,
    anchor: Anchor | None = None,
    destination_tag: int | None = None,
) -> Tx:
    """Return the payment of tokens from one holder, such as the treasury, to another."""
    if issuer in (envelope.account, destination):
        raise TransactionRefused("a distribution goes between two holders, not from or to the issuer")
    return _token_payment(
        envelope, issuer, destination, currency, amount, invoice_id, anchor, destination_tag
    )


def redeem(
    envelope: Envelope,
    *,
    issuer: str,
    currency: str,
    amount: Decimal,
    invoice_id: str,
    anchor: Anchor | None = None,
    destination_tag: int | None = None,
) -> Tx:
    """Return the payment by which a holder gives tokens back to their issuer, which ends them."""
    return _token_payment(envelope, issuer, issuer, currency, amount, invoice_id, anchor, destination_tag)


def xrp_payment(
    envelope: Envelope, *, destination: str, drops: int, destination_tag: int | None = None
) -> Tx:
    """Return a payment of XRP, in drops; it creates the destination when it covers the reserve."""
    if drops <= 0:
        raise TransactionRefused("a payment moves at least one drop")
    fields = {"Destination": _other(envelope, destination), "Amount": str(drops), **_tag(destination_tag)}
    return finish(envelope, "Payment", fields)


def account_set(
    envelope: Envelope,
    *,
    set_flag: str | None = None,
    clear_flag: str | None = None,
    require_auth: bool = False,
    disallow_xrp: bool = False,
    domain: str | None = None,
    tick_size: int | None = None,
) -> Tx:
    """Return an AccountSet. Flags are named as in ``settings``; ``domain`` is plain lower-case ASCII.

    ``require_auth`` and ``disallow_xrp`` ride along as transaction flags, so that one AccountSet can set
    them beside another flag (xrpl.org, AccountSet: Transaction Flags).
    """
    fields: dict[str, Any] = {}
    if set_flag is not None:
        fields["SetFlag"] = _asf(set_flag)
    if clear_flag is not None:
        fields["ClearFlag"] = _asf(clear_flag)
        if not BY_NAME[clear_flag].can_be_cleared:
            raise TransactionRefused(f"{clear_flag} can never be cleared once it is set")
    if domain is not None:
        fields["Domain"] = _domain_hex(domain)
    if tick_size is not None:
        fields["TickSize"] = tick_size
    flags = (TF_REQUIRE_AUTH if require_auth else 0) | (TF_DISALLOW_XRP if disallow_xrp else 0)
    return finish(envelope, "AccountSet", fields, flags=flags)


def no_op(envelope: Envelope, *, anchor: Anchor | None = None) -> Tx:
    """Return a transaction without effect: it uses up a ticket, or shows that a quorum can sign."""
    return finish(envelope, "AccountSet", memos(anchor))


def signer_list_set(envelope: Envelope, *, quorum: int, entries: Sequence[SignerEntry]) -> Tx:
    """Return a SignerListSet with entries sorted by AccountID.

    Raises
    ------
    TransactionRefused
        No or more than 32 entries, a repeated signer, the owner, a weight outside 1 to 65535, or a quorum
        that the weights cannot reach.
    """
    accounts = [entry.account for entry in entries]
    if not 1 <= len(entries) <= MOST_SIGNERS:
        raise TransactionRefused(f"a signer list has 1 to {MOST_SIGNERS} entries, not {len(entries)}")
    if len(set(accounts)) != len(accounts):
        raise TransactionRefused("a signer stands on the list twice")
    for entry in entries:
        _other(envelope, entry.account)
        if not 1 <= entry.weight <= MOST_WEIGHT:
            raise TransactionRefused(f"the weight of {entry.account} is outside 1 to {MOST_WEIGHT}")
    if not 1 <= quorum <= sum(entry.weight for entry in entries):
        raise TransactionRefused(f"the listed weights cannot reach the quorum {quorum}")
    ordered = sorted(entries, key=lambda entry: decode_address(entry.account))
    listed = [{"SignerEntry": {"Account": entry.account, "SignerWeight": entry.weight}} for entry in ordered]
    return finish(envelope, "SignerListSet", {"SignerQuorum": quorum, "SignerEntries": listed})


def ticket_create(envelope: Envelope, *, count: int) -> Tx:
    """Return a TicketCreate for 1 to 250 tickets."""
    if not 1 <= count <= MOST_TICKETS:
        raise TransactionRefused(f"1 to {MOST_TICKETS} tickets can be created at once, not {count}")
    return finish(envelope, "TicketCreate", {"TicketCount": count})


def trust_set(
    envelope: Envelope, *, issuer: str, currency: str, limit: Decimal, no_ripple: bool = False
) -> Tx:
    """Return the TrustSet by which a holder accepts up to ``limit`` of the issuer's token (0 gives it up)."""
    if limit < 0:
        raise TransactionRefused("a trust limit is not negative")
    fields = {"LimitAmount": _amount(currency, _other(envelope, issuer), limit)}
    return finish(envelope, "TrustSet", fields, flags=TF_SET_NO_RIPPLE if no_ripple else 0)


def trust_authorize(envelope: Envelope, *, holder: str, currency: str) -> Tx:
    """Return the TrustSet by which the issuer authorises a holder's line: value 0 and tfSetfAuth."""
    return _issuer_line(envelope, holder, currency, TF_SET_AUTH)


def trust_freeze(
    envelope: Envelope, *, holder: str, currency: str, action: Literal["freeze", "deep-freeze", "unfreeze"]
) -> Tx:
    """Return the TrustSet by which the issuer freezes or releases one holder's line.

    ``deep-freeze`` sets both freezes at once, as the ledger demands; ``unfreeze`` clears both.
    """
    flags = {
        "freeze": TF_SET_FREEZE,
        "deep-freeze": TF_SET_FREEZE | TF_SET_DEEP_FREEZE,
        "unfreeze": TF_CLEAR_FREEZE | TF_CLEAR_DEEP_FREEZE,
    }[action]
    return _issuer_line(envelope, holder, currency, flags)


def set_regular_key(envelope: Envelope, *, regular_key: str | None) -> Tx:
    """Return a SetRegularKey; without a key it removes the one in place."""
    fields = {} if regular_key is None else {"RegularKey": _other(envelope, regular_key)}
    return finish(envelope, "SetRegularKey", fields)


def deposit_preauth(
    envelope: Envelope, *, authorize: str | None = None, unauthorize: str | None = None
) -> Tx:
    """Return a DepositPreauth that allows, or no longer allows, one account to pay a closed one."""
    if (authorize is None) == (unauthorize is None):
        raise TransactionRefused("a DepositPreauth either authorises or unauthorises one account")
    if authorize is not None:
        return finish(envelope, "DepositPreauth", {"Authorize": _other(envelope, authorize)})
    return finish(envelope, "DepositPreauth", {"Unauthorize": _other(envelope, str(unauthorize))})


def clawback(
    envelope: Envelope, *, holder: str, currency: str, amount: Decimal, anchor: Anchor | None = None
) -> Tx:
    """Return the Clawback of a holder's tokens; the ledger wants the holder in the amount's issuer field."""
    fields = {"Amount": _amount(currency, _other(envelope, holder), _positive(amount)), **memos(anchor)}
    return finish(envelope, "Clawback", fields)


def _token_payment(
    envelope: Envelope,
    issuer: str,
    destination: str,
    currency: str,
    amount: Decimal,
    invoice_id: str,
    anchor: Anchor | None,
    destination_tag: int | None,
) -> Tx:
    fields = {
        "Destination": _other(envelope, destination),
        "Amount": _amount(currency, issuer, _positive(amount)),
        "InvoiceID": invoice(invoice_id),
        **_tag(destination_tag),
        **memos(anchor),
    }
    return finish(envelope, "Payment", fields)


def _issuer_line(envelope: Envelope, holder: str, currency: str, flags: int) -> Tx:
    limit = _amount(currency, _other(envelope, holder), Decimal(0))
    return finish(envelope, "TrustSet", {"LimitAmount": limit}, flags=flags)


def _amount(currency: str, issuer: str, value: Decimal) -> dict[str, str]:
    return {"currency": encode_currency(currency), "issuer": issuer, "value": ledger_value(value)}


def _positive(amount: Decimal) -> Decimal:
    if amount <= 0:
        raise TransactionRefused(f"the amount {amount} is not above zero")
    return amount


def _other(envelope: Envelope, address: str) -> str:
    if not is_address(address):
        raise TransactionRefused(f"not a classic address: {address[:64]!r}")
    if address == envelope.account:
        raise TransactionRefused(f"{address} cannot stand on both sides of its own transaction")
    return address


def _tag(tag: int | None) -> dict[str, int]:
    if tag is None:
        return {}
    if not 0 <= tag <= _MOST_TAG:
        raise TransactionRefused(f"a destination tag is a number from 0 to {_MOST_TAG}")
    return {"DestinationTag": tag}


def _asf(name: str) -> int:
    setting = BY_NAME.get(name)
    if setting is None or setting.asf is None:
        raise TransactionRefused(f"no account setting is called {name!r}")
    return setting.asf


def _domain_hex(domain: str) -> str:
    if not domain.isascii() or domain != domain.lower() or len(domain) > 256:
        raise TransactionRefused("a domain is lower-case ASCII of at most 256 characters")
    return domain.encode("ascii").hex().upper()
