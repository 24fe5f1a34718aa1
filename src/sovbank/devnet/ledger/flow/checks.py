"""What a step must satisfy before a payment may use it: existence, freeze, rippling, authorisation, loops.

Source of the rules: xrpld ``tx/paths/StepChecks.h``, ``DirectStep.cpp``, ``BookStep.cpp`` and
``XRPEndpointStep.cpp``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.amounts import ZERO, Value
from sovbank.devnet.ledger.flags import AccountFlag
from sovbank.devnet.ledger.flow import lines
from sovbank.devnet.ledger.flow.step import DirectStep
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.values import NO_ACCOUNT, XRP, XRP_CURRENCY, Issue
from sovbank.devnet.ledger.view import ReadView, read_account


@dataclass(slots=True)
class Seen:
    """What a strand visited: accounts as sources and as destinations, and what its books give out."""

    sources: set[Issue] = field(default_factory=set)
    destinations: set[Issue] = field(default_factory=set)
    books: set[Issue] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A step that a strand would take; ``previous`` is the step before, a book by what it gives out."""

    source: bytes
    destination: bytes
    currency: bytes
    previous: DirectStep | Issue | None
    is_first: bool
    is_last: bool


def check_direct(view: ReadView, step: Proposed, seen: Seen) -> TER:
    """Check a step between two accounts."""
    if NO_ACCOUNT in (step.source, step.destination) or step.source == step.destination:
        return TER.temBAD_PATH
    root = read_account(view, step.source)
    if root is None:
        return TER.terNO_ACCOUNT
    if not (step.is_first and step.is_last) and _is_frozen(
        view, step.source, step.destination, step.currency
    ):
        return TER.terNO_LINE
    if isinstance(step.previous, DirectStep):
        result = _check_no_ripple(view, step.previous.source, step.source, step.destination, step.currency)
        if result is not TER.tesSUCCESS:
            return result
    given, wanted = Issue(step.currency, step.source), Issue(step.currency, step.destination)
    if given in seen.books and isinstance(step.previous, tuple) and step.previous != given:
        return TER.temBAD_PATH_LOOP
    if given in seen.sources:
        return TER.temBAD_PATH_LOOP
    seen.sources.add(given)
    if wanted in seen.destinations:
        return TER.temBAD_PATH_LOOP
    seen.destinations.add(wanted)
    return _check_line(view, step, requires_auth=root.has_flag(AccountFlag.REQUIRE_AUTH))


def _check_line(view: ReadView, step: Proposed, *, requires_auth: bool) -> TER:
    line = lines.read_line(view, step.source, step.destination, step.currency)
    if line is None:
        return TER.terNO_LINE
    own = lines.side_of(step.source, step.destination)
    held = lines.balance_of(line, step.source, step.destination)
    if requires_auth and not line.has_flag(own.auth) and not held:
        return TER.terNO_AUTH
    if isinstance(step.previous, tuple) and line.has_flag(own.no_ripple):
        return TER.terNO_RIPPLE
    accepted = Value.of(line[lines.side_of(step.destination, step.source).limit])
    return TER.tecPATH_DRY if held <= ZERO and -held >= accepted else TER.tesSUCCESS


def check_xrp_end(view: ReadView, account: bytes, seen: Seen, *, is_first: bool, is_last: bool) -> TER:
    """Check an end of a strand where XRP is paid or received."""
    if account == NO_ACCOUNT:
        return TER.temBAD_PATH
    if read_account(view, account) is None:
        return TER.terNO_ACCOUNT
    if not is_first and not is_last:
        return TER.temBAD_PATH
    if is_last and lines.is_globally_frozen(view, account):
        return TER.terNO_LINE
    visited = seen.sources if is_last else seen.destinations
    if XRP in visited:
        return TER.temBAD_PATH_LOOP
    visited.add(XRP)
    return TER.tesSUCCESS


def check_book(view: ReadView, taken: Issue, given: Issue, previous_source: bytes | None, seen: Seen) -> TER:
    """Check an order book between two issues; ``previous_source`` is the source of a direct step before."""
    if taken == given or not _is_consistent(taken) or not _is_consistent(given):
        return TER.temBAD_PATH
    if given in seen.books or given in seen.sources or given in seen.destinations:
        return TER.temBAD_PATH_LOOP
    seen.books.add(given)
    for issue in (taken, given):
        if issue != XRP and not view.exists(keylets.account(issue.issuer)):
            return TER.tecNO_ISSUER
    if previous_source is not None:
        line = lines.read_line(view, previous_source, taken.issuer, taken.currency)
        if line is None:
            return TER.terNO_LINE
        if line.has_flag(lines.side_of(taken.issuer, previous_source).no_ripple):
            return TER.terNO_RIPPLE
    return TER.tesSUCCESS


def _is_consistent(issue: Issue) -> bool:
    return (issue.currency == XRP_CURRENCY) == (issue.issuer == NO_ACCOUNT)


def _is_frozen(view: ReadView, source: bytes, destination: bytes, currency: bytes) -> bool:
    if lines.is_globally_frozen(view, destination):
        return True
    line = lines.read_line(view, source, destination, currency)
    if line is None:
        return False
    return line.has_flag(lines.side_of(destination, source).freeze | lines.DEEP_FREEZE)


def _check_no_ripple(view: ReadView, before: bytes, here: bytes, after: bytes, currency: bytes) -> TER:
    """Refuse to ripple through an account that forbids it on both of its lines."""
    line_in = lines.read_line(view, before, here, currency)
    line_out = lines.read_line(view, here, after, currency)
    if line_in is None or line_out is None:
        return TER.terNO_LINE
    in_forbids = line_in.has_flag(lines.side_of(here, before).no_ripple)
    out_forbids = line_out.has_flag(lines.side_of(here, after).no_ripple)
    return TER.terNO_RIPPLE if in_forbids and out_forbids else TER.tesSUCCESS
