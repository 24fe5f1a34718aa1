"""Memberships over the real command: issued, accepted, verified and revoked; what is refused, by its code."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bank_machine import Bank, Ran

from sovbank.cli.app import run_command
from sovbank.cli.demo.wallet import Wallet
from sovbank.core.machine import AttemptState, Kind, State
from sovbank.core.membership import TIERS, read_nftoken_id
from sovbank.core.profile import Role
from sovbank.evm.identity import kyc_key
from sovbank.journal.port import OperationRow
from sovbank.keys.port import Takes
from sovbank.operations import kyc, membership, membership_end
from sovbank.operations.membership_rules import MembershipOrder
from sovbank.operations.people import chain_signer
from sovbank.wire.addresses import decode_address
from sovbank.wire.codec import encode_for_multisigning
from sovbank.wire.hashes import sha512_half
from sovbank.xrpl.envelope import Envelope, fee_for, finish
from sovbank.xrpl.multisign import SignerSignature, assemble, signer_key_facts
from sovbank.xrpl.nft import offer_index
from sovbank.xrpl.port import Outcome, Submission

# A command that runs in this process leaves its connections to the end of the process.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


Command = Callable[..., Ran]


@pytest.fixture
def command(bank: Bank, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The program in this process: a process of its own takes a second to start."""
    for name, value in bank.environment().items():
        monkeypatch.setenv(name, value)
    bank.gateway.armed.set()

    def call(*arguments: str, expect: int = 0) -> Ran:
        capsys.readouterr()
        status = run_command(["--json", "--yes", "--no-input", *arguments])
        captured = capsys.readouterr()
        ran = Ran(status, captured.out, captured.err)
        assert ran.status == expect, f"{arguments}: {ran}"
        return ran

    return call


def _nft(*arguments: str) -> tuple[str, ...]:
    return ("nft", "membership", *arguments)


def _issue(wallet: Wallet, reference: str, tier: str = "basic") -> tuple[str, ...]:
    return _nft("issue", "--holder", wallet.address, "--tier", tier, "--reference", reference)


def _code(ran: Ran) -> str:
    return str(ran.data["error"]["code"])


def _admitted(bank: Bank, name: str) -> Wallet:
    """A customer with some XRP whom compliance has just whitelisted."""
    wallet = bank.stage.wallet(name)
    until = (bank.house.clock.now() + timedelta(days=300)).date()
    admission = kyc.Admission(f"KYC-{name}", name, "low", until, wallet.address)
    kyc.whitelist(bank.house, admission, officer="compliance-analyst")
    return wallet


def _member(bank: Bank, name: str) -> tuple[Wallet, OperationRow]:
    """A customer with a membership in force."""
    wallet = _admitted(bank, name)
    return wallet, _joined(bank, wallet, f"MEM-{name}")


def _joined(bank: Bank, wallet: Wallet, reference: str) -> OperationRow:
    """A membership that was issued, accepted and recorded."""
    return membership.complete(bank.house, _accepted(bank, wallet, reference).id)


def _accepted(bank: Bank, wallet: Wallet, reference: str) -> OperationRow:
    """A membership that its holder accepted and nobody recorded yet."""
    offered = membership.offer(bank.house, MembershipOrder(wallet.address, "basic", reference))
    wallet.accept(membership.acceptance_of(bank.house, offered))
    return offered


def _send(wallet: Wallet, kind: str, **fields: Any) -> None:
    """Have the customer's wallet send anything at all."""
    wallet._send(lambda envelope: finish(envelope, kind, fields))


