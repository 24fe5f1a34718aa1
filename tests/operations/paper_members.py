"""A bank on paper that issues memberships, and the ceremonies around them."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from fake_registry import MemberControl
from fake_tokens import TokenLedger
from paper_bank import Paper, blank_account, open_paper_bank

from sovbank.ceremony.digest import to_bytes
from sovbank.ceremony.reading import parse_bundle
from sovbank.ceremony.records import Bundle
from sovbank.journal.port import OperationRow
from sovbank.operations import membership
from sovbank.operations.membership_rules import MembershipOrder
from sovbank.operations.multisig.collecting import collect
from sovbank.operations.multisig.cosigning import cosign
from sovbank.operations.multisig.proposing import propose
from sovbank.operations.multisig.submission import submit_all

WINDOW = 900
SIGNERS = ("member-services", "compliance-head", "coo")
REASON = "left the bank"


def open_members_bank(folder: Path) -> Paper:
    """A bank whose ledger has tokens and whose control plane has members."""
    paper = open_paper_bank(folder, ledgers=TokenLedger, controls=MemberControl)
    paper.ledger.held_tickets[paper.house.account("membership").address] = list(range(11, 31))
    return paper


def tokens(paper: Paper) -> TokenLedger:
    return cast(TokenLedger, paper.ledger)


def registry(paper: Paper) -> MemberControl:
    return cast(MemberControl, paper.control)


def customer(paper: Paper, name: str = "aurora") -> str:
    """A whitelisted customer with an account."""
    address = paper.customer(name)
    paper.ledger.accounts[address] = blank_account(address)
    return address


def order(paper: Paper, name: str = "aurora", tier: str = "pro") -> MembershipOrder:
    return MembershipOrder(customer(paper, name), tier, f"MEM-{name}")


def accepted(paper: Paper, operation: OperationRow) -> OperationRow:
    """The membership once its holder has accepted and the registry has it."""
    tokens(paper).accept(operation.parameters["holder"], operation.facts["offer_id"])
    return membership.complete(paper.house, operation.id)


def desk_of(paper: Paper) -> Paper:
    """The machine of a desk on which nobody's key is."""
    paper.keys.here = set()
    return paper


def bundled(paper: Paper, *operations: OperationRow) -> Bundle:
    made = propose(paper.house, [one.id for one in operations], window=WINDOW, top_up=False)
    return parse_bundle(to_bytes(made))


def signed(paper: Paper, bundle: Bundle, *officers: str, offline: bool = False) -> Bundle:
    """The bundle after it went round; every officer's machine is new."""
    for name in officers:
        bundle = cosign(paper.other_machine(name).house, bundle, offline=offline).bundle
    return bundle


def held(paper: Paper, *operations: OperationRow) -> tuple[OperationRow, ...]:
    """The operations after a whole ceremony."""
    bundle = bundled(paper, *operations)
    assert collect(paper.house, signed(paper, bundle, "coo", "compliance-head")).is_complete
    return submit_all(paper.house, operations[0].id)


def member(paper: Paper) -> OperationRow:
    return accepted(paper, membership.offer(paper.house, order(paper)))


def signed_on_known(paper: Paper, bundle: Bundle) -> Bundle:
    """Sign on the proposer's machine, which has the operation and looks at the ledgers all the same."""
    paper.keys.here = {"keystore:member-services"}
    return cosign(paper.house, bundle).bundle


def record_by_hand(paper: Paper, holder: str, nftoken_id: str) -> None:
    signer = paper.keys.chain_signer("keystore:member-services")
    registry(paper).issue_membership(0, holder, nftoken_id, "pro", signer=signer, record=lambda *_: None)
