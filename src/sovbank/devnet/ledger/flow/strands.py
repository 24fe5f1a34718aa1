"""From paths to strands: which steps a payment would take, and whether each may be taken at all.

There are no offers on this ledger, so a strand that needs an order book is checked like any other and
then found dry; ``Strand.steps`` is empty for it.
Source of the rules: xrpld ``tx/paths/PaySteps.cpp``, ``StepChecks.h`` and the ``check`` of each step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from sovbank.devnet.ledger.flow import checks
from sovbank.devnet.ledger.flow.lines import ACCOUNT_ONE
from sovbank.devnet.ledger.flow.sandbox import PaymentSandbox
from sovbank.devnet.ledger.flow.step import DirectStep
from sovbank.devnet.ledger.results import TER, is_malformed
from sovbank.devnet.ledger.values import NO_ACCOUNT, XRP, XRP_CURRENCY, Issue

PathStep = Mapping[str, Any]


class _Node(NamedTuple):
    """An element of a normalised path: an account, or else a book that ends in currency and issuer."""

    account: bytes | None
    currency: bytes | None = None
    issuer: bytes | None = None

    @property
    def is_book(self) -> bool:
        return self.account is None


@dataclass(slots=True)
class Strand:
    """Steps in a row. ``identity`` tells strands apart; a strand through a book has no steps to run."""

    steps: list[DirectStep]
    identity: tuple[tuple[bytes, ...], ...]


class Refusal(Exception):
    """A path cannot be used; ``result`` says why. It does not leave this package."""

    def __init__(self, result: TER) -> None:
        super().__init__(result.name)
        self.result = result


@dataclass(frozen=True, slots=True)
class Route:
    """Who pays whom what: the source, the destination, the issue delivered and the issue spent."""

    source: bytes
    destination: bytes
    deliver: Issue
    spend: Issue


def build(
    view: PaymentSandbox, route: Route, paths: Sequence[Sequence[PathStep]], *, default_path: bool
) -> tuple[TER, list[Strand]]:
    """Give the different strands that could carry a payment, or why there is none."""
    found: list[Strand] = []
    last_failure = TER.tesSUCCESS
    if not default_path and not paths:
        return TER.temRIPPLE_EMPTY, []
    for path in [(), *paths] if default_path else paths:
        try:
            strand = _strand(view, route, path)
        except Refusal as refusal:
            if is_malformed(refusal.result) or not paths:
                return refusal.result, []
            if path:
                last_failure = refusal.result
            continue
        if all(strand.identity != other.identity for other in found):
            found.append(strand)
    return (TER.tesSUCCESS, found) if found else (last_failure, [])


def _strand(view: PaymentSandbox, route: Route, path: Sequence[PathStep]) -> Strand:
    _check_ends(route)
    between = [_node_of(step) for step in path]
    for node in between:
        _check_node(node)
    nodes = _normalise(route, between)
    builder = _Builder(view, route)
    builder.run(nodes)
    return Strand([] if builder.has_book else builder.steps, tuple(builder.identity))


def _check_ends(route: Route) -> None:
    ends = (route.source, route.destination)
    if NO_ACCOUNT in ends or ACCOUNT_ONE in (*ends, route.spend.issuer, route.deliver.issuer):
        raise Refusal(TER.temBAD_PATH)
    for issue in (route.deliver, route.spend):
        if (issue.currency == XRP_CURRENCY) != (issue.issuer == NO_ACCOUNT):
            raise Refusal(TER.temBAD_PATH)


def _node_of(step: PathStep) -> _Node:
    """Read a step of a path; an account or issuer of zero counts as none."""
    return _Node(_unless_zero(step.get("account")), step.get("currency"), _unless_zero(step.get("issuer")))


def _unless_zero(account: bytes | None) -> bytes | None:
    return None if account == NO_ACCOUNT else account


def _check_node(node: _Node) -> None:
    account, currency, issuer = node
    if account is None and currency is None and issuer is None:
        raise Refusal(TER.temBAD_PATH)
    if account is not None and (issuer is not None or currency is not None):
        raise Refusal(TER.temBAD_PATH)
    if ACCOUNT_ONE in (account, issuer) or (issuer is not None and currency == XRP_CURRENCY):
        raise Refusal(TER.temBAD_PATH)


def _normalise(route: Route, between: Sequence[_Node]) -> list[_Node]:
    """Add what a path leaves unsaid: the source, the issuers, the book at the end, the destination."""
    first = XRP if route.spend == XRP else Issue(route.spend.currency, route.source)
    nodes = [_Node(route.source, first.currency, first.issuer)]
    if route.spend.issuer != route.source and (not between or between[0].account != route.spend.issuer):
        nodes.append(_Node(route.spend.issuer))
    nodes += between
    last_currency = next(node.currency for node in reversed(nodes) if node.currency is not None)
    if last_currency != route.deliver.currency:
        nodes.append(_Node(None, route.deliver.currency, route.deliver.issuer))
    if nodes[-1].account != route.deliver.issuer and route.destination != route.deliver.issuer:
        nodes.append(_Node(route.deliver.issuer))
    if nodes[-1].account != route.destination:
        nodes.append(_Node(route.destination))
    if len(nodes) < 2:
        raise Refusal(TER.temBAD_PATH)
    return nodes


@dataclass(slots=True)
class _Builder:
    """Turns pairs of nodes into checked steps."""

    view: PaymentSandbox
    route: Route
    steps: list[DirectStep] = field(default_factory=list)
    identity: list[tuple[bytes, ...]] = field(default_factory=list)
    has_book: bool = False
    previous: DirectStep | Issue | None = None
    """The step made last: between accounts, a book (by what it gives out), or neither."""
    seen: checks.Seen = field(default_factory=checks.Seen)

    def run(self, nodes: list[_Node]) -> None:
        issue = XRP if self.route.spend == XRP else Issue(self.route.spend.currency, self.route.source)
        for index, (here, there) in enumerate(pairwise(nodes)):
            issue = _issue_at(issue, here)
            is_last = index == len(nodes) - 2
            if here.is_book and there.account is not None:
                self._after_book(issue, there.account, is_last=is_last)
            else:
                self._step(issue, here, there, is_last=is_last)

    def _after_book(self, issue: Issue, account: bytes, *, is_last: bool) -> None:
        if issue.issuer == account or account == NO_ACCOUNT:
            return
        if issue == XRP:
            if not is_last:
                raise Refusal(TER.temBAD_PATH)
            self._xrp_end(account, is_last=False)
        else:
            self._direct(issue.issuer, account, issue.currency, is_last=False)

    def _step(self, issue: Issue, here: _Node, there: _Node, *, is_last: bool) -> None:
        if here.account is not None and not self.identity and here.currency == XRP_CURRENCY:
            self._xrp_end(here.account, is_last=is_last)
        elif is_last and here == _Node(NO_ACCOUNT) and there.account is not None:
            self._xrp_end(there.account, is_last=True)
        elif here.account is not None and there.account is not None:
            self._direct(here.account, there.account, issue.currency, is_last=is_last)
        else:
            self._book(issue, there)

    def _direct(self, source: bytes, destination: bytes, currency: bytes, *, is_last: bool) -> None:
        proposed = checks.Proposed(
            source, destination, currency, self.previous, is_first=not self.identity, is_last=is_last
        )
        result = checks.check_direct(self.view, proposed, self.seen)
        if result is not TER.tesSUCCESS:
            raise Refusal(result)
        before = self.previous if isinstance(self.previous, DirectStep) else None
        step = DirectStep(source, destination, currency, before, is_last=is_last)
        self.steps.append(step)
        self.identity.append(step.identity)
        self.previous = step

    def _xrp_end(self, account: bytes, *, is_last: bool) -> None:
        result = checks.check_xrp_end(
            self.view, account, self.seen, is_first=not self.identity, is_last=is_last
        )
        if result is not TER.tesSUCCESS:
            raise Refusal(result)
        self.identity.append((b"XRP", account, bytes([is_last])))
        self.previous = None

    def _book(self, taken: Issue, there: _Node) -> None:
        currency = there.currency if there.currency is not None else taken.currency
        issuer = there.issuer if there.issuer is not None else taken.issuer
        given = XRP if currency == XRP_CURRENCY else Issue(currency, issuer)
        before = self.previous.source if isinstance(self.previous, DirectStep) else None
        result = checks.check_book(self.view, taken, given, before, self.seen)
        if result is not TER.tesSUCCESS:
            raise Refusal(result)
        self.identity.append((*taken, *given))
        self.previous = given
        self.has_book = True


def _issue_at(issue: Issue, node: _Node) -> Issue:
    """Give the issue that is held once a node is reached."""
    currency, issuer = issue
    if node.account is not None:
        issuer = node.account
    elif node.issuer is not None:
        issuer = node.issuer
    if node.currency is not None:
        currency = node.currency
        if currency == XRP_CURRENCY:
            issuer = NO_ACCOUNT
    return Issue(currency, issuer)
