"""What happens on the stage: a regulated issuance, step by step, each by the operation that officers use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sovbank.bank.readers import statement_reader
from sovbank.cli.demo import script
from sovbank.cli.demo.script import ASSET
from sovbank.cli.demo.stage import DEPLOYER, Stage
from sovbank.cli.demo.wallet import Wallet
from sovbank.cli.render import Output
from sovbank.cli.wiring.control import deploy_control_plane
from sovbank.cli.wiring.ledger import init_journal, verify_log
from sovbank.core.machine import Kind
from sovbank.core.money import format_amount
from sovbank.errors.base import SovbankError
from sovbank.errors.demo import NotAsExpected, NotRefused
from sovbank.journal.port import OperationRow
from sovbank.operations import (
    bank,
    burn,
    kyc,
    membership,
    membership_check,
    mint,
    reserves,
    treasury,
    trustlines,
)
from sovbank.operations import reconcile as reconciliation
from sovbank.operations.house import House
from sovbank.operations.issuer import setup as issuer_setup
from sovbank.operations.membership_rules import MembershipOrder
from sovbank.operations.planned import Plan
from sovbank.operations.reconcile import AssetReconciliation
from sovbank.operations.resume import run_mint

_REQUESTER = "treasury-ops"
_VALIDITY = timedelta(days=365)
_ORDER = mint.MintOrder(ASSET, script.MINTED, script.DEPOSIT)


@dataclass
class Record:
    """What the rehearsal did, for ``--json``."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)


