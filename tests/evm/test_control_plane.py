"""The whole mint path and every refusal on it, on both chains."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sovbank.core.profile import Role
from sovbank.errors.evm import (
    ContractAnswerMalformed,
    ControlPlaneRefused,
    ControlPlaneUnknown,
    ControlPlaneWithoutEffect,
    MalformedEvmValue,
)
from sovbank.evm.control_plane import EvmControlPlane
from sovbank.evm.identity import account_key, asset_key, bank_reference_hash
from sovbank.evm.port import BurnNotice, BurnState, RequestState
from sovbank.evm.reports import report_fields
from sovbank.evm.sending import Sender

from .conftest import Bank, LocalSigner, rpc, signer_of

TX_1 = "A1" * 32
TX_2 = "B2" * 32
REDEMPTION = "c3" * 32
MILLION = 1_000_000_000_000
CUSTOMER = "rPT1Sjq2YGrBMTttX4GZHjKu9dyfzbpAYe"
OTHER = "rLHzPsX6oXkzU2qL12kHCH8G8cnZv1rBJh"

Open = tuple[Bank, EvmControlPlane]


def refused(code: str, action: Callable[[], Any]) -> ControlPlaneRefused:
    """Run an action and return the refusal, which must have this code."""
    with pytest.raises(ControlPlaneRefused) as refusal:
        action()
    assert refusal.value.code == f"control.{code}", refusal.value.message
    assert refusal.value.next_step
    return refusal.value


def burn_notice(bank: Bank, **changes: Any) -> BurnNotice:
    return replace(BurnNotice(bank.asset, REDEMPTION, 20_000_000_000, TX_2, "redemption"), **changes)


def test_the_whole_path(open_bank: Open) -> None:
    bank, control = open_bank
    terms = bank.terms()
    request_id = control.mint_id(terms)
    assert control.can_mint(terms) is None
    assert control.mint_request(request_id) is None

    receipt = control.request_mint(terms, signer=bank.officer(Role.REQUESTER), record=bank.record)
    assert receipt.block_number == control.head().block_number
    held = control.mint_request(request_id)
    assert held is not None
    assert (held.id, held.state, held.amount_micro) == (request_id, RequestState.HELD, MILLION)
    assert held.asset_key == asset_key(bank.asset).hex()
    assert held.destination_key == account_key(bank.profile.network.id, bank.treasury).hex()
    assert held.bank_reference_hash == bank_reference_hash("DEP-1").hex()
    assert (held.expiry, held.requester) == (terms.expiry, bank.officer(Role.REQUESTER).address)
    assert (held.approver, held.xrpl_tx_hash) == (None, None)
    assert control.totals(bank.asset).held == MILLION
    assert not control.is_executable(request_id)

    control.approve_mint(request_id, signer=bank.officer(Role.APPROVER), record=bank.record)
    assert control.is_executable(request_id)
    assert control.execution_refusal(request_id) is None

    control.confirm_mint(request_id, MILLION, TX_1, signer=bank.officer(Role.CONFIRMER), record=bank.record)
    done = control.mint_request(request_id)
    assert done is not None
    assert (done.state, done.xrpl_tx_hash) == (RequestState.CONFIRMED, TX_1)
    assert done.approver == bank.officer(Role.APPROVER).address
    assert not control.is_executable(request_id)

    notice = burn_notice(bank)
    assert control.burn_state(notice) is BurnState.NONE
    control.record_burn(notice, signer=bank.officer(Role.BURN_RECORDER), record=bank.record)
    assert control.burn_state(notice) is BurnState.RECORDED
    assert control.totals(bank.asset).burned == 0
    control.attest_burn(notice, signer=bank.officer(Role.BURN_ATTESTER), record=bank.record)
    assert control.burn_state(notice) is BurnState.ATTESTED

    totals = control.totals(bank.asset)
    assert (totals.confirmed, totals.held, totals.burned) == (MILLION, 0, 20_000_000_000)
    assert totals.supply == 980_000_000_000
    assert totals.capacity == 5 * MILLION
    assert totals.global_cap == 100 * MILLION
    assert 4 * MILLION <= totals.available_now <= 5 * MILLION - totals.supply


def test_every_transaction_is_recorded_before_it_is_sent(open_bank: Open) -> None:
    bank, control = open_bank
    seen: list[bool] = []

    def record(tx_hash: str, raw: bytes) -> None:
        seen.append(rpc(bank.chain.url, "eth_getTransactionByHash", tx_hash) is None)
        bank.record(tx_hash, raw)

    receipt = control.request_mint(bank.terms(), signer=bank.officer(Role.REQUESTER), record=record)
    tx_hash, raw = bank.recorded[-1]
    assert seen == [True]
    assert receipt.tx_hash == tx_hash
    assert rpc(bank.chain.url, "eth_getTransactionReceipt", tx_hash)["status"] == "0x1"
    assert control.resend(raw) == receipt


def test_a_transaction_that_cannot_be_recorded_is_not_sent(open_bank: Open) -> None:
    bank, control = open_bank

    def fail(tx_hash: str, raw: bytes) -> None:
        raise OSError("disk full")

    terms = bank.terms()
    with pytest.raises(OSError, match="disk full"):
        control.request_mint(terms, signer=bank.officer(Role.REQUESTER), record=fail)
    assert control.mint_request(control.mint_id(terms)) is None


def test_the_same_request_again_is_refused_by_name(open_bank: Open) -> None:
    bank, control = open_bank
    terms, requester = bank.terms(), bank.officer(Role.REQUESTER)
    control.request_mint(terms, signer=requester, record=bank.record)
    later = replace(terms, expiry=terms.expiry + 1)
    refusal = refused(
        "already-requested", lambda: control.request_mint(later, signer=requester, record=bank.record)
    )
    assert refusal.details["state"] == "held"
    assert refusal.details["id"] == control.mint_id(terms)


def test_capacity_counts_what_is_held(open_bank: Open) -> None:
    bank, control = open_bank
    requester = bank.officer(Role.REQUESTER)
    for number in range(4):
        terms = bank.terms(bank_reference=f"DEP-{number}")
        control.request_mint(terms, signer=requester, record=bank.record)
    too_much = bank.terms(bank_reference="DEP-9", amount_micro=MILLION + 1)
    refusal = refused(
        "reserve-capacity-exceeded",
        lambda: control.request_mint(too_much, signer=requester, record=bank.record),
    )
    assert "committed 5,000,000.000001, capacity 5,000,000.00" in refusal.message
    assert control.can_mint(too_much) == refusal.message


def test_limits_are_named(open_bank: Open) -> None:
    bank, control = open_bank
    requester = bank.officer(Role.REQUESTER)
    bank.chain.advance(5)
    bank.attest(control, total_micro=1_000 * MILLION)
    over_cap = bank.terms(amount_micro=100 * MILLION + 1)
    over_rate = bank.terms(amount_micro=5 * MILLION + 1_000_000_000)
    refused("global-cap-exceeded", lambda: _request(bank, control, over_cap, requester))
    refused("rate-exceeded", lambda: _request(bank, control, over_rate, requester))
    unknown = bank.terms(asset=replace(bank.asset, currency="USDF"))
    refused("unknown-asset", lambda: _request(bank, control, unknown, requester))


def test_a_stranger_cannot_receive(open_bank: Open) -> None:
    bank, control = open_bank
    terms = bank.terms(destination=CUSTOMER)
    reason = control.can_mint(terms)
    assert reason is not None
    assert "whitelisted" in reason
    refused("not-whitelisted", lambda: _request(bank, control, terms, bank.officer(Role.REQUESTER)))


def test_one_bank_reference_backs_one_mint(open_bank: Open) -> None:
    bank, control = open_bank
    requester = bank.officer(Role.REQUESTER)
    _request(bank, control, bank.terms(), requester)
    refused(
        "bank-reference-used",
        lambda: _request(bank, control, bank.terms(amount_micro=2 * MILLION), requester),
    )


@pytest.mark.parametrize("lifetime", [-1, 31 * 86_400])
def test_expiries_out_of_range_are_refused(open_bank: Open, lifetime: int) -> None:
    bank, control = open_bank
    terms = bank.terms(expiry=bank.now() + lifetime)
    refused("expiry-out-of-range", lambda: _request(bank, control, terms, bank.officer(Role.REQUESTER)))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.REQUESTER])
def test_only_the_requester_requests(open_bank: Open, role: Role) -> None:
    bank, control = open_bank
    refusal = refused("unauthorized", lambda: _request(bank, control, bank.terms(), bank.officer(role)))
    assert refusal.details["role"] == "requester"
    assert refusal.details["account"] == bank.officer(role).address


def test_nobody_approves_or_confirms_out_of_role(open_bank: Open) -> None:
    bank, control = open_bank
    terms, requester = bank.terms(), bank.officer(Role.REQUESTER)
    _request(bank, control, terms, requester)
    request_id = control.mint_id(terms)
    for role in (Role.REQUESTER, Role.CONFIRMER, Role.ADMIN, Role.GUARDIAN):
        signer = bank.officer(role)
        refused(
            "unauthorized", lambda by=signer: control.approve_mint(request_id, signer=by, record=bank.record)
        )
    control.approve_mint(request_id, signer=bank.officer(Role.APPROVER), record=bank.record)
    for role in (Role.REQUESTER, Role.APPROVER, Role.ADMIN):
        signer = bank.officer(role)
        refused("unauthorized", lambda by=signer: _confirm(bank, control, request_id, by))


def test_whoever_requested_cannot_approve_after_a_change_of_role(open_bank: Open) -> None:
    bank, control = open_bank
    terms, requester = bank.terms(), bank.officer(Role.REQUESTER)
    _request(bank, control, terms, requester)
    admin = bank.officer(Role.ADMIN)
    _as_admin(bank, control, "revokeRole", b"requester".ljust(32, b"\0"), requester.address, admin)
    _as_admin(bank, control, "grantRole", b"approver".ljust(32, b"\0"), requester.address, admin)
    request_id = control.mint_id(terms)
    refusal = refused(
        "same-address",
        lambda: control.approve_mint(request_id, signer=requester, record=bank.record),
    )
    assert refusal.details["account"] == requester.address


def test_a_mint_is_confirmed_once_with_the_approved_amount_and_a_fresh_hash(open_bank: Open) -> None:
    bank, control = open_bank
    confirmer = bank.officer(Role.CONFIRMER)
    first = bank.approved_mint(control)
    refusal = refused(
        "amount-mismatch", lambda: _confirm(bank, control, first, confirmer, amount=MILLION - 1)
    )
    assert refusal.details["given"] == "999,999.999999"
    _confirm(bank, control, first, confirmer)
    refused("wrong-mint-state", lambda: _confirm(bank, control, first, confirmer))
    second = bank.approved_mint(control, bank_reference="DEP-2")
    refused("xrpl-hash-used", lambda: _confirm(bank, control, second, confirmer))
    refused("xrpl-hash-used", lambda: _confirm(bank, control, second, confirmer, tx_hash=TX_1.lower()))
    refused("zero-xrpl-hash", lambda: _confirm(bank, control, second, confirmer, tx_hash="00" * 32))
    refused("unknown-request", lambda: _confirm(bank, control, "12" * 32, confirmer))
    assert control.totals(bank.asset).confirmed == MILLION


def test_cancelling_releases_what_was_held(open_bank: Open) -> None:
    bank, control = open_bank
    requester, confirmer = bank.officer(Role.REQUESTER), bank.officer(Role.CONFIRMER)
    held = bank.terms()
    _request(bank, control, held, requester)
    refused(
        "unauthorized",
        lambda: control.cancel_mint(control.mint_id(held), signer=confirmer, record=bank.record),
    )
    control.cancel_mint(control.mint_id(held), signer=requester, record=bank.record)
    approved = bank.approved_mint(control, bank_reference="DEP-2")
    refused("unauthorized", lambda: control.cancel_mint(approved, signer=requester, record=bank.record))
    control.cancel_mint(approved, evidence=TX_2, signer=confirmer, record=bank.record)
    assert control.totals(bank.asset).held == 0
    request = control.mint_request(approved)
    assert request is not None
    assert request.state is RequestState.CANCELLED
    refused("wrong-mint-state", lambda: _confirm(bank, control, approved, confirmer))


def test_time_is_looked_at_again_before_execution(open_bank: Open) -> None:
    bank, control = open_bank
    request_id = bank.approved_mint(control)
    bank.chain.advance(86_400 + 10)
    assert not control.is_executable(request_id)
    assert "expired" in (control.execution_refusal(request_id) or "")
    # What happened before is still recorded: a fact is a fact.
    _confirm(bank, control, request_id, bank.officer(Role.CONFIRMER))


def test_a_stale_attestation_gives_no_capacity(open_bank: Open) -> None:
    bank, control = open_bank
    request_id = bank.approved_mint(control, expiry=bank.now() + 20 * 86_400)
    assert control.reserves(bank.asset).fresh
    bank.chain.advance(86_400 + 1)
    reserves = control.reserves(bank.asset)
    assert (reserves.fresh, reserves.capacity_micro, reserves.total_micro) == (False, 0, 5 * MILLION)
    assert not control.is_executable(request_id)
    terms = bank.terms(bank_reference="DEP-2")
    refused(
        "reserve-capacity-exceeded",
        lambda: _request(bank, control, terms, bank.officer(Role.REQUESTER)),
    )
    bank.attest(control)
    assert control.is_executable(request_id)


def test_a_shortfall_stops_minting_at_once(open_bank: Open) -> None:
    bank, control = open_bank
    request_id = bank.approved_mint(control)
    _confirm(bank, control, request_id, bank.officer(Role.CONFIRMER))
    bank.chain.advance(5)
    bank.attest(control, total_micro=MILLION, encumbered_micro=1)
    assert control.reserves(bank.asset).capacity_micro == 0
    assert control.totals(bank.asset).available_now == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"as_of_shift": -86_500}, "stale-report"),
        ({"as_of_shift": 3_600}, "future-report"),
        ({"document_sha256": "00" * 32}, "zero-document-hash"),
        ({"total_micro": 2**130}, "figure-too-large"),
    ],
)
def test_reports_that_say_nothing_are_refused(bank: Bank, changes: dict[str, Any], code: str) -> None:
    control = bank.open()
    figures = {name: value for name, value in changes.items() if name != "as_of_shift"}
    as_of = bank.now() + changes.get("as_of_shift", 0)
    refused(code, lambda: bank.attest(control, as_of=as_of, **figures))


def test_an_attestation_cannot_be_replayed_or_dated_back(open_bank: Open) -> None:
    bank, control = open_bank
    bank.chain.advance(5)
    report = bank.report()
    reporters = [bank.officer(Role.RESERVE_REPORTER, number) for number in range(2)]
    signatures = [control.sign_report(report, signer=reporter) for reporter in reporters]
    control.submit_attestation(report, signatures, signer=reporters[0], record=bank.record)

    def replay(nonce: int, as_of: int) -> None:
        fields = report_fields(replace(report, as_of=as_of), nonce=nonce)
        control._act(
            "ReserveRegistry",
            "submitAttestation",
            fields,
            signatures,
            signer=reporters[0],
            record=bank.record,
        )

    bank.chain.advance(5)
    refused("wrong-nonce", lambda: replay(2, report.as_of + 1))
    refused("not-a-reporter", lambda: replay(3, report.as_of + 1))
    refused("not-newer", lambda: bank.attest(control, as_of=report.as_of - 1))


def test_reports_need_a_quorum_of_different_reporters(bank: Bank) -> None:
    control = bank.open()
    report = bank.report()
    first, second = (bank.officer(Role.RESERVE_REPORTER, number) for number in range(2))
    mine, other = (control.sign_report(report, signer=reporter) for reporter in (first, second))
    stranger = control.sign_report(report, signer=bank.officer(Role.CONFIRMER))

    def submit(*signatures: bytes, by: LocalSigner = first) -> None:
        control.submit_attestation(report, signatures, signer=by, record=bank.record)

    refused("too-few-reporters", lambda: submit(mine))
    refused("duplicate-reporter", lambda: submit(mine, mine))
    refused("not-a-reporter", lambda: submit(mine, stranger))
    refused("bad-signature", lambda: submit(mine, other[:-1]))
    refused("unauthorized", lambda: submit(mine, other, by=bank.officer(Role.CONFIRMER)))
    submit(other, mine)
    assert control.reserves(bank.asset).total_micro == 5 * MILLION


def test_signatures_are_bound_to_one_registry(bank: Bank) -> None:
    control = bank.open()
    report, reporter = bank.report(), bank.officer(Role.RESERVE_REPORTER)
    elsewhere = bank.open()
    elsewhere._addresses["ReserveRegistry"] = bank.contracts.mint_guard
    with pytest.raises((ContractAnswerMalformed, ControlPlaneRefused)):
        elsewhere.sign_report(report, signer=reporter)
    signature = control.sign_report(report, signer=reporter)
    assert len(signature) == 65
    assert signature[64] in (27, 28)


def test_a_pause_stops_all_but_facts_and_two_guardians_lift_it(open_bank: Open) -> None:
    bank, control = open_bank
    request_id = bank.approved_mint(control)
    control.pause("a drill", signer=bank.officer(Role.GUARDIAN), record=bank.record)
    assert control.is_paused()
    assert not control.is_executable(request_id)
    terms = bank.terms(bank_reference="DEP-2")
    refused("system-paused", lambda: _request(bank, control, terms, bank.officer(Role.REQUESTER)))
    _confirm(bank, control, request_id, bank.officer(Role.CONFIRMER))
    control.unpause(signer=bank.officer(Role.GUARDIAN), record=bank.record)
    assert control.is_paused()
    refused(
        "already-approved-unpause",
        lambda: control.unpause(signer=bank.officer(Role.GUARDIAN), record=bank.record),
    )
    control.unpause(signer=bank.officer(Role.GUARDIAN, 1), record=bank.record)
    assert not control.is_paused()
    refused("not-paused", lambda: control.unpause(signer=bank.officer(Role.GUARDIAN), record=bank.record))


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda bank, control, by: control.pause("x", signer=by, record=bank.record), "unauthorized"),
        (
            lambda bank, control, by: control.record_burn(burn_notice(bank), signer=by, record=bank.record),
            "unauthorized",
        ),
        (
            lambda bank, control, by: control.whitelist(
                "K-1", 21338, CUSTOMER, "low", bank.now() + 9_999, signer=by, record=bank.record
            ),
            "unauthorized",
        ),
        (
            lambda bank, control, by: control.whitelist(
                "K-1", 21338, CUSTOMER, "internal", bank.now() + 9_999, signer=by, record=bank.record
            ),
            "unauthorized",
        ),
    ],
)
def test_a_stranger_can_do_nothing(
    bank: Bank, act: Callable[[Bank, EvmControlPlane, LocalSigner], Any], code: str
) -> None:
    stranger = signer_of("stranger")
    bank.chain.fund(stranger.address)
    refused(code, lambda: act(bank, bank.open(), stranger))


@pytest.mark.parametrize("length", [0, 201])
def test_a_pause_has_a_reason(bank: Bank, length: int) -> None:
    control = bank.open()
    refused(
        "reason-length",
        lambda: control.pause("x" * length, signer=bank.officer(Role.GUARDIAN), record=bank.record),
    )


def test_customers_are_whitelisted_with_a_tier(bank: Bank) -> None:
    control = bank.open()
    network = bank.profile.network.id
    compliance, until = bank.officer(Role.COMPLIANCE), bank.now() + 86_400

    def admit(kyc_id: str, account: str, tier: str = "medium", expiry: int = until) -> None:
        control.whitelist(kyc_id, network, account, tier, expiry, signer=compliance, record=bank.record)

    assert not control.is_whitelisted(network, CUSTOMER)
    assert control.tier_of(network, CUSTOMER) == "unknown"
    admit("KYC-1", CUSTOMER)
    assert control.is_whitelisted(network, CUSTOMER)
    assert control.tier_of(network, CUSTOMER) == "medium"
    assert not control.is_whitelisted(network + 1, CUSTOMER)
    refused("kyc-id-taken", lambda: admit("KYC-1", OTHER))
    refused("account-taken", lambda: admit("KYC-2", CUSTOMER))
    refused("expiry-out-of-range", lambda: admit("KYC-2", OTHER, expiry=bank.now() - 1))
    for tier in ("blocked", "unknown", "LOW", ""):
        with pytest.raises(MalformedEvmValue):
            admit("KYC-2", OTHER, tier)
    bank.chain.advance(86_400)
    assert not control.is_whitelisted(network, CUSTOMER)


def test_burns_are_bound_to_one_redemption_and_one_hash(open_bank: Open) -> None:
    bank, control = open_bank
    recorder, attester = bank.officer(Role.BURN_RECORDER), bank.officer(Role.BURN_ATTESTER)
    _confirm(bank, control, bank.approved_mint(control), bank.officer(Role.CONFIRMER))

    def record(**changes: Any) -> None:
        control.record_burn(burn_notice(bank, **changes), signer=recorder, record=bank.record)

    refused("xrpl-hash-used", lambda: record(xrpl_tx_hash=TX_1))
    refused("redemption-id-missing", lambda: record(redemption_id=""))
    refused("redemption-id-unexpected", lambda: record(reason="clawback"))
    record()
    refused("already-recorded", record)
    refused("redemption-used", lambda: record(xrpl_tx_hash="D4" * 32))
    refused("xrpl-hash-used", lambda: record(redemption_id="", reason="fee"))
    record(redemption_id="", reason="fee", xrpl_tx_hash="E5" * 32, amount_micro=2 * MILLION)

    def attest(by: LocalSigner, **changes: Any) -> None:
        control.attest_burn(burn_notice(bank, **changes), signer=by, record=bank.record)

    refused("unauthorized", lambda: attest(recorder))
    refused("unknown-burn", lambda: attest(attester, amount_micro=1))
    refused(
        "burn-exceeds-supply",
        lambda: attest(
            attester, redemption_id="", reason="fee", xrpl_tx_hash="E5" * 32, amount_micro=2 * MILLION
        ),
    )
    attest(attester)
    refused("wrong-burn-state", lambda: attest(attester))
    with pytest.raises(MalformedEvmValue):
        record(reason="theft")


def test_a_revert_after_sending_is_named_too(open_bank: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    bank, control = open_bank
    monkeypatch.setattr(Sender, "_estimate", lambda *_: 400_000)
    sent = len(bank.recorded)
    refused("unauthorized", lambda: _request(bank, control, bank.terms(), bank.officer(Role.APPROVER)))
    tx_hash, raw = bank.recorded[sent]
    assert rpc(bank.chain.url, "eth_getTransactionReceipt", tx_hash)["status"] == "0x0"
    with pytest.raises(ControlPlaneWithoutEffect):
        control.resend(raw)


def test_two_processes_with_one_key_do_not_lose_a_transaction(bank: Bank) -> None:
    network, until = bank.profile.network.id, bank.now() + 86_400
    failures: list[Exception] = []

    def admit(first: int) -> None:
        control = bank.open()
        try:
            for number in range(first, first + 8):
                account = bank.profile.officers[sorted(bank.profile.officers)[number % 14]].account
                control.whitelist(
                    f"KYC-{number}",
                    network + number,
                    account,
                    "low",
                    until,
                    signer=bank.officer(Role.COMPLIANCE),
                    record=bank.record,
                )
        except Exception as error:  # noqa: BLE001 - handed to the test
            failures.append(error)

    processes = [threading.Thread(target=admit, args=(100 * number,)) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert failures == []
    count = rpc(bank.chain.url, "eth_getTransactionCount", bank.officer(Role.COMPLIANCE).address, "latest")
    assert int(count, 16) == 24


def test_only_final_blocks_count(open_bank: Open) -> None:
    bank, control = open_bank
    request_id = bank.approved_mint(control)
    careful = bank.open(confirmations=3, settle_seconds=0.3)
    assert careful.mint_request(request_id) is None
    with pytest.raises(ControlPlaneUnknown) as unknown:
        _confirm(bank, careful, request_id, bank.officer(Role.CONFIRMER))
    tx_hash, raw = bank.recorded[-1]
    assert unknown.value.exit_status == 8
    assert unknown.value.details["tx_hash"] == tx_hash
    assert not careful.is_executable(request_id)
    bank.chain.mine(3)
    receipt = careful.resend(raw)
    assert receipt.tx_hash == tx_hash
    request = careful.mint_request(request_id)
    assert request is not None
    assert request.state is RequestState.CONFIRMED
    assert careful.head().block_number == control.head().block_number - 3


def _request(bank: Bank, control: EvmControlPlane, terms: Any, signer: LocalSigner) -> None:
    control.request_mint(terms, signer=signer, record=bank.record)


def _confirm(
    bank: Bank,
    control: EvmControlPlane,
    request_id: str,
    signer: LocalSigner,
    *,
    amount: int = MILLION,
    tx_hash: str = TX_1,
) -> None:
    control.confirm_mint(request_id, amount, tx_hash, signer=signer, record=bank.record)


def _as_admin(bank: Bank, control: EvmControlPlane, function: str, *arguments: Any) -> None:
    *values, admin = arguments
    control._act("SystemGuard", function, *values, signer=admin, record=bank.record)