def _account_offers_to_buy(bank: Bank, nftoken_id: str, owner: str) -> str:
    """Have two officers sign for the membership account, outside of the program; return the offer's id."""
    house = bank.house
    account = house.account("membership")
    state, server = house.ledger.account(account.address), house.ledger.server_state()
    assert state is not None
    tickets = house.ledger.tickets(account.address)
    ticket, sequence = (tickets[-1], None) if tickets else (None, state.sequence)
    envelope = Envelope(
        account=account.address,
        network_id=house.network_id,
        last_ledger=server.validated_ledger + 20,
        fee=fee_for(server.base_fee, signers=3),
        multisigned=True,
        ticket=ticket,
        sequence=sequence,
    )
    wanted = {"NFTokenID": nftoken_id, "Owner": owner, "Amount": "1"}
    unsigned = finish(envelope, "NFTokenCreateOffer", wanted)
    signatures = []
    for name in list(account.signers)[:2]:
        officer, key = house.officer(name), house.keys.signer(house.officer(name).key)
        payload = encode_for_multisigning(unsigned, officer.account)
        signature = key.sign(sha512_half(payload) if key.takes is Takes.DIGEST else payload)
        signatures.append(SignerSignature(officer.account, key.public_key.data, signature))
    signed = assemble(
        unsigned,
        signatures,
        signer_list=state.signer_list,
        facts=signer_key_facts(house.ledger, state.signer_list),
        base_fee=server.base_fee,
    )
    evidence = house.submitter.settle(
        Submission(
            blob=signed.blob,
            tx_hash=signed.tx_hash,
            account=account.address,
            ticket=ticket,
            sequence=sequence,
            first_ledger=server.validated_ledger,
            last_ledger=envelope.last_ledger,
        ),
        timeout_seconds=30,
    )
    assert evidence.outcome is Outcome.SUCCEEDED, evidence
    slot = ticket if ticket is not None else sequence
    assert slot is not None
    return offer_index(account.address, slot)


def _killed(bank: Bank, moment: str, *arguments: str) -> None:
    """Run the program and end it before or after its submission."""
    bank.gateway.armed.clear()
    process = bank.start(*arguments)
    setattr(bank.gateway, moment, process.pid)
    bank.gateway.armed.set()
    process.communicate(timeout=60)
    assert process.returncode == -9


def _operation(bank: Bank, kind: Kind, reference: str) -> OperationRow:
    found = bank.house.journal.find(kind, reference)
    assert found is not None
    return found


def test_a_membership_from_its_offer_to_its_end_killed_in_between(bank: Bank, command: Command) -> None:
    wallet = _admitted(bank, "borealis")
    assert _code(command(*_nft("verify", wallet.address), expect=5)) == "membership.not-a-member"

    _killed(bank, "kill_before", *_issue(wallet, "MEM-1", "pro"))
    bank.gateway.submissions.clear()
    waiting = command(*_issue(wallet, "MEM-1", "pro"), expect=15)
    assert (_code(waiting), waiting.data["waiting_for"]) == ("membership.waiting-for-holder", "holder")
    operation = _operation(bank, Kind.MEMBERSHIP, "MEM-1")
    assert operation.state is State.FINAL
    (attempt,) = bank.house.journal.attempts(operation.id)
    assert attempt.state is AttemptState.SUCCEEDED
    assert attempt.blob is not None
    assert set(bank.gateway.submissions) == {attempt.blob.hex().upper()}, "other bytes were sent"
    account = bank.house.account("membership").address
    parts = read_nftoken_id(operation.facts["nftoken_id"])
    assert (parts.flags, parts.transfer_fee, parts.taxon) == (1, 0, TIERS["pro"])
    assert parts.issuer == decode_address(account)
    assert _code(command("ops", "resume", operation.id, expect=15)) == "membership.waiting-for-holder"
    assert _code(command(*_nft("verify", wallet.address), expect=5)) == "membership.not-a-member"

    acceptance = waiting.data["result"]["acceptance"]
    assert acceptance == {
        "TransactionType": "NFTokenAcceptOffer",
        "Account": wallet.address,
        "NFTokenSellOffer": operation.facts["offer_id"],
        "NetworkID": bank.house.network_id,
    }
    assert json.loads(waiting.data["error"]["details"]["acceptance"]) == acceptance
    wallet.accept(acceptance)
    issued = command(*_issue(wallet, "MEM-1", "pro"))
    assert issued.data["operation"]["state"] == "posted"
    assert command(*_issue(wallet, "MEM-1", "pro")).data["operation"] == issued.data["operation"]
    verified = command(*_nft("verify", wallet.address)).data["result"]["membership"]
    assert (verified["tier"], verified["nftoken_id"]) == ("pro", operation.facts["nftoken_id"])
    assert verified["uri"].startswith("https://bank.example/membership/pro.json#sha256=")
    assert _code(command(*_issue(wallet, "MEM-2", "otc"), expect=5)) == "membership.already-member"

    _killed(bank, "kill_after", *_nft("revoke", wallet.address, "--reason", "left the bank"))
    assert not bank.house.control.is_member(bank.house.network_id, wallet.address)
    end = _operation(bank, Kind.MEMBERSHIP_END, operation.facts["nftoken_id"])
    assert end.state is State.EXECUTING
    revoked = command(*_nft("verify", wallet.address), expect=5)
    assert _code(revoked) == "membership.revoked"
    command("ops", "resume", end.id)
    assert bank.house.ledger.nftokens(wallet.address) == []
    again = command(*_nft("revoke", wallet.address, "--reason", "left the bank"))
    assert (again.data["operation"]["id"], again.data["operation"]["state"]) == (end.id, "posted")
    assert len(bank.house.journal.attempts(end.id)) == 1
    assert "burned" in command(*_nft("verify", wallet.address), expect=5).data["error"]["message"]
    assert _code(command(*_issue(wallet, "MEM-1", "pro"), expect=5)) == "membership.ended"
    listed = command(*_nft("list")).data["result"]["memberships"]
    assert ("pro", "revoked") in {
        (one["tier"], one["standing"]) for one in listed if one["holder"] == wallet.address
    }
    assert _code(command(*_issue(wallet, "MEM-3", "basic"), expect=15)) == "membership.waiting-for-holder"
    command("ledger", "verify")


