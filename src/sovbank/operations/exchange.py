"""Taking an operation over from another officer's machine: nothing in the file is believed.

A mint is compared with what MintGuard holds. Plans are not taken over: each machine plans from the ledger.
"""

from __future__ import annotations

from pathlib import Path

from sovbank.core.machine import Kind
from sovbank.errors.operations import RequestDiffers, WrongKind
from sovbank.evm.port import RequestState
from sovbank.journal.exchange import MAX_EXPORT_BYTES, ExportedOperation, parse_export
from sovbank.journal.port import NewOperation, OperationRow
from sovbank.operations.bank import read_file
from sovbank.operations.burn import possible_tags
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import intent
from sovbank.operations.mint import check_same, synchronise

_TAG = "destination_tag"


def import_operation(house: House, path: Path) -> OperationRow:
    """Record the operation that an exported file describes, after comparing it with the ledgers.

    Raises
    ------
    ExportMalformed
        The file is not an export, or its id does not follow from its contents.
    RequestDiffers
        MintGuard holds no such request, or another one.
    WrongKind
        The kind is not handed over in files.
    """
    exported = parse_export(read_file(path, most=MAX_EXPORT_BYTES))
    if exported.kind is Kind.MINT:
        return _import_mint(house, exported)
    if exported.kind in (Kind.BURN, Kind.DISTRIBUTE):
        return _open(house, exported, _known_facts(exported))
    raise WrongKind(f"a {exported.kind.value} is not handed over in files")


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
    origin = {
        "log_id": exported.log.log_id,
        "log_seq": str(exported.log.seq),
        "log_hash": exported.log.hash,
        "created_by": exported.created_by,
    }
    operation, _ = house.journal.open_operation(
        NewOperation(
            id=exported.id,
            kind=exported.kind,
            reference=exported.reference,
            parameters=exported.parameters,
            created_by=exported.created_by,
            facts=facts,
        ),
        intent(house, "import", body=origin),
    )
    return operation
