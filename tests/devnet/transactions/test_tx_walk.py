"""Random walks over all transaction types: nothing fails unexpectedly, and the books agree at the end.

What must agree: XRP is only destroyed by fees; every directory entry exists and is listed where it says;
owner counts are what the entries add up to; an MPT's outstanding amount is what its holders have.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from sovbank.devnet.ledger import directories, keylets
from sovbank.devnet.ledger.amounts import Value
from sovbank.devnet.ledger.flags import CREDENTIAL_ACCEPTED
from sovbank.devnet.ledger.flow.lines import HIGH, LOW
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.values import MptAmount, TokenAmount

NAMES = ("a", "b", "c", "d", "e")
STEPS = 400
CURRENCIES = (bytes(12) + b"USD" + bytes(5), bytes(12) + b"EUR" + bytes(5))
XRP = 1_000_000


class Walker:
    """Sends random transactions, half of them likely to make sense."""

    def __init__(self, bench: Any, seed: int) -> None:
        self.bench = bench
        self.random = random.Random(seed)
        self.results: list[tuple[str, TER]] = []
        self.fees = 0
        bench.fund(*NAMES, drops=50 * XRP)
        self.kinds = [name for name in dir(self) if name.startswith("do_")]

    def name(self) -> str:
        return self.random.choice(NAMES)

    def someone(self) -> bytes:
        found: bytes = self.bench.id(self.name())
        return found

    def token(self, issuer: bytes | None = None) -> TokenAmount:
        pick = self.random
        mantissa = pick.choice([pick.randint(1, 10**6), pick.randint(1, 10**16), 10**15 * pick.randint(1, 9)])
        number = Value(mantissa, pick.choice([-15, -6, -2, 0, -10]))
        return TokenAmount(
            pick.choice(CURRENCIES), issuer or self.someone(), number.mantissa, number.exponent
        )

    def some(self, **choices: list[Any]) -> dict[str, Any]:
        """Take some of the fields, each with one of its values."""
        return {
            name: self.random.choice(values) for name, values in choices.items() if self.random.random() < 0.4
        }

    def entries(self, kind: str) -> list[Any]:
        changes = self.bench.view.changes.values()
        return [
            change.entry for change in changes if change.entry.type == kind and change.action.name != "ERASED"
        ]

    def key_of(self, kind: str) -> bytes:
        found = self.entries(kind)
        key: bytes = self.random.choice(found).key if found else b"\1" * 32
        return key

    def step(self) -> None:
        kind = self.random.choice(self.kinds)
        sender = self.name()
        fields = getattr(self, kind)()
        before = self.xrp()
        result = self.bench.send(sender, kind[3:], **fields)
        self.results.append((kind[3:], result))
        assert result is not TER.tefEXCEPTION, (kind, fields)
        assert result is not TER.tefBAD_LEDGER, (kind, fields)
        assert result is not TER.tecINTERNAL, (kind, fields)
        self.fees += 10 if result >= 0 else 0
        assert before - self.xrp() == (10 if result >= 0 else 0)

    def xrp(self) -> int:
        return sum(self.bench.root(name)["Balance"] for name in NAMES)

    def do_AccountSet(self) -> dict[str, Any]:  # noqa: N802
        return self.some(
            SetFlag=[1, 2, 3, 5, 7, 8, 8, 8, 9, 12, 13, 15, 16, 17],
            ClearFlag=[1, 2, 7, 8, 9, 15, 5],
            TransferRate=[0, 10**9, 1_005_000_000, 1_333_333_333, 2 * 10**9],
        )

    def do_TrustSet(self) -> dict[str, Any]:  # noqa: N802
        limit = self.token()
        if self.random.random() < 0.3:
            limit = limit._replace(mantissa=0, exponent=-100)
        flags = [0, 0, 0x00010000, 0x00020000, 0x00040000, 0x00100000, 0x00200000, 0x00500000, 0x00A00000]
        qualities = [0, 10**9, 900_000_000, 1_100_000_000]
        return {"LimitAmount": limit, **self.some(Flags=flags, QualityIn=qualities, QualityOut=qualities)}

    def do_Payment(self) -> dict[str, Any]:  # noqa: N802
        fields: dict[str, Any] = {"Destination": self.someone()}
        draw = self.random.random()
        if draw < 0.2:
            return {**fields, "Amount": self.random.randint(1, 2 * XRP)}
        if draw < 0.35:
            units = MptAmount(self.issuance(), self.random.randint(1, 500))
            more = MptAmount(units.issuance, units.value + self.random.randint(0, 100))
            return {**fields, "Amount": units, **self.some(SendMax=[more], Flags=[0, 0x00020000])}
        steps = [({"account": self.someone()},), ({"account": self.someone()}, {"account": self.someone()})]
        spend = self.token()
        fields["Amount"] = self.token()
        choices = {"SendMax": [spend, fields["Amount"]], "Flags": [0x00020000, 0x00030000, 0x00060000]}
        return {**fields, **self.some(Paths=[(steps[0],), (steps[0], steps[1])], **choices)}

    def do_Clawback(self) -> dict[str, Any]:  # noqa: N802
        if self.random.random() < 0.3:
            return {"Amount": MptAmount(self.issuance(), 5), "Holder": self.someone()}
        return {"Amount": self.token()}

    def do_TicketCreate(self) -> dict[str, Any]:  # noqa: N802
        return {"TicketCount": self.random.randint(1, 5)}

    def do_SignerListSet(self) -> dict[str, Any]:  # noqa: N802
        if self.random.random() < 0.3:
            return {"SignerQuorum": 0}
        return {
            "SignerQuorum": 1,
            "SignerEntries": ({"SignerEntry": {"Account": self.someone(), "SignerWeight": 1}},),
        }

    def do_DepositPreauth(self) -> dict[str, Any]:  # noqa: N802
        credentials = ({"Credential": {"Issuer": self.someone(), "CredentialType": b"K"}},)
        name = self.random.choice(
            ["Authorize", "Unauthorize", "AuthorizeCredentials", "UnauthorizeCredentials"]
        )
        return {name: credentials if name.endswith("s") else self.someone()}

    def do_CredentialCreate(self) -> dict[str, Any]:  # noqa: N802
        return {"Subject": self.someone(), "CredentialType": b"K", **self.some(Expiration=[1100, 1300])}

    def do_CredentialAccept(self) -> dict[str, Any]:  # noqa: N802
        return {"Issuer": self.someone(), "CredentialType": b"K"}

    def do_CredentialDelete(self) -> dict[str, Any]:  # noqa: N802
        return {"Issuer": self.someone(), "Subject": self.someone(), "CredentialType": b"K"}

    def do_PermissionedDomainSet(self) -> dict[str, Any]:  # noqa: N802
        accepted = ({"Credential": {"Issuer": self.someone(), "CredentialType": b"K"}},)
        return {"AcceptedCredentials": accepted, **self.some(DomainID=[self.key_of("PermissionedDomain")])}

    def do_PermissionedDomainDelete(self) -> dict[str, Any]:  # noqa: N802
        return {"DomainID": self.key_of("PermissionedDomain")}

    def issuance(self) -> bytes:
        found = self.entries("MPTokenIssuance")
        if not found:
            return b"\1" * 24
        entry = self.random.choice(found)
        return keylets.mpt_id(entry["Sequence"], entry["Issuer"])

    def do_MPTokenIssuanceCreate(self) -> dict[str, Any]:  # noqa: N802
        return {
            "Flags": self.random.choice([0x62, 0x26, 0x20]),
            **self.some(TransferFee=[500], MaximumAmount=[1000]),
        }

    def do_MPTokenIssuanceDestroy(self) -> dict[str, Any]:  # noqa: N802
        return {"MPTokenIssuanceID": self.issuance()}

    def do_MPTokenIssuanceSet(self) -> dict[str, Any]:  # noqa: N802
        return {"MPTokenIssuanceID": self.issuance(), **self.some(Flags=[1, 2], Holder=[self.someone()])}

    def do_MPTokenAuthorize(self) -> dict[str, Any]:  # noqa: N802
        return {"MPTokenIssuanceID": self.issuance(), **self.some(Flags=[0, 1], Holder=[self.someone()])}

    def nft(self) -> tuple[bytes, bytes]:
        """Give a token and its owner."""
        found = self.entries("NFTokenPage")
        if not found:
            return b"\1" * 32, self.someone()
        page = self.random.choice(found)
        token_id: bytes = self.random.choice(page["NFTokens"])["NFToken"]["NFTokenID"]
        return token_id, page.key[:20]

    def do_NFTokenMint(self) -> dict[str, Any]:  # noqa: N802
        amount = self.random.choice([0, 100, self.token()])
        more = self.some(TransferFee=[5000], Amount=[amount])
        return {"NFTokenTaxon": self.random.randint(0, 3), "Flags": self.random.choice([8, 9, 25]), **more}

    def do_NFTokenBurn(self) -> dict[str, Any]:  # noqa: N802
        token, owner = self.nft()
        return {"NFTokenID": token, **self.some(Owner=[owner])}

    def do_NFTokenCreateOffer(self) -> dict[str, Any]:  # noqa: N802
        token, owner = self.nft()
        amount = self.random.choice([5, 1000, self.token()])
        side = {"Owner": owner} if self.random.random() < 0.5 else {"Flags": 1}
        return {"NFTokenID": token, "Amount": amount, **side, **self.some(Expiration=[1100, 1300])}

    def do_NFTokenCancelOffer(self) -> dict[str, Any]:  # noqa: N802
        return {"NFTokenOffers": (self.key_of("NFTokenOffer"),)}

    def do_NFTokenAcceptOffer(self) -> dict[str, Any]:  # noqa: N802
        offers = self.entries("NFTokenOffer")
        if not offers:
            return {"NFTokenSellOffer": b"\1" * 32}
        name = ("NFTokenBuyOffer", "NFTokenSellOffer")
        first = self.random.choice(offers)
        fields: dict[str, Any] = {name[first.flags & 1]: first.key}
        second = self.random.choice(offers)
        if second.flags & 1 != first.flags & 1:
            fields[name[second.flags & 1]] = second.key
        return fields


def counted(entry: Any, account: bytes) -> bool:
    """Tell whether an entry in an account's directory counts against its reserve."""
    if entry.type == "RippleState":
        side = LOW if entry["LowLimit"].issuer == account else HIGH
        return bool(entry.has_flag(side.reserve))
    if entry.type == "Credential":
        holder = entry["Subject"] if entry.has_flag(CREDENTIAL_ACCEPTED) else entry["Issuer"]
        return bool(holder == account)
    return True