def test_who_cannot_become_a_member(bank: Bank, command: Command) -> None:
    stranger = bank.stage.wallet("nobody")
    assert _code(command(*_issue(stranger, "MEM-N"), expect=5)) == "policy.not-whitelisted"
    assert bank.house.journal.find(Kind.MEMBERSHIP, "MEM-N") is None
    wallet = _admitted(bank, "cassiopeia")
    refused = command(*_issue(wallet, "MEM-C", "internal"), expect=5)
    assert _code(refused) == "membership.tier-does-not-fit"
    assert _code(command(*_issue(wallet, "MEM-C", "gold"), expect=2)) == "membership.tier-unknown"
    own = _nft("issue", "--holder", bank.treasury, "--tier", "basic", "--reference", "MEM-T")
    assert _code(command(*own, expect=5)) == "membership.tier-does-not-fit"
    preview = command("--dry-run", *_issue(wallet, "MEM-C")).data["result"]
    assert (preview["result"], preview["transaction"]["Amount"]) == ("tesSUCCESS", "0")
    assert bank.house.journal.find(Kind.MEMBERSHIP, "MEM-C") is None

    command(*_issue(wallet, "MEM-C"), expect=15)
    assert _code(command(*_issue(wallet, "MEM-C2", "pro"), expect=5)) == "membership.already-offered"
    assert _code(command(*_issue(wallet, "MEM-C", "pro"), expect=2)) == "operation.reference-taken"

    # What its holder refuses can be offered again.
    offered = _operation(bank, Kind.MEMBERSHIP, "MEM-C")
    _send(wallet, "NFTokenCancelOffer", NFTokenOffers=[offered.facts["offer_id"]])
    assert _code(command("ops", "resume", offered.id, expect=14)) == "membership.offer-gone"
    assert _code(command(*_issue(wallet, "MEM-C2"), expect=15)) == "membership.waiting-for-holder"


def test_a_token_burned_or_moved_outside_is_noticed(bank: Bank, command: Command) -> None:
    wallet, issued = _member(bank, "eridanus")
    verify, account = _nft("verify", wallet.address), bank.house.account("membership").address
    _send(wallet, "NFTokenBurn", NFTokenID=issued.facts["nftoken_id"])
    assert _code(command(*verify, expect=14)) == "membership.token-burned"
    ended = command(*_nft("revoke", wallet.address, "--reason", "burned")).data["operation"]
    assert ended["state"] == "posted"
    assert bank.house.journal.attempts(ended["id"]) == []
    assert _code(command(*verify, expect=5)) == "membership.revoked"

    token = _joined(bank, wallet, "MEM-eridanus-2").facts["nftoken_id"]
    _send(wallet, "NFTokenAcceptOffer", NFTokenBuyOffer=_account_offers_to_buy(bank, token, wallet.address))
    assert _code(command(*verify, expect=14)) == "membership.token-moved"
    ended = command(*_nft("revoke", wallet.address, "--reason", "given back")).data["operation"]
    burned = bank.house.ledger.transaction(ended["facts"]["tx_hash"])
    assert burned is not None
    assert "Owner" not in burned.tx
    assert token not in {held.id for held in bank.house.ledger.nftokens(account)}


