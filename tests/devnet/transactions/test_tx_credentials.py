"""Credentials, domains that accept them, and deposits that they open."""

from __future__ import annotations

from typing import Any

import pytest

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.results import TER

OK = TER.tesSUCCESS
KYC = b"KYC"


@pytest.fixture
def people(bench: Any) -> Any:
    bench.fund("issuer", "alice", "bob")
    return bench


def create(bench: Any, **fields: Any) -> TER:
    wanted = {"Subject": bench.id("alice"), "CredentialType": KYC, **fields}
    result: TER = bench.send("issuer", "CredentialCreate", **wanted)
    return result


def accept(bench: Any) -> TER:
    result: TER = bench.send("alice", "CredentialAccept", Issuer=bench.id("issuer"), CredentialType=KYC)
    return result


def key(bench: Any) -> bytes:
    return keylets.credential(bench.id("alice"), bench.id("issuer"), KYC)


def counts(bench: Any) -> tuple[int, int]:
    return bench.root("issuer")["OwnerCount"], bench.root("alice")["OwnerCount"]


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"Subject": bytes(20)}, TER.temMALFORMED),
        ({"URI": b""}, TER.temMALFORMED),
        ({"URI": b"u" * 257}, TER.temMALFORMED),
        ({"CredentialType": b""}, TER.temMALFORMED),
        ({"CredentialType": b"t" * 65}, TER.temMALFORMED),
        ({"Subject": b"\5" * 20}, TER.tecNO_TARGET),
        ({"Expiration": 999}, TER.tecEXPIRED),
        ({"Expiration": 1000}, OK),
        ({"Flags": 1}, TER.temINVALID_FLAG),
    ],
)
def test_creating(people: Any, fields: dict[str, Any], wanted: TER) -> None:
    assert create(people, **fields) is wanted


def test_who_pays_for_it_changes_when_it_is_accepted(people: Any) -> None:
    assert create(people) is OK
    assert create(people) is TER.tecDUPLICATE
    assert counts(people) == (1, 0)
    assert accept(people) is OK
    assert accept(people) is TER.tecDUPLICATE
    assert counts(people) == (0, 1)
    assert (
        people.send("bob", "CredentialDelete", Subject=people.id("alice"), CredentialType=KYC)
        is TER.tecNO_ENTRY
    )
    fields = {"Subject": people.id("alice"), "Issuer": people.id("issuer"), "CredentialType": KYC}
    assert people.send("bob", "CredentialDelete", **fields) is TER.tecNO_PERMISSION
    assert people.send("alice", "CredentialDelete", **fields) is OK
    assert counts(people) == (0, 0)
    assert not people.view.exists(keylets.owner_directory(people.id("alice")))


def test_one_about_oneself_is_accepted_at_once(people: Any) -> None:
    assert create(people, Subject=people.id("issuer")) is OK
    assert people.root("issuer")["OwnerCount"] == 1
    assert people.send("issuer", "CredentialDelete", Subject=people.id("issuer"), CredentialType=KYC) is OK
    assert people.root("issuer")["OwnerCount"] == 0


def test_an_expired_one_is_deleted_by_the_attempt_to_accept_it(people: Any) -> None:
    assert create(people, Expiration=1500) is OK
    people.at(now=1500)
    assert people.view.exists(key(people))
    people.at(now=1501)
    assert accept(people) is TER.tecEXPIRED
    assert not people.view.exists(key(people))
    assert counts(people) == (0, 0)


def test_anybody_deletes_an_expired_one(people: Any) -> None:
    create(people, Expiration=1500)
    people.at(now=1501)
    fields = {"Subject": people.id("alice"), "Issuer": people.id("issuer"), "CredentialType": KYC}
    assert people.send("bob", "CredentialDelete", **fields) is OK


