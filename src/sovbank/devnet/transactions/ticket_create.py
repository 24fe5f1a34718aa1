"""TicketCreate: set sequence numbers aside, to be used in any order.

Source of the rules: xrpld ``tx/transactors/system/TicketCreate.cpp``.
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger import directories, keylets
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.transactor import (
    ApplyContext,
    PreclaimContext,
    PreflightContext,
    Transactor,
    names,
)
from sovbank.devnet.ledger.view import adjust_owner_count, peek_account, read_account

_MAX_TICKETS: Final = 250


def preflight(context: PreflightContext) -> TER:
    """Check the count."""
    return TER.tesSUCCESS if 1 <= context.tx["TicketCount"] <= _MAX_TICKETS else TER.temINVALID_COUNT


def preclaim(context: PreclaimContext) -> TER:
    """Keep an account from holding more than 250 tickets."""
    tx = context.tx
    root = read_account(context.view, tx.account)
    if root is None:
        return TER.terNO_ACCOUNT
    held = root.get("TicketCount", 0) + tx["TicketCount"] - (1 if tx.uses_ticket else 0)
    return TER.tecDIR_FULL if held > _MAX_TICKETS else TER.tesSUCCESS


def apply(context: ApplyContext) -> TER:
    """Make the tickets, numbered from the account's next sequence on."""
    tx, view = context.tx, context.view
    root = peek_account(view, tx.account)
    if root is None:
        return TER.tefINTERNAL
    count: int = tx["TicketCount"]
    if context.prior_balance < view.info.fees.account_reserve(root["OwnerCount"] + count):
        return TER.tecINSUFFICIENT_RESERVE
    first: int = root["Sequence"]
    for number in range(first, first + count):
        ticket = LedgerEntry.new(
            "Ticket",
            keylets.ticket(tx.account, number),
            {"Account": tx.account, "TicketSequence": number},
        )
        view.insert(ticket)
        node = directories.insert_owned(view, tx.account, ticket.key)
        if node is None:
            return TER.tecDIR_FULL
        ticket["OwnerNode"] = node
    root["TicketCount"] = root.get("TicketCount", 0) + count
    root["Sequence"] = first + count
    adjust_owner_count(view, root, count)
    return TER.tesSUCCESS


TRANSACTOR: Final = Transactor(
    required=names("TicketCount"),
    optional=names(""),
    flags=0,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