def test_what_was_recorded_or_revoked_by_hand(bank: Bank, command: Command) -> None:
    wallet = _admitted(bank, "lyra")
    accepted = _accepted(bank, wallet, "MEM-lyra")
    token = accepted.facts["nftoken_id"]
    forged = {
        "transferable": "0009" + token[4:],
        "by another": token[:8] + "07" * 20 + token[48:],
        "another taxon": token[:48] + f"{int(token[48:56], 16) ^ 2:08X}" + token[56:],
    }
    for other in forged.values():
        _record_by_hand(bank, wallet, other, "basic")
        assert _code(command(*_nft("verify", wallet.address), expect=14)) == "membership.registry-differs"
        assert _code(command("ops", "resume", accepted.id, expect=5)) == "membership.already-member"
        _revoke_by_hand(bank, wallet, other)
    _record_by_hand(bank, wallet, token, "otc")
    assert _code(command(*_nft("verify", wallet.address), expect=14)) == "membership.registry-differs"

    _revoke_by_hand(bank, wallet, token)
    assert _code(command(*_issue(wallet, "MEM-lyra-2"), expect=5)) == "membership.token-not-burned"
    ended = membership_end.revoke(bank.house, wallet.address, reason="by hand")
    assert ended.state is State.POSTED
    assert "revoked_by" not in ended.facts
    assert bank.house.ledger.nftokens(wallet.address) == []


def test_a_blocked_customer_is_no_member_and_does_not_become_one(bank: Bank, command: Command) -> None:
    wallet = _admitted(bank, "norma")
    offered = _accepted(bank, wallet, "MEM-norma")
    _block(bank, "norma")
    refused = command("ops", "resume", offered.id, expect=5)
    assert _code(refused) == "control.member-not-whitelisted"
    assert bank.house.journal.operation(offered.id).state is State.FINAL
    assert _code(command(*_nft("verify", wallet.address), expect=5)) == "membership.not-a-member"

    member, _ = _member(bank, "octans")
    _block(bank, "octans")
    assert _code(command(*_nft("verify", member.address), expect=5)) == "policy.not-whitelisted"
    command(*_nft("revoke", member.address, "--reason", "blocked"))
    assert bank.house.ledger.nftokens(member.address) == []


def _by_hand(bank: Bank) -> dict[str, Any]:
    (officer,) = bank.house.profile.evm.roles[Role.MEMBERSHIP]
    return {"signer": chain_signer(bank.house, officer), "record": lambda tx_hash, raw: None}


def _record_by_hand(bank: Bank, wallet: Wallet, nftoken_id: str, tier: str) -> None:
    network = bank.house.network_id
    bank.house.control.issue_membership(network, wallet.address, nftoken_id, tier, **_by_hand(bank))


def _revoke_by_hand(bank: Bank, wallet: Wallet, nftoken_id: str) -> None:
    network = bank.house.network_id
    bank.house.control.revoke_membership(network, wallet.address, nftoken_id, "", **_by_hand(bank))


def _block(bank: Bank, name: str) -> None:
    """Have compliance block a customer on the contract itself."""
    bank.house.control._act(  # type: ignore[attr-defined]
        "ComplianceRegistry",
        "blockCustomer",
        kyc_key(f"KYC-{name}"),
        b"r" * 32,
        signer=chain_signer(bank.house, "compliance-head"),
        record=lambda tx_hash, raw: None,
    )


def test_the_membership_account_is_set_up_as_the_profile_says(command: Command) -> None:
    command("issuer", "setup", "--account", "membership")
    assert command("issuer", "status", "--account", "membership").data["result"]["steps"] == []
    together = command("issuer", "plan", "--account", "treasury", expect=2)
    assert _code(together) == "issuer.set-up-together"
    assert _code(command("issuer", "plan", expect=2)) == "usage.command-line"
