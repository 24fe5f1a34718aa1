"""What the guarded signer signs: a test for each row, one for each refusal, and no room for anything else."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sovbank.core import guard
from sovbank.core.guard import (
    AnchorTerms,
    BouncePermit,
    BurnPermit,
    CancellationPermit,
    CompliancePermit,
    DistributePermit,
    Envelope,
    Measure,
    MembershipEndPermit,
    MembershipPermit,
    MembershipWithdrawalPermit,
    MintPermit,
    PaymentTerms,
    Permit,
    PlanPermit,
    TokenReceipt,
    TokenTerms,
)
from sovbank.core.machine import Kind
from sovbank.core.permits import ledger_of_expiry, plan_digest, step_digest
from sovbank.errors import guard as refusals
from sovbank.errors.base import ExitStatus, PolicyRefused
from sovbank.wire.addresses import encode_address
from sovbank.wire.codec import decode_tx, encode_tx

ISSUER, TREASURY, REDEMPTION, CUSTOMER, STRANGER = (encode_address(bytes([n] * 20)) for n in range(1, 6))
CURRENCY = "4654485553440000000000000000000000000000"
INVOICE = "ab" * 32
NETWORK = 21338
ANCHOR = AnchorTerms(17, "cd" * 32)
AMOUNT = TokenTerms(Decimal("125000.5"), CURRENCY, ISSUER)


@dataclass(frozen=True)
class Case:
    """A transaction with the envelope and permit under which it is signed."""

    kind: Kind
    tx: dict[str, Any]
    envelope: Envelope
    permit: Permit

    def check(self) -> None:
        guard.check_kind(self.kind, self.permit)
        guard.check(self.tx, self.envelope, self.permit)

    def with_tx(self, **changes: Any) -> Case:
        fields = {name: value for name, value in {**self.tx, **changes}.items() if value is not None}
        return replace(self, tx=fields)

    def with_permit(self, **changes: Any) -> Case:
        return replace(self, permit=replace(self.permit, **changes))

    def with_payment(self, **changes: Any) -> Case:
        payment = self.permit.payment  # type: ignore[attr-defined]
        return self.with_permit(payment=replace(payment, **changes))

    def with_envelope(self, **changes: Any) -> Case:
        return replace(self, envelope=replace(self.envelope, **changes))


def _common(account: str) -> dict[str, Any]:
    return {
        "Account": account,
        "Fee": "60",
        "Flags": 0,
        "LastLedgerSequence": 120,
        "NetworkID": NETWORK,
        "Sequence": 0,
        "TicketSequence": 41,
        "SigningPubKey": "",
    }


def _envelope(account: str) -> Envelope:
    return Envelope(
        account=account,
        network_id=NETWORK,
        validated_ledger=100,
        last_ledger=120,
        ticket=41,
        sequence=None,
        fee_cap=2000,
        signers=frozenset({CUSTOMER}),
    )


def _payment(kind: Kind, account: str, destination: str, permit: Callable[..., Permit], **facts: Any) -> Case:
    tx = {
        **_common(account),
        "TransactionType": "Payment",
        "Destination": destination,
        "DestinationTag": 7,
        "Amount": {"currency": CURRENCY, "issuer": ISSUER, "value": "125000.5"},
        "InvoiceID": INVOICE.upper(),
        "Memos": ANCHOR.as_memos(),
    }
    terms = PaymentTerms(account, destination, AMOUNT, INVOICE, destination_tag=7)
    return Case(kind, tx, _envelope(account), permit(payment=terms, anchor=ANCHOR, **facts))


def _measure(measure: Measure, tx: dict[str, Any], amount: TokenTerms | None, holder: str | None) -> Case:
    permit = CompliancePermit(
        account=ISSUER, measure=measure, holder=holder, amount=amount, signed_off_by=("head", "analyst")
    )
    kind = Kind.FREEZE if holder is None else Kind.BLOCK
    return Case(kind, {**_common(ISSUER), **tx}, _envelope(ISSUER), permit)


def _line(measure: Measure, flags: int) -> Case:
    limit = {"currency": CURRENCY, "issuer": CUSTOMER, "value": "0"}
    tx = {"TransactionType": "TrustSet", "LimitAmount": limit, "Flags": flags}
    return _measure(measure, tx, TokenTerms(Decimal(0), CURRENCY, ISSUER), CUSTOMER)


def _plan(kind: Kind, fields: dict[str, Any], account: str = ISSUER) -> Case:
    tx = {**_common(account), **fields}
    steps = ("00" * 32, step_digest(NETWORK, tx))
    permit = PlanPermit(account=account, accepted=plan_digest(steps), steps=steps)
    return Case(kind, tx, _envelope(account), permit)


def _membership(kind: Kind, fields: dict[str, Any], permit: Permit) -> Case:
    tx = {**_common(TREASURY), **fields, "Memos": ANCHOR.as_memos()}
    return Case(kind, tx, _envelope(TREASURY), permit)


TOKEN = "00010000" + "02" * 20 + "44B17C9E00000003"
URI = "https://bank.example/membership/pro.json#sha256=" + "ab" * 32
RECEIPT = TokenReceipt("EF" * 32, REDEMPTION, CUSTOMER, AMOUNT)
LINE = {"currency": CURRENCY, "issuer": CUSTOMER, "value": "0"}
ENTRY = {"SignerEntry": {"Account": CUSTOMER, "SignerWeight": 1}}
CASES: dict[str, Case] = {
    "mint": _payment(Kind.MINT, ISSUER, TREASURY, MintPermit, executable=True, expires_before=121),
    "distribute": _payment(
        Kind.DISTRIBUTE,
        TREASURY,
        CUSTOMER,
        DistributePermit,
        deposit_left=Decimal("125000.5"),
        whitelisted=True,
        paused=False,
    ),
    "burn": _payment(Kind.BURN, REDEMPTION, ISSUER, BurnPermit, receipt=RECEIPT),
    "bounce": _payment(Kind.BOUNCE, REDEMPTION, CUSTOMER, BouncePermit, receipt=RECEIPT),
    "clawback": _measure(
        Measure.CLAWBACK,
        {
            "TransactionType": "Clawback",
            "Amount": {"currency": CURRENCY, "issuer": CUSTOMER, "value": "125000.5"},
        },
        AMOUNT,
        CUSTOMER,
    ),
    "freeze": _line(Measure.FREEZE, 0x00100000),
    "deep freeze": _line(Measure.DEEP_FREEZE, 0x00500000),
    "unfreeze": _line(Measure.UNFREEZE, 0x00A00000),
    "global freeze": _measure(
        Measure.GLOBAL_FREEZE, {"TransactionType": "AccountSet", "SetFlag": 7}, None, None
    ),
    "global unfreeze": _measure(
        Measure.GLOBAL_UNFREEZE, {"TransactionType": "AccountSet", "ClearFlag": 7}, None, None
    ),
    "settings": _plan(
        Kind.SETTINGS,
        {
            "TransactionType": "AccountSet",
            "SetFlag": 16,
            "Flags": 0x00140000,
            "TickSize": 5,
            "Domain": "6578616D706C65",
        },
    ),
    "signer list": _plan(
        Kind.SETTINGS, {"TransactionType": "SignerListSet", "SignerQuorum": 1, "SignerEntries": [ENTRY]}
    ),
    "tickets": _plan(Kind.SETTINGS, {"TransactionType": "TicketCreate", "TicketCount": 20}),
    "no-op": _plan(Kind.SETTINGS, {"TransactionType": "AccountSet"}),
    "trust line": _plan(
        Kind.TRUST_LINE,
        {
            "TransactionType": "TrustSet",
            "Flags": 0x00020000,
            "LimitAmount": {"currency": CURRENCY, "issuer": ISSUER, "value": "10000000000"},
        },
        account=TREASURY,
    ),
    "authorise": _plan(
        Kind.AUTHORIZE, {"TransactionType": "TrustSet", "Flags": 0x00010000, "LimitAmount": LINE}
    ),
    "membership": _membership(
        Kind.MEMBERSHIP,
        {
            "TransactionType": "NFTokenMint",
            "Flags": 1,
            "NFTokenTaxon": 2,
            "URI": URI.encode().hex().upper(),
            "Amount": "0",
            "Destination": CUSTOMER,
        },
        MembershipPermit(
            anchor=ANCHOR,
            account=TREASURY,
            holder=CUSTOMER,
            taxon=2,
            uri=URI,
            whitelisted=True,
            member=False,
        ),
    ),
    "membership end": _membership(
        Kind.MEMBERSHIP_END,
        {"TransactionType": "NFTokenBurn", "NFTokenID": TOKEN, "Owner": CUSTOMER},
        MembershipEndPermit(anchor=ANCHOR, account=TREASURY, nftoken_id=TOKEN, holder=CUSTOMER, revoked=True),
    ),
    "membership withdrawal": _membership(
        Kind.MEMBERSHIP_WITHDRAWAL,
        {"TransactionType": "NFTokenBurn", "NFTokenID": TOKEN},
        MembershipWithdrawalPermit(
            anchor=ANCHOR, account=TREASURY, nftoken_id=TOKEN, on_account=True, recorded=False
        ),
    ),
    "cancellation": Case(
        Kind.CANCELLATION,
        {**_common(ISSUER), "TransactionType": "AccountSet", "Memos": ANCHOR.as_memos()},
        _envelope(ISSUER),
        CancellationPermit(anchor=ANCHOR, account=ISSUER, ticket=41, sequence=None),
    ),
    "preauthorise": _plan(Kind.SETTINGS, {"TransactionType": "DepositPreauth", "Authorize": REDEMPTION}),
}


@pytest.mark.parametrize("name", CASES)
def test_the_permitted_transaction_of_each_row_passes(name: str) -> None:
    case = CASES[name]
    case.check()
    replace(case, tx=decode_tx(encode_tx(case.tx))).check()


def _amount(**changes: str) -> dict[str, Any]:
    return {"Amount": {"currency": CURRENCY, "issuer": ISSUER, "value": "125000.5", **changes}}


Change = Callable[[Case], Case]
REFUSED: list[tuple[str, str, Change, type[PolicyRefused]]] = [
    # what every transaction obeys
    ("sent by another account", "mint", lambda c: c.with_tx(Account=STRANGER), refusals.WrongAccount),
    (
        "attempt of another account",
        "mint",
        lambda c: c.with_envelope(account=STRANGER),
        refusals.WrongAccount,
    ),
    ("no network id", "mint", lambda c: c.with_tx(NetworkID=None), refusals.WrongNetwork),
    ("another network", "mint", lambda c: c.with_tx(NetworkID=21337), refusals.WrongNetwork),
    ("id on a low network", "mint", lambda c: c.with_envelope(network_id=1024), refusals.WrongNetwork),
    ("true for a network", "mint", lambda c: c.with_tx(NetworkID=True), refusals.WrongNetwork),
    ("another ticket", "mint", lambda c: c.with_tx(TicketSequence=42), refusals.WrongSequence),
    ("no ticket", "mint", lambda c: c.with_tx(TicketSequence=None), refusals.WrongSequence),
    ("ticket and sequence", "mint", lambda c: c.with_tx(Sequence=9), refusals.WrongSequence),
    ("sequence zero as false", "mint", lambda c: c.with_tx(Sequence=False), refusals.WrongSequence),
    (
        "ticket where a sequence is bound",
        "mint",
        lambda c: c.with_envelope(ticket=None, sequence=9),
        refusals.WrongSequence,
    ),
    ("bound to nothing", "mint", lambda c: c.with_envelope(ticket=None), refusals.WrongSequence),
    ("bound to both", "mint", lambda c: c.with_envelope(sequence=9), refusals.WrongSequence),
    ("no fee", "mint", lambda c: c.with_tx(Fee=None), refusals.FeeNotAllowed),
    ("fee zero", "mint", lambda c: c.with_tx(Fee="0"), refusals.FeeNotAllowed),
    ("fee above the cap", "mint", lambda c: c.with_tx(Fee="2001"), refusals.FeeNotAllowed),
    ("fee as a number", "mint", lambda c: c.with_tx(Fee=60), refusals.FeeNotAllowed),
    ("fee with a sign", "mint", lambda c: c.with_tx(Fee="+60"), refusals.FeeNotAllowed),
    ("fee in other digits", "mint", lambda c: c.with_tx(Fee="٦٠"), refusals.FeeNotAllowed),
    ("no last ledger", "mint", lambda c: c.with_tx(LastLedgerSequence=None), refusals.WrongLastLedger),
    ("a longer window", "mint", lambda c: c.with_tx(LastLedgerSequence=121), refusals.WrongLastLedger),
    ("window over", "mint", lambda c: c.with_envelope(validated_ledger=120), refusals.WindowOver),
    ("window beyond expiry", "mint", lambda c: c.with_permit(expires_before=120), refusals.BeyondExpiry),
    ("a public key", "mint", lambda c: c.with_tx(SigningPubKey="02" * 33), refusals.WrongSigningKey),
    (
        "no public key",
        "no-op",
        lambda c: c.with_envelope(signing_public_key="02" * 33),
        refusals.WrongSigningKey,
    ),
    (
        "one signature for tokens",
        "mint",
        lambda c: c.with_tx(SigningPubKey="02" * 33).with_envelope(signing_public_key="02" * 33),
        refusals.MultisignRequired,
    ),
    ("no memo", "mint", lambda c: c.with_tx(Memos=None), refusals.WrongMemos),
    ("memo twice", "mint", lambda c: c.with_tx(Memos=ANCHOR.as_memos() * 2), refusals.WrongMemos),
    (
        "another anchor",
        "mint",
        lambda c: c.with_permit(anchor=AnchorTerms(18, "cd" * 32)),
        refusals.WrongMemos,
    ),
    ("a memo unasked", "no-op", lambda c: c.with_tx(Memos=ANCHOR.as_memos()), refusals.WrongMemos),
    ("a source tag", "mint", lambda c: c.with_tx(SourceTag=1), refusals.UnexpectedField),
    ("an account txn id", "no-op", lambda c: c.with_tx(AccountTxnID="00" * 32), refusals.StepNotInPlan),
    ("signed already", "no-op", lambda c: c.with_tx(TxnSignature="00"), refusals.UnexpectedField),
    ("signed payment", "mint", lambda c: c.with_tx(Signers=[]), refusals.UnexpectedField),
    # payments
    (
        "another type",
        "mint",
        lambda c: c.with_tx(TransactionType="OfferCreate"),
        refusals.WrongTransactionType,
    ),
    ("to somebody else", "mint", lambda c: c.with_tx(Destination=STRANGER), refusals.WrongDestination),
    ("another tag", "mint", lambda c: c.with_tx(DestinationTag=8), refusals.WrongDestinationTag),
    ("no tag", "mint", lambda c: c.with_tx(DestinationTag=None), refusals.WrongDestinationTag),
    ("a tag unasked", "mint", lambda c: c.with_payment(destination_tag=None), refusals.WrongDestinationTag),
    ("more", "mint", lambda c: c.with_tx(**_amount(value="125000.500001")), refusals.WrongAmount),
    ("no number", "mint", lambda c: c.with_tx(**_amount(value="NaN")), refusals.WrongAmount),
    ("in XRP", "mint", lambda c: c.with_tx(Amount="125000"), refusals.WrongToken),
    ("another currency", "mint", lambda c: c.with_tx(**_amount(currency="USD")), refusals.WrongToken),
    ("another issuer", "mint", lambda c: c.with_tx(**_amount(issuer=STRANGER)), refusals.WrongToken),
    ("a fourth part", "mint", lambda c: c.with_tx(**_amount(mpt="x")), refusals.WrongToken),
    (
        "permit for nothing",
        "mint",
        lambda c: c.with_payment(amount=replace(AMOUNT, value=Decimal(0))).with_tx(**_amount(value="0")),
        refusals.WrongAmount,
    ),
    ("another invoice", "mint", lambda c: c.with_tx(InvoiceID="00" * 32), refusals.WrongInvoice),
    ("no invoice", "mint", lambda c: c.with_tx(InvoiceID=None), refusals.WrongInvoice),
    ("permit without invoice", "mint", lambda c: c.with_payment(invoice_id=""), refusals.WrongInvoice),
    ("paid already", "mint", lambda c: c.with_payment(paid_by="EF" * 32), refusals.AlreadyPaid),
    ("partial payment", "mint", lambda c: c.with_tx(Flags=0x00020000), refusals.PartialPayment),
    ("limit quality", "mint", lambda c: c.with_tx(Flags=0x00040000), refusals.FlagsNotAllowed),
    ("flags of another kind", "mint", lambda c: c.with_tx(Flags="0"), refusals.FlagsNotAllowed),
    ("paths", "mint", lambda c: c.with_tx(Paths=[[{"account": STRANGER}]]), refusals.IndirectPayment),
    ("send max", "mint", lambda c: c.with_tx(SendMax="1"), refusals.IndirectPayment),
    ("deliver min", "mint", lambda c: c.with_tx(DeliverMin="1"), refusals.IndirectPayment),
    # rows
    ("not executable", "mint", lambda c: c.with_permit(executable=False), refusals.MintNotExecutable),
    ("minted by a holder", "mint", lambda c: c.with_payment(account=TREASURY), refusals.WrongDirection),
    ("paused", "distribute", lambda c: c.with_permit(paused=True), refusals.ControlPlanePaused),
    (
        "not whitelisted",
        "distribute",
        lambda c: c.with_permit(whitelisted=False),
        refusals.DestinationNotWhitelisted,
    ),
    ("no deposit", "distribute", lambda c: c.with_permit(deposit_left=None), refusals.DepositMissing),
    (
        "deposit too small",
        "distribute",
        lambda c: c.with_permit(deposit_left=Decimal("125000.499999")),
        refusals.DepositExhausted,
    ),
    ("to the issuer", "distribute", lambda c: c.with_payment(destination=ISSUER), refusals.WrongDirection),
    ("burn without receipt", "burn", lambda c: c.with_permit(receipt=None), refusals.ReceiptMissing),
    (
        "receipt on another account",
        "burn",
        lambda c: c.with_permit(receipt=replace(RECEIPT, account=TREASURY)),
        refusals.ReceiptElsewhere,
    ),
    (
        "receipt of another amount",
        "burn",
        lambda c: c.with_permit(receipt=replace(RECEIPT, delivered=replace(AMOUNT, value=Decimal(1)))),
        refusals.ReceiptAmountDiffers,
    ),
    ("burnt elsewhere", "burn", lambda c: c.with_payment(destination=TREASURY), refusals.WrongDirection),
    ("bounce without receipt", "bounce", lambda c: c.with_permit(receipt=None), refusals.ReceiptMissing),
    ("bounce to a stranger", "bounce", lambda c: c.with_payment(destination=STRANGER), refusals.NotToSender),
    (
        "bounce to the issuer",
        "bounce",
        lambda c: c.with_payment(destination=ISSUER).with_permit(receipt=replace(RECEIPT, sender=ISSUER)),
        refusals.WrongDirection,
    ),
    ("signed off once", "clawback", lambda c: c.with_permit(signed_off_by=("head",)), refusals.NotSignedOff),
    (
        "signed off twice by one",
        "freeze",
        lambda c: c.with_permit(signed_off_by=("head", "head")),
        refusals.NotSignedOff,
    ),
    ("measure elsewhere", "freeze", lambda c: c.with_tx(Account=STRANGER), refusals.WrongAccount),
    (
        "clawback from another",
        "clawback",
        lambda c: c.with_tx(**_amount(issuer=STRANGER)),
        refusals.WrongHolder,
    ),
    (
        "clawback of more",
        "clawback",
        lambda c: c.with_tx(**_amount(issuer=CUSTOMER, value="125000.6")),
        refusals.WrongAmount,
    ),
    (
        "clawback of nothing",
        "clawback",
        lambda c: c.with_permit(amount=replace(AMOUNT, value=Decimal(0))).with_tx(
            **_amount(issuer=CUSTOMER, value="0")
        ),
        refusals.WrongAmount,
    ),
    ("clawback without holder", "clawback", lambda c: c.with_permit(holder=None), refusals.WrongHolder),
    (
        "freeze as clawback",
        "freeze",
        lambda c: c.with_permit(measure=Measure.CLAWBACK),
        refusals.WrongTransactionType,
    ),
    (
        "freeze of another",
        "freeze",
        lambda c: c.with_tx(LimitAmount=LINE | {"issuer": STRANGER}),
        refusals.WrongHolder,
    ),
    (
        "freeze with a limit",
        "freeze",
        lambda c: c.with_tx(LimitAmount=LINE | {"value": "1"}).with_permit(
            amount=TokenTerms(Decimal(1), CURRENCY, ISSUER)
        ),
        refusals.WrongAmount,
    ),
    ("freeze that authorises", "freeze", lambda c: c.with_tx(Flags=0x00110000), refusals.FlagsNotAllowed),
    ("freeze for thaw", "unfreeze", lambda c: c.with_tx(Flags=0x00100000), refusals.FlagsNotAllowed),
    (
        "a freeze that one person signed off twice",
        "global freeze",
        lambda c: c.with_permit(signed_off_by=("head", "head")),
        refusals.NotSignedOff,
    ),
    (
        "a freeze of another issuer",
        "global freeze",
        lambda c: c.with_permit(account=STRANGER),
        refusals.WrongAccount,
    ),
    (
        "lifting where a freeze was signed off",
        "global freeze",
        lambda c: c.with_tx(SetFlag=None, ClearFlag=7),
        refusals.WrongGlobalFreeze,
    ),
    ("no freeze at all", "global freeze", lambda c: c.with_tx(SetFlag=6), refusals.WrongGlobalFreeze),
    (
        "thaw for freeze",
        "global unfreeze",
        lambda c: c.with_tx(ClearFlag=None, SetFlag=7),
        refusals.WrongGlobalFreeze,
    ),
    ("freeze and more", "global freeze", lambda c: c.with_tx(ClearFlag=2), refusals.UnexpectedField),
    (
        "whitelisted no more",
        "membership",
        lambda c: c.with_permit(whitelisted=False),
        refusals.DestinationNotWhitelisted,
    ),
    ("a member already", "membership", lambda c: c.with_permit(member=True), refusals.AlreadyMember),
    (
        "burn for mint",
        "membership",
        lambda c: c.with_tx(TransactionType="NFTokenBurn"),
        refusals.WrongTransactionType,
    ),
    ("minted by another", "membership", lambda c: c.with_tx(Account=STRANGER), refusals.WrongAccount),
    ("offered to another", "membership", lambda c: c.with_tx(Destination=STRANGER), refusals.WrongHolder),
    ("offered to all", "membership", lambda c: c.with_tx(Destination=None), refusals.WrongHolder),
    (
        "offered to itself",
        "membership",
        lambda c: c.with_tx(Destination=TREASURY).with_permit(holder=TREASURY),
        refusals.WrongHolder,
    ),
    ("another tier", "membership", lambda c: c.with_tx(NFTokenTaxon=3), refusals.WrongTaxon),
    (
        "taxon one as true",
        "membership",
        lambda c: c.with_tx(NFTokenTaxon=True).with_permit(taxon=1),
        refusals.WrongTaxon,
    ),
    ("other metadata", "membership", lambda c: c.with_tx(URI="AB"), refusals.WrongUri),
    ("no metadata", "membership", lambda c: c.with_tx(URI=None), refusals.WrongUri),
    ("for a price", "membership", lambda c: c.with_tx(Amount="1"), refusals.WrongAmount),
    ("not offered", "membership", lambda c: c.with_tx(Amount=None), refusals.WrongAmount),
    ("transferable", "membership", lambda c: c.with_tx(Flags=9), refusals.FlagsNotAllowed),
    ("not burnable", "membership", lambda c: c.with_tx(Flags=0), refusals.FlagsNotAllowed),
    ("a transfer fee", "membership", lambda c: c.with_tx(TransferFee=1), refusals.UnexpectedField),
    ("for another issuer", "membership", lambda c: c.with_tx(Issuer=ISSUER), refusals.UnexpectedField),
    ("an offer that ends", "membership", lambda c: c.with_tx(Expiration=9), refusals.UnexpectedField),
    (
        "one signature for a membership",
        "membership",
        lambda c: c.with_tx(SigningPubKey="02" * 33).with_envelope(signing_public_key="02" * 33),
        refusals.MultisignRequired,
    ),
    ("not revoked", "membership end", lambda c: c.with_permit(revoked=False), refusals.NotRevoked),
    ("another token", "membership end", lambda c: c.with_tx(NFTokenID="00" * 32), refusals.WrongNFToken),
    ("of another holder", "membership end", lambda c: c.with_tx(Owner=STRANGER), refusals.WrongHolder),
    ("of no holder", "membership end", lambda c: c.with_tx(Owner=None), refusals.WrongHolder),
    ("still with the issuer", "membership end", lambda c: c.with_permit(holder=None), refusals.WrongHolder),
    ("burn with flags", "membership end", lambda c: c.with_tx(Flags=1), refusals.FlagsNotAllowed),
    (
        "recorded",
        "membership withdrawal",
        lambda c: c.with_permit(recorded=True),
        refusals.TokenRecorded,
    ),
    (
        "accepted meanwhile",
        "membership withdrawal",
        lambda c: c.with_permit(on_account=False),
        refusals.TokenNotOnAccount,
    ),
    (
        "withdrawing another token",
        "membership withdrawal",
        lambda c: c.with_tx(NFTokenID="00" * 32),
        refusals.WrongNFToken,
    ),
    (
        "withdrawn from a holder",
        "membership withdrawal",
        lambda c: c.with_tx(Owner=CUSTOMER),
        refusals.WrongHolder,
    ),
    (
        "an offer cancelled instead",
        "membership withdrawal",
        lambda c: c.with_tx(TransactionType="NFTokenCancelOffer"),
        refusals.WrongTransactionType,
    ),
    (
        "withdrawn by another",
        "membership withdrawal",
        lambda c: c.with_tx(Account=STRANGER),
        refusals.WrongAccount,
    ),
    (
        "one signature for a withdrawal",
        "membership withdrawal",
        lambda c: c.with_tx(SigningPubKey="02" * 33).with_envelope(signing_public_key="02" * 33),
        refusals.MultisignRequired,
    ),
    ("burned by another", "membership end", lambda c: c.with_tx(Account=STRANGER), refusals.WrongAccount),
    (
        "a mint for the end",
        "membership end",
        lambda c: c.with_tx(TransactionType="NFTokenMint"),
        refusals.WrongTransactionType,
    ),
    ("plan not accepted", "settings", lambda c: c.with_permit(accepted="00" * 32), refusals.PlanNotAccepted),
    ("plan with another step", "settings", lambda c: c.with_permit(steps=()), refusals.PlanNotAccepted),
    ("step not in the plan", "tickets", lambda c: c.with_tx(TicketCount=21), refusals.StepNotInPlan),
    ("step on another network", "no-op", lambda c: c.with_envelope(network_id=21337), refusals.StepNotInPlan),
    ("step of another account", "no-op", lambda c: c.with_tx(Account=STRANGER), refusals.WrongAccount),
    # cancellations
    ("of another ticket", "cancellation", lambda c: c.with_permit(ticket=42), refusals.WrongSequence),
    (
        "of a sequence of that number",
        "cancellation",
        lambda c: c.with_permit(ticket=None, sequence=41),
        refusals.WrongSequence,
    ),
    (
        "cancelling for another account",
        "cancellation",
        lambda c: c.with_permit(account=STRANGER),
        refusals.WrongAccount,
    ),
    (
        "a payment for a cancellation",
        "cancellation",
        lambda c: c.with_tx(TransactionType="Payment"),
        refusals.WrongTransactionType,
    ),
    ("a setting set", "cancellation", lambda c: c.with_tx(SetFlag=8), refusals.UnexpectedField),
    (
        "a setting by flag",
        "cancellation",
        lambda c: c.with_tx(Flags=0x00040000),
        refusals.FlagsNotAllowed,
    ),
]


@pytest.mark.parametrize(
    ("row", "change", "refusal"), [entry[1:] for entry in REFUSED], ids=[entry[0] for entry in REFUSED]
)
def test_refusal(row: str, change: Change, refusal: type[PolicyRefused]) -> None:
    with pytest.raises(refusal) as caught:
        change(CASES[row]).check()
    assert type(caught.value) is refusal
    assert caught.value.exit_status is ExitStatus.POLICY


FORBIDDEN_IN_PLANS: dict[str, tuple[dict[str, Any], type[PolicyRefused]]] = {
    "no freeze": ({"TransactionType": "AccountSet", "SetFlag": 6}, refusals.SettingForbidden),
    "global freeze": ({"TransactionType": "AccountSet", "SetFlag": 7}, refusals.SettingForbidden),
    "global thaw": ({"TransactionType": "AccountSet", "ClearFlag": 7}, refusals.SettingForbidden),
    "clawback cleared": ({"TransactionType": "AccountSet", "ClearFlag": 16}, refusals.SettingForbidden),
    "transfer fee": ({"TransactionType": "AccountSet", "TransferRate": 1010000000}, refusals.UnexpectedField),
    "line frozen": (
        {"TransactionType": "TrustSet", "LimitAmount": LINE, "Flags": 0x00100000},
        refusals.FlagsNotAllowed,
    ),
    "line discounted": (
        {"TransactionType": "TrustSet", "LimitAmount": LINE, "QualityIn": 1},
        refusals.UnexpectedField,
    ),
    "payment": (
        {"TransactionType": "Payment", "Destination": STRANGER, "Amount": "1"},
        refusals.WrongTransactionType,
    ),
    "account deleted": (
        {"TransactionType": "AccountDelete", "Destination": STRANGER},
        refusals.WrongTransactionType,
    ),
    "regular key": ({"TransactionType": "SetRegularKey"}, refusals.WrongTransactionType),
}


@pytest.mark.parametrize("name", FORBIDDEN_IN_PLANS)
def test_an_accepted_plan_cannot_contain_everything(name: str) -> None:
    fields, refusal = FORBIDDEN_IN_PLANS[name]
    with pytest.raises(refusal):
        _plan(Kind.SETTINGS, fields).check()


def test_every_refusal_of_the_rules_is_shown_above() -> None:
    shown = {entry[3] for entry in REFUSED} | {refusal for _, refusal in FORBIDDEN_IN_PLANS.values()}
    elsewhere = {
        refusals.SigningRefused,  # the root
        refusals.AttemptNotSignable,  # the last three and the signers' list: tests/keys/test_guarded.py
        refusals.NoSigner,
        refusals.RecordUnreadable,
        refusals.SignerNotListed,
        refusals.KindNotSignable,
        refusals.PermitMismatch,
    }
    every = {
        item
        for _, item in inspect.getmembers(refusals, inspect.isclass)
        if issubclass(item, refusals.SigningRefused)
    }
    assert every == shown | elsewhere
    codes = [item.code for item in every]
    assert len(set(codes)) == len(codes)


def test_a_cancellation_takes_the_sequence_of_what_it_cancels() -> None:
    case = CASES["cancellation"].with_tx(TicketSequence=None, Sequence=9)
    case = case.with_envelope(ticket=None, sequence=9)
    case.with_permit(ticket=None, sequence=9).check()
    with pytest.raises(refusals.WrongSequence):
        case.check()


def test_a_kind_takes_only_its_own_permit() -> None:
    with pytest.raises(refusals.PermitMismatch):
        guard.check_kind(Kind.MINT, CASES["distribute"].permit)
    for kind in (Kind.FUND, Kind.WHITELIST, Kind.ATTEST, Kind.DEPLOY, Kind.BANK_IMPORT):
        with pytest.raises(refusals.KindNotSignable):
            guard.check_kind(kind, CASES["no-op"].permit)


def test_a_permit_outside_the_table_allows_nothing() -> None:
    case = CASES["no-op"]
    with pytest.raises(refusals.PermitMismatch):
        guard.check(case.tx, case.envelope, Permit())


def test_a_stranger_does_not_multisign() -> None:
    guard.check_signer(CASES["mint"].envelope, CUSTOMER)
    with pytest.raises(refusals.SignerNotListed):
        guard.check_signer(CASES["mint"].envelope, STRANGER)


def test_a_sequence_can_stand_for_the_ticket() -> None:
    case = CASES["no-op"].with_tx(TicketSequence=None, Sequence=9)
    case.with_envelope(ticket=None, sequence=9).check()


def test_the_master_key_signs_settings_alone_even_beside_a_signer_list() -> None:
    key = "02" * 33
    CASES["no-op"].with_tx(SigningPubKey=key).with_envelope(signing_public_key=key).check()


def test_the_ledger_of_expiry_rounds_towards_refusal() -> None:
    assert ledger_of_expiry(1100, close_time=1000, validated_ledger=50) == 70
    assert ledger_of_expiry(1104, close_time=1000, validated_ledger=50) == 70
    assert ledger_of_expiry(900, close_time=1000, validated_ledger=50) == 50


# Any change of any leaf, any field taken away and any field added is refused. Left out is what may differ
# within limits of its own: the fee.
NUMBERS = st.integers(0, 2**32 - 1)
TEXTS = st.text("0123456789ABCDEFabcdef.r", max_size=40)
ANYTHING = st.one_of(NUMBERS, TEXTS, st.booleans(), st.none(), st.lists(NUMBERS, max_size=2), st.just({}))
FIELDS = st.sampled_from(
    ["Paths", "SendMax", "DeliverMin", "SourceTag", "AccountTxnID", "TransferRate", "RegularKey", "Holder",
     "SetFlag", "ClearFlag", "QualityIn", "Delegate", "CredentialIDs", "DomainID", "Signers", "TxnSignature"]
)  # fmt: skip


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key in value for leaf in [(*path, key), *_leaves(value[key], (*path, key))]]
    if isinstance(value, list):
        return [leaf for index, item in enumerate(value) for leaf in _leaves(item, (*path, index))]
    return [path]


def _replace(tx: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(tx)
    inner: Any = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


def _same(first: Any, second: Any) -> bool:
    return type(first) is type(second) and bool(first == second)


@settings(max_examples=600, deadline=None)
@given(name=st.sampled_from(sorted(CASES)), data=st.data())
def test_changing_any_field_is_refused(name: str, data: st.DataObject) -> None:
    case = CASES[name]
    path = data.draw(st.sampled_from([leaf for leaf in _leaves(case.tx) if leaf[0] != "Fee"]))
    value = data.draw(ANYTHING)
    original: Any = case.tx
    for key in path:
        original = original[key]
    if _same(original, value) or (path == ("Flags",) and value == 0 and _same(original, 0)):
        return
    with pytest.raises(refusals.SigningRefused):
        replace(case, tx=_replace(case.tx, path, value)).check()


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(sorted(CASES)), data=st.data())
def test_taking_a_field_away_is_refused(name: str, data: st.DataObject) -> None:
    case = CASES[name]
    field = data.draw(st.sampled_from(sorted(case.tx)))
    if field == "Flags" and case.tx["Flags"] == 0 and not isinstance(case.permit, PlanPermit):
        return  # no flags and flags of zero mean the same
    with pytest.raises(refusals.SigningRefused):
        case.with_tx(**{field: None}).check()


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(sorted(CASES)), field=FIELDS, value=ANYTHING)
def test_adding_a_field_is_refused(name: str, field: str, value: Any) -> None:
    case = CASES[name]
    if value is None or field in case.tx:
        return
    with pytest.raises(refusals.SigningRefused):
        case.with_tx(**{field: value}).check()
