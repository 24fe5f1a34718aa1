"""Reserves: reports signed by reserve reporters, submitted as one attestation that gives capacity to mint."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

from sovbank.core.ids import operation_id
from sovbank.core.machine import Kind, State
from sovbank.core.money import plain_amount, to_micro
from sovbank.core.profile import Role
from sovbank.errors.operations import SignaturesMissing
from sovbank.evm.port import Receipt, ReserveReport, ReserveState, Totals
from sovbank.journal.books import AttestationRow
from sovbank.journal.port import LogEvent, LogKind, NewOperation, OperationRow
from sovbank.operations.acting import Act, perform
from sovbank.operations.chain import sent_before
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import intent
from sovbank.operations.people import chain_signer, officers_here


@dataclass(frozen=True)
class Attestation:
    """What the reporters attest: an asset's reserves, what is owed from them already, and the document."""

    asset: str
    total: Decimal
    encumbered: Decimal
    as_of: datetime
    document: bytes


@dataclass(frozen=True)
class ReserveStatus:
    """The reserves of an asset beside what has been minted against them."""

    asset: str
    reserves: ReserveState
    totals: Totals
    latest: AttestationRow | None


def attest(house: House, attestation: Attestation) -> OperationRow:
    """Sign the report with the reporters whose keys are here and submit it when they are enough.

    Raises
    ------
    SignaturesMissing
        Fewer reporters are here than the profile's ``report_quorum``.
    """
    reporters = officers_here(house, Role.RESERVE_REPORTER)
    quorum = house.profile.evm.report_quorum
    if len(reporters) < quorum:
        raise SignaturesMissing(f"{len(reporters)} of {quorum} reserve reporters have a key on this machine")
    operation = _open(house, attestation, actor=reporters[0])
    if operation.state is State.POSTED:
        return operation
    report = _report(house, attestation)
    if _is_on_chain(house, attestation.asset, report):
        return _take_up(house, operation, attestation, reporters[0])
    signatures = [_signature(house, operation, report, name) for name in reporters[:quorum]]
    house.progress("submitting the attestation to ReserveRegistry")
    send = partial(house.control.submit_attestation, report, signatures)
    act = Act("submit-attestation", reporters[0], send)
    receipt = perform(house, operation, act)
    _keep(house, attestation, receipt, actor=reporters[0])
    return house.journal.advance(
        operation.id,
        before=State.INTENT,
        after=State.POSTED,
        event=act.event(receipt),
        facts={"attestation_tx": receipt.tx_hash, "reporters": " ".join(reporters[:quorum])},
    )


def _take_up(house: House, operation: OperationRow, attestation: Attestation, actor: str) -> OperationRow:
    """Post an attestation that the registry has; one that was sent from here is kept in the books as well."""
    receipt = sent_before(house, operation.id)
    facts = {}
    if receipt is not None:
        _keep(house, attestation, receipt, actor=actor)
        facts = {"attestation_tx": receipt.tx_hash}
    found = intent(house, actor, body={"found": "already attested"})
    return house.journal.advance(
        operation.id, before=State.INTENT, after=State.POSTED, event=found, facts=facts
    )


def _keep(house: House, attestation: Attestation, receipt: Receipt, *, actor: str) -> None:
    report = _report(house, attestation)
    house.books.put_attestation(
        AttestationRow(
            asset=attestation.asset,
            total_micro=report.total_micro,
            encumbered_micro=report.encumbered_micro,
            as_of=attestation.as_of,
            document_sha256=report.document_sha256,
            tx_hash=receipt.tx_hash,
        ),
        actor=actor,
    )


def newest_moment(house: House) -> datetime:
    """Return the time of the newest final block: an attestation dated after it would lie in the future."""
    return datetime.fromtimestamp(house.control.head().block_time, UTC)


def status(house: House, asset: str) -> ReserveStatus:
    """Return the last attestation of an asset and what is minted and held against it."""
    asset_id = house.asset_id(asset)
    rows = house.books.attestations(asset)
    return ReserveStatus(
        asset=asset,
        reserves=house.control.reserves(asset_id),
        totals=house.control.totals(asset_id),
        latest=rows[0] if rows else None,
    )


def _open(house: House, attestation: Attestation, *, actor: str) -> OperationRow:
    parameters = {
        "asset": attestation.asset,
        "total": plain_amount(attestation.total),
        "encumbered": plain_amount(attestation.encumbered),
        "as_of": attestation.as_of.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "document_sha256": hashlib.sha256(attestation.document).hexdigest(),
    }
    reference = f"{attestation.asset}/{parameters['as_of']}"
    operation, _ = house.journal.open_operation(
        NewOperation(
            id=operation_id(Kind.ATTEST, parameters, reference),
            kind=Kind.ATTEST,
            reference=reference,
            parameters=parameters,
            created_by=actor,
        ),
        intent(house, actor),
    )
    return operation


def _report(house: House, attestation: Attestation) -> ReserveReport:
    return ReserveReport(
        asset=house.asset_id(attestation.asset),
        total_micro=to_micro(attestation.total),
        encumbered_micro=to_micro(attestation.encumbered),
        as_of=int(attestation.as_of.timestamp()),
        document_sha256=hashlib.sha256(attestation.document).hexdigest(),
    )


def _is_on_chain(house: House, asset: str, report: ReserveReport) -> bool:
    held = house.control.reserves(house.asset_id(asset))
    return (held.as_of, held.total_micro, held.encumbered_micro) == (
        report.as_of,
        report.total_micro,
        report.encumbered_micro,
    )


def _signature(house: House, operation: OperationRow, report: ReserveReport, reporter: str) -> bytes:
    begin = LogEvent(LogKind.SIGN_BEGIN, actor=reporter, rule="reserve-report", decision="allowed")
    house.journal.note(begin, operation_id=operation.id)
    signature = house.control.sign_report(report, signer=chain_signer(house, reporter))
    done = LogEvent(
        LogKind.SIGN_DONE,
        actor=reporter,
        rule="reserve-report",
        payload_sha256=hashlib.sha256(signature).hexdigest(),
    )
    house.journal.note(done, operation_id=operation.id)
    return signature