class TestDeposits:
    """A deposit opened by credentials."""

    @pytest.fixture
    def guarded(self, people: Any) -> Any:
        create(people, Expiration=1500)
        people.set("bob", 9)
        accepted = ({"Credential": {"Issuer": people.id("issuer"), "CredentialType": KYC}},)
        assert people.send("bob", "DepositPreauth", AuthorizeCredentials=accepted) is OK
        assert people.send("bob", "DepositPreauth", AuthorizeCredentials=accepted) is TER.tecDUPLICATE
        return people

    def pay(self, bench: Any, **fields: Any) -> TER:
        result: TER = bench.pay("alice", "bob", 2_000_000, **fields)
        return result

    def test_it_needs_an_accepted_credential(self, guarded: Any) -> None:
        named = {"CredentialIDs": (key(guarded),)}
        assert self.pay(guarded) is TER.tecNO_PERMISSION
        assert self.pay(guarded, **named) is TER.tecBAD_CREDENTIALS
        accept(guarded)
        assert self.pay(guarded, **named) is OK
        assert self.pay(guarded, CredentialIDs=(b"\1" * 32,)) is TER.tecBAD_CREDENTIALS
        assert guarded.pay("issuer", "bob", 2_000_000, **named) is TER.tecBAD_CREDENTIALS

    def test_an_expired_one_is_deleted_though_the_payment_fails(self, guarded: Any) -> None:
        accept(guarded)
        guarded.at(now=1501)
        assert self.pay(guarded, CredentialIDs=(key(guarded),)) is TER.tecEXPIRED
        assert not guarded.view.exists(key(guarded))

    def test_the_permission_is_withdrawn(self, guarded: Any) -> None:
        accept(guarded)
        accepted = ({"Credential": {"Issuer": guarded.id("issuer"), "CredentialType": KYC}},)
        assert guarded.send("bob", "DepositPreauth", UnauthorizeCredentials=accepted) is OK
        assert self.pay(guarded, CredentialIDs=(key(guarded),)) is TER.tecNO_PERMISSION


class TestDomains:
    """Domains and their rules."""

    def accepted(self, bench: Any, *kinds: bytes) -> tuple[dict[str, Any], ...]:
        return tuple({"Credential": {"Issuer": bench.id("issuer"), "CredentialType": kind}} for kind in kinds)

    def test_making_changing_deleting(self, people: Any) -> None:
        number = people.root("bob")["Sequence"]
        domain = keylets.permissioned_domain(people.id("bob"), number)
        made = {"AcceptedCredentials": self.accepted(people, b"B", b"A")}
        assert people.send("bob", "PermissionedDomainSet", **made) is OK
        entry = people.view.read(domain)
        assert [one["Credential"]["CredentialType"] for one in entry["AcceptedCredentials"]] == [b"A", b"B"]
        changed = {"AcceptedCredentials": self.accepted(people, b"C"), "DomainID": domain}
        assert people.send("alice", "PermissionedDomainSet", **changed) is TER.tecNO_PERMISSION
        assert people.send("bob", "PermissionedDomainSet", **changed) is OK
        assert people.send("alice", "PermissionedDomainDelete", DomainID=domain) is TER.tecNO_PERMISSION
        assert people.send("bob", "PermissionedDomainDelete", DomainID=domain) is OK
        assert people.send("bob", "PermissionedDomainDelete", DomainID=domain) is TER.tecNO_ENTRY
        assert people.root("bob")["OwnerCount"] == 0

    def test_refusals(self, people: Any) -> None:
        for kinds, wanted in (
            ((), TER.temARRAY_EMPTY),
            (tuple(bytes([n]) for n in range(1, 12)), TER.temARRAY_TOO_LARGE),
            ((b"A", b"A"), TER.temMALFORMED),
            ((b"",), TER.temMALFORMED),
        ):
            fields = {"AcceptedCredentials": self.accepted(people, *kinds)}
            assert people.send("bob", "PermissionedDomainSet", **fields) is wanted
        stranger = ({"Credential": {"Issuer": b"\5" * 20, "CredentialType": KYC}},)
        assert people.send("bob", "PermissionedDomainSet", AcceptedCredentials=stranger) is TER.tecNO_ISSUER
        assert people.send("bob", "PermissionedDomainDelete", DomainID=bytes(32)) is TER.temMALFORMED
