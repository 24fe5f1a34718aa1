"""Taking memberships, their ends and withdrawals over from another machine: nothing in a file is believed.

What is still to be signed must be allowed by this machine's rules as well; what is said to be on the ledger
already is looked up there.
"""

from __future__ import annotations

from sovbank.core.machine import Kind, State
from sovbank.core.membership import TF_BURNABLE, read_nftoken_id, taxon_of
from sovbank.errors.journal import ExportMalformed
from sovbank.errors.memberships import MembershipInForce
from sovbank.errors.operations import AttemptPending, RequestDiffers
from sovbank.journal.exchange import ExportedOperation
from sovbank.journal.port import LogEvent, LogKind, OperationRow
from sovbank.operations import membership_end
from sovbank.operations.house import House
from sovbank.operations.membership_rules import MembershipOrder, refuse_issue
from sovbank.operations.membership_tokens import membership_account, minted, offers, present_uri
from sovbank.operations.membership_withdrawal import refuse_withdrawal
from sovbank.operations.moving import move_on
from sovbank.wire.addresses import decode_address
from sovbank.xrpl.port import ValidatedTransaction

MEMBERSHIPS = (Kind.MEMBERSHIP, Kind.MEMBERSHIP_END, Kind.MEMBERSHIP_WITHDRAWAL)
_HASH = "tx_hash"
_SUCCESS = "tesSUCCESS"


def facts_of(house: House, exported: ExportedOperation) -> dict[str, str]:
    """Return the facts with which the operation is recorded here, after comparing it with both ledgers.

    Raises
    ------
    ExportMalformed
        The reference is not as this program gives it.
    RequestDiffers, MembershipInForce
        A ledger or the profile shows something else.
    PolicyRefused
        It may not be signed now: see ``refuse_issue`` and ``refuse_withdrawal``.
    """
    if house.journal.find(exported.kind, exported.reference) is not None:
        return {}  # the same one is taken as it is here, another one refused
    if exported.kind is Kind.MEMBERSHIP:
        return _issue(house, exported)
    if exported.reference != exported.parameters["nftoken_id"]:
        raise ExportMalformed(f"the reference of a {exported.kind.value} is its token")
    if exported.kind is Kind.MEMBERSHIP_END:
        _check_end(house, exported)
    else:
        _check_withdrawal(house, exported)
    return {}


def settle(house: House, operation: OperationRow, exported: ExportedOperation) -> OperationRow:
    """Bring an operation that was taken over to where both ledgers show it."""
    if operation.kind is Kind.MEMBERSHIP_END:
        return membership_end.ready(house, operation)
    begun = operation.state is not State.INTENT or house.journal.attempts(operation.id)
    if operation.kind is not Kind.MEMBERSHIP or _HASH not in exported.facts or begun:
        return operation
    found = _mint(house, exported)
    learned = {
        _HASH: found.tx_hash,
        "validated_ledger": str(found.ledger_index),
        **minted(house, found.tx_hash, tier=exported.parameters["tier"]),
    }
    event = LogEvent(
        LogKind.OBSERVE,
        actor="ledger",
        network=house.network_id,
        account=membership_account(house).address,
        tx_hash=found.tx_hash,
        decision="found validated",
    )
    operation = move_on(house, operation, State.EXECUTING, event)
    return move_on(house, operation, State.FINAL, event, learned)


def _issue(house: House, exported: ExportedOperation) -> dict[str, str]:
    holder, tier, uri = exported.parameters["holder"], exported.parameters["tier"], exported.facts.get("uri")
    if uri is None:
        raise ExportMalformed("a membership names the URI of its metadata")
    if _HASH in exported.facts:
        _mint(house, exported)
        return {"uri": uri}
    present = present_uri(house, tier)
    if uri != present:
        raise RequestDiffers(f"the metadata of tier {tier} is {present} here, not {uri[:300]}")
    refuse_issue(house, MembershipOrder(holder, tier, exported.reference), own=None)
    return {"uri": uri}


def _mint(house: House, exported: ExportedOperation) -> ValidatedTransaction:
    """Return the validated mint that the file names, if it is what the membership asks for."""
    found = house.ledger.transaction(exported.facts[_HASH])
    if found is None:
        raise AttemptPending(f"the node does not show transaction {exported.facts[_HASH][:80]} as validated")
    wanted = {
        "TransactionType": "NFTokenMint",
        "Account": membership_account(house).address,
        "Destination": exported.parameters["holder"],
        "NFTokenTaxon": taxon_of(exported.parameters["tier"]),
        "URI": exported.facts["uri"].encode().hex().upper(),
        "Amount": "0",
        "Flags": TF_BURNABLE,
    }
    differs = [name for name, value in wanted.items() if found.tx.get(name) != value]
    if differs or found.result != _SUCCESS:
        what = f"its {' and '.join(differs)} differ" if differs else f"it ended in {found.result}"
        raise RequestDiffers(f"transaction {found.tx_hash} is not this membership's: {what}")
    return found


def _check_end(house: House, exported: ExportedOperation) -> None:
    holder, nftoken_id = exported.parameters["holder"], exported.parameters["nftoken_id"]
    last = house.control.membership_of(house.network_id, holder)
    if last is None or last.nftoken_id != nftoken_id:
        raise RequestDiffers(f"{nftoken_id} is not the token of {holder} on MembershipRegistry")
    if last.revoked_at is None:
        raise MembershipInForce(f"the membership of {holder} with token {nftoken_id} is not revoked")


def _check_withdrawal(house: House, exported: ExportedOperation) -> None:
    holder, nftoken_id = exported.parameters["holder"], exported.parameters["nftoken_id"]
    if read_nftoken_id(nftoken_id).issuer != decode_address(membership_account(house).address):
        raise RequestDiffers(f"{nftoken_id} is not a token of this bank's membership account")
    named = {item.get("Destination") for item in offers(house) if item.get("NFTokenID") == nftoken_id}
    if not named <= {holder}:
        raise RequestDiffers(
            f"token {nftoken_id} is offered to {', '.join(map(str, named))}, not to {holder}"
        )
    refuse_withdrawal(house, holder, nftoken_id)