class Story:
    """The rehearsal, told on the output as it happens."""

    def __init__(self, stage: Stage, out: Output) -> None:
        self._stage = stage
        self._out = out
        self.record = Record()

    def tell(self) -> AssetReconciliation:
        """Play every step and return the closing reconciliation."""
        self.prepare()
        customer = self._stage.wallet("aurora")
        self.onboard(customer)
        self._mint()
        self._distribute(customer)
        self._redeem(customer)
        return self._close()

    # Preparation

    def prepare(self) -> None:
        """Fund the accounts, begin the journal, deploy the control plane and set the issuer up."""
        self._step("fund", self._fund)
        self._step("journal", self._journal)
        self._step("control plane", self._deploy)
        self._step("issuer", self._set_up)

    def _fund(self) -> str:
        profile, client = self._house.profile, self._stage.devnet.client
        for account in profile.accounts.values():
            self._stage.fund(account.address)
        deployer = self._house.keys.chain_signer(DEPLOYER).address
        addresses = [officer.evm_address for officer in profile.officers.values()]
        for address in (deployer, *filter(None, addresses)):
            client.fund_ether(address)
        return f"{len(profile.accounts)} accounts funded, {len(profile.officers)} officers ready"

    def _journal(self) -> str:
        head, _ = init_journal(self._stage.run, actor="demo")
        return f"Journal begun, log {head.log_id[:8]}"

    def _deploy(self) -> str:
        deployed = deploy_control_plane(self._stage.run, DEPLOYER)
        self._stage.adopt(deployed.contracts)
        return f"Control plane deployed, MintGuard {deployed.contracts.mint_guard}"

    def _set_up(self) -> str:
        steps = self._apply(lambda: issuer_setup.plan(self._house, ASSET))
        steps += self._apply(lambda: issuer_setup.plan_alone(self._house, script.MEMBERS))
        return f"{ASSET} and memberships set up in {steps} steps; the ledger is as the profile says"

    def _apply(self, plan: Callable[[], Plan]) -> int:
        made = plan()
        for number, (step, _) in enumerate(issuer_setup.apply(self._house, made), start=1):
            self._out.detail(f"{number} of {len(made.steps)}: {step.account}: {step.title}")
        issuer_setup.refuse_drift(plan())
        return len(made.steps)

    # The customer

    def onboard(self, customer: Wallet) -> None:
        """Whitelist the treasury and a customer, make the customer a member, authorise their trust line."""
        self._step("whitelist", lambda: self._whitelist(customer))
        self._step("membership", lambda: self._make_member(customer))
        self._step("trust line", lambda: self._authorise(customer))

    def _whitelist(self, customer: Wallet) -> str:
        until = (self._house.clock.now() + _VALIDITY).date()
        treasury_account = self._house.treasury_of(ASSET).address
        own = kyc.Admission("BANK-TREASURY", "Treasury", kyc.INTERNAL, until, treasury_account)
        kyc.whitelist(self._house, own)
        admission = kyc.Admission(script.KYC_CASE, script.CUSTOMER, "low", until, customer.address)
        kyc.whitelist(self._house, admission, officer="compliance-analyst")
        return f"{script.CUSTOMER} whitelisted, {customer.address}"

    def _make_member(self, customer: Wallet) -> str:
        order = MembershipOrder(customer.address, script.TIER, script.MEMBERSHIP)
        offered = membership.offer(self._house, order)
        customer.accept(membership.acceptance_of(self._house, offered))
        membership.complete(self._house, offered.id)
        verified = membership_check.verify(self._house, customer.address)
        return f"{script.CUSTOMER} accepted a {verified.tier} membership; both ledgers agree on it"

    def _authorise(self, customer: Wallet) -> str:
        customer.trust(ASSET, script.TRUST_LIMIT)
        made = trustlines.plan_authorization(self._house, ASSET, customer.address)
        if made is None:
            raise NotAsExpected("the trust line was authorised before anybody signed")
        trustlines.apply(self._house, made, Kind.AUTHORIZE)
        return f"Trust line of {script.CUSTOMER} authorised"

    # Minting

    def _mint(self) -> None:
        self._step("deposit", self._import)
        self._step("attest", self._attest)
        self._step("request", self._request)
        self._refused(
            "own request",
            "The requester approves their own mint",
            lambda: mint.approve(
                self._house, self._operation(Kind.MINT, script.DEPOSIT).id, officer=_REQUESTER
            ),
        )
        self._step("mint", self._approve_and_execute)
        self._step("mint again", self._mint_again, same=True)
        beyond = mint.MintOrder(ASSET, script.BEYOND, script.LATER_DEPOSIT)
        self._refused(
            "beyond reserves",
            f"A mint of {format_amount(script.BEYOND)} against a deposit that no attestation covers",
            lambda: mint.request(self._house, beyond),
        )

    def _import(self) -> str:
        reader = statement_reader("csv")
        statement = script.STATEMENT.encode()
        done = bank.import_statement(self._house, reader, statement, source="demo.csv", actor="bank")
        amount = format_amount(script.MINTED)
        return f"{done.outcome.new} deposits booked; {script.DEPOSIT} is {amount} USD"

    def _attest(self) -> str:
        attestation = reserves.Attestation(
            asset=ASSET,
            total=script.MINTED,
            encumbered=Decimal(0),
            as_of=reserves.newest_moment(self._house),
            document=script.STATEMENT.encode(),
        )
        reserves.attest(self._house, attestation)
        return f"{format_amount(script.MINTED)} USD of reserves attested for {ASSET}"

    def _request(self) -> str:
        operation = mint.request(self._house, _ORDER)
        amount = format_amount(script.MINTED)
        return f"{amount} {ASSET} requested by {operation.created_by}, operation {operation.id[:16]}"

    def _approve_and_execute(self) -> str:
        operation = run_mint(self._house, self._operation(Kind.MINT, script.DEPOSIT).id)
        return f"{format_amount(script.MINTED)} {ASSET} minted to the treasury{_ledger(operation)}"

    def _mint_again(self) -> str:
        first, supply = self._operation(Kind.MINT, script.DEPOSIT), self._supply()
        operation = run_mint(self._house, mint.request(self._house, _ORDER).id)
        if operation.id != first.id or self._supply() != supply:
            raise NotRefused("the same mint command minted twice")
        self.record.refusals.append({"step": "mint again", "code": None, "operation": operation.id})
        return f"The same mint command again: operation {operation.id[:16]}, supply unchanged"

    def _supply(self) -> int:
        return self._house.control.totals(self._house.asset_id(ASSET)).supply

    # The customer is paid, and redeems

    def _distribute(self, customer: Wallet) -> None:
        stranger = self._stage.wallet("stranger")
        stray = _distribution(stranger.address, script.STRAY_DISTRIBUTION)
        self._refused(
            "stranger",
            f"A payment of {format_amount(script.DISTRIBUTED)} to an account that nobody whitelisted",
            lambda: treasury.distribute(self._house, stray),
        )
        self._step("distribute", lambda: self._pay(_distribution(customer.address, script.DISTRIBUTION)))

    def _pay(self, order: treasury.Distribution) -> str:
        operation = treasury.distribute(self._house, order)
        return f"{format_amount(order.amount)} {ASSET} paid to {script.CUSTOMER}{_ledger(operation)}"

    def _redeem(self, customer: Wallet) -> None:
        self._step("redeem", lambda: self._take_back(customer))
        self._step("burn", self._burn)

    def _take_back(self, customer: Wallet) -> str:
        order = burn.Redemption(ASSET, script.REDEEMED, customer.address, script.REDEMPTION)
        operation = burn.request(self._house, order)
        tag = int(operation.facts["destination_tag"])
        customer.redeem(ASSET, script.REDEEMED, operation=operation.id, tag=tag)
        burn.receive(self._house, operation.id)
        return f"{format_amount(script.REDEEMED)} {ASSET} received from {script.CUSTOMER}, tag {tag}"

    def _burn(self) -> str:
        operation = burn.execute(self._house, self._operation(Kind.BURN, script.REDEMPTION).id)
        return f"{format_amount(script.REDEEMED)} {ASSET} burned{_ledger(operation)}"

    # The end

    def _close(self) -> AssetReconciliation:
        (result,) = reconciliation.reconcile(self._house)
        self._step("reconcile", lambda: self._reconcile(result))
        self._step("verify", self._verify)
        return result

    @staticmethod
    def _reconcile(result: AssetReconciliation) -> str:
        reconciliation.refuse_breaks([result])
        expected = script.MINTED - script.REDEEMED
        if result.ledger != expected or result.redeemable != script.DISTRIBUTED - script.REDEEMED:
            raise NotAsExpected(f"the ledger owes {result.ledger}, not {expected}")
        return f"{format_amount(result.ledger)} {ASSET} on all four sides"

    def _verify(self) -> str:
        return f"{verify_log(self._stage.run).head.seq} rows of the audit log verified"

    # Telling

    @property
    def _house(self) -> House:
        return self._stage.house

    def _operation(self, kind: Kind, reference: str) -> OperationRow:
        found = self._house.journal.find(kind, reference)
        if found is None:
            raise NotAsExpected(f"the journal has no {kind.value} for {reference}")
        return found

    def _step(self, name: str, act: Callable[[], str], *, same: bool = False) -> None:
        with self._out.step(name, explain=script.WHY[name], on_stdout=True) as shown:
            text = act()
            (shown.skip if same else shown.done)(text)
        self.record.steps.append({"step": name, "text": text, "why": script.WHY[name]})

    def _refused(self, name: str, what: str, act: Callable[[], object]) -> None:
        with self._out.step(what, on_stdout=True) as shown:
            error = _refusal_of(act)
            shown.refused(error)
        refusal = {"step": name, "what": what, "code": error.code, "message": error.message}
        self.record.refusals.append(refusal)


def _distribution(address: str, reference: str) -> treasury.Distribution:
    return treasury.Distribution(ASSET, script.DISTRIBUTED, address, script.DEPOSIT, reference)


def _ledger(operation: OperationRow) -> str:
    return f", ledger {operation.facts['validated_ledger']}"


def _refusal_of(act: Callable[[], object]) -> SovbankError:
    try:
        act()
    except SovbankError as error:
        return error
    raise NotRefused("a step that must be refused was let through")