def check_books(walker: Walker) -> None:
    bench, view = walker.bench, walker.bench.view
    for name in NAMES:
        account = bench.id(name)
        owned = list(directories.owned(view, account))
        assert len({entry.key for entry in owned}) == len(owned)
        pages = [page for page in walker.entries("NFTokenPage") if page.key[:20] == account]
        count = sum(counted(entry, account) for entry in owned) + len(pages)
        assert bench.root(name)["OwnerCount"] == count
        tickets = sum(entry.type == "Ticket" for entry in owned)
        assert bench.root(name).get("TicketCount", 0) == tickets
    for issuance in walker.entries("MPTokenIssuance"):
        held = [
            token.get("MPTAmount", 0)
            for token in walker.entries("MPToken")
            if keylets.mptoken_issuance(token["MPTokenIssuanceID"]) == issuance.key
        ]
        assert issuance["OutstandingAmount"] == sum(held)
    for line in walker.entries("RippleState"):
        assert line.has_flag(LOW.reserve | HIGH.reserve)
        assert line["LowLimit"].issuer < line["HighLimit"].issuer


@pytest.mark.parametrize("seed", range(6))
def test_a_random_walk_keeps_the_books(bench: Any, seed: int) -> None:
    walker = Walker(bench, seed)
    walker.kinds += ["do_Payment", "do_Payment", "do_TrustSet", "do_TrustSet"]
    for number in range(STEPS):
        bench.at(sequence=10 + number, now=1000 + number)
        walker.step()
    check_books(walker)
    succeeded = {kind for kind, result in walker.results if result is TER.tesSUCCESS}
    assert len(succeeded) >= 15
