"""Taking an operation over from another officer's machine: nothing in the file is believed.

A mint is compared with what MintGuard holds, a membership with MembershipRegistry and the ledger. Plans are
not taken over: each machine plans from the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from sovbank.core.machine import Kind
from sovbank.core.membership import TIERS, is_nftoken_id
from sovbank.core.money import parse_amount, plain_amount
from sovbank.errors.core import MalformedAmount
from sovbank.errors.journal import ExportMalformed
from sovbank.errors.operations import RequestDiffers, WrongKind
from sovbank.evm.port import RequestState
from sovbank.journal.exchange import MAX_EXPORT_BYTES, ExportedOperation, parse_export
from sovbank.journal.port import OperationRow
from sovbank.operations import cancellation, membership_import
from sovbank.operations.bank import read_file
from sovbank.operations.burn import possible_tags
from sovbank.operations.handed_over import IMPORT, record_handed_over
from sovbank.operations.house import House
from sovbank.operations.mint_record import check_same, synchronise
from sovbank.wire.addresses import is_address

_TAG = "destination_tag"


def import_operation(house: House, path: Path) -> OperationRow:
    """Record the operation that an exported file describes, after comparing it with the ledgers.

    Raises
    ------
    ExportMalformed
        The file is not an export, its id does not follow from its contents, or a parameter is not as this
        program writes it.
    RequestDiffers
        MintGuard holds no such request, or another one; a membership is not as a ledger shows it.
    WrongKind
        The kind is not handed over in files.
    """
    return take_over(house, parse_export(read_file(path, most=MAX_EXPORT_BYTES)))


def take_over(house: House, exported: ExportedOperation) -> OperationRow:
    """Record an operation that another machine described, after comparing it with the ledgers.

    Raises
    ------
    ExportMalformed, RequestDiffers, WrongKind
    """
    _check_parameters(house, exported)
    if exported.kind is Kind.MINT:
        return _import_mint(house, exported)
    if exported.kind in (Kind.BURN, Kind.DISTRIBUTE):
        return _open(house, exported, _known_facts(exported))
    if exported.kind is Kind.CANCELLATION:
        return cancellation.take_over(house, exported)
    if exported.kind in membership_import.MEMBERSHIPS:
        facts = membership_import.facts_of(house, exported)
        return membership_import.settle(house, _open(house, exported, facts), exported)
    raise WrongKind(f"a {exported.kind.value} is not handed over in files")


def _check_parameters(house: House, exported: ExportedOperation) -> None:
    required, optional = _PARAMETERS.get(exported.kind, (frozenset(), frozenset()))
    if exported.kind in _PARAMETERS and not required <= exported.parameters.keys() <= required | optional:
        raise ExportMalformed(f"a {exported.kind.value} has other parameters than the file")
    for name, value in exported.parameters.items():
        check = _FORMS.get(name)
        if check is not None and not check(value):
            raise ExportMalformed(f"the parameter {name} is not as a {exported.kind.value} has it")
    if "asset" in exported.parameters:
        house.asset(exported.parameters["asset"])


def _is_amount(text: str) -> bool:
    try:
        return plain_amount(parse_amount(text)) == text
    except MalformedAmount:
        return False


def _is_tag(text: str) -> bool:
    return text.isascii() and text.isdigit() and text == str(int(text)) and int(text) < 2**32


_PARAMETERS = {
    Kind.MINT: (frozenset({"asset", "amount", "destination"}), frozenset()),
    Kind.BURN: (frozenset({"asset", "amount", "holder"}), frozenset()),
    Kind.DISTRIBUTE: (frozenset({"asset", "amount", "destination", "deposit"}), frozenset({_TAG})),
    Kind.MEMBERSHIP: (frozenset({"holder", "tier"}), frozenset()),
    Kind.MEMBERSHIP_END: (frozenset({"holder", "nftoken_id"}), frozenset()),
    Kind.MEMBERSHIP_WITHDRAWAL: (frozenset({"holder", "nftoken_id"}), frozenset()),
}
_FORMS: Mapping[str, Callable[[str], bool]] = {
    "amount": _is_amount,
    "destination": is_address,
    "holder": is_address,
    "nftoken_id": is_nftoken_id,
    "tier": TIERS.__contains__,
    _TAG: _is_tag,
}


def _import_mint(house: House, exported: ExportedOperation) -> OperationRow:
    held = house.control.mint_request(exported.id)
    if held is None or held.state is RequestState.NONE:
        raise RequestDiffers(f"MintGuard holds no request {exported.id}")
    check_same(house, exported, held)
    return synchronise(house, _open(house, exported, {}))


def _known_facts(exported: ExportedOperation) -> dict[str, str]:
    tag = exported.facts.get(_TAG)
    if exported.kind is not Kind.BURN:
        return {}
    if tag not in {str(one) for one in possible_tags(exported.id)}:
        raise RequestDiffers(f"the destination tag {tag} does not follow from redemption {exported.id}")
    return {_TAG: str(tag)}


def _open(house: House, exported: ExportedOperation, facts: dict[str, str]) -> OperationRow:
    return record_handed_over(house, exported, facts, actor=IMPORT, body={"created_by": exported.created_by})
