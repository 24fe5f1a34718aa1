"""Trust lines: what one account holds of another's currency, and moving it.

A line (RippleState) is shared by a low and a high account; its Balance is in the low account's terms.
Source of the rules: xrpld ``ledger/helpers/RippleStateHelpers.cpp`` and ``TokenHelpers.cpp``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sovbank.devnet.ledger import directories, keylets
from sovbank.devnet.ledger.amounts import QUALITY_ONE, ZERO, Value
from sovbank.devnet.ledger.flags import AccountFlag, LineFlag
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.values import Issue
from sovbank.devnet.ledger.view import ReadView, Sandbox, adjust_owner_count, peek_account, read_account

ACCOUNT_ONE: Final = bytes(19) + b"\x01"
"""Stands as the issuer of a line's balance, which has none."""
BAD_CURRENCY: Final = bytes(12) + b"XRP" + bytes(5)
"""The three letters XRP as a token's currency."""


@dataclass(frozen=True, slots=True)
class Side:
    """Names of the fields and flags that one side of a line has."""

    limit: str
    quality_in: str
    quality_out: str
    node: str
    reserve: int
    auth: int
    no_ripple: int
    freeze: int
    deep_freeze: int


LOW: Final = Side(
    "LowLimit",
    "LowQualityIn",
    "LowQualityOut",
    "LowNode",
    LineFlag.LOW_RESERVE,
    LineFlag.LOW_AUTH,
    LineFlag.LOW_NO_RIPPLE,
    LineFlag.LOW_FREEZE,
    LineFlag.LOW_DEEP_FREEZE,
)
HIGH: Final = Side(
    "HighLimit",
    "HighQualityIn",
    "HighQualityOut",
    "HighNode",
    LineFlag.HIGH_RESERVE,
    LineFlag.HIGH_AUTH,
    LineFlag.HIGH_NO_RIPPLE,
    LineFlag.HIGH_FREEZE,
    LineFlag.HIGH_DEEP_FREEZE,
)
DEEP_FREEZE: Final = LineFlag.LOW_DEEP_FREEZE | LineFlag.HIGH_DEEP_FREEZE


def side_of(account: bytes, peer: bytes) -> Side:
    """Give the side that an account has on its line with another."""
    return HIGH if account > peer else LOW


def read_line(view: ReadView, account: bytes, peer: bytes, currency: bytes) -> LedgerEntry | None:
    """Read the line between two accounts, or None."""
    return view.read(keylets.trust_line(account, peer, currency))


def balance_of(line: LedgerEntry, account: bytes, peer: bytes) -> Value:
    """Give a line's balance in an account's terms: positive is what it holds, negative what it owes."""
    value = Value.of(line["Balance"])
    return -value if account > peer else value


def balance(view: ReadView, account: bytes, peer: bytes, currency: bytes) -> Value:
    """Give what an account holds of a peer's currency, negative when it owes; zero without a line."""
    line = read_line(view, account, peer, currency)
    return ZERO if line is None else balance_of(line, account, peer)


def limit(view: ReadView, account: bytes, peer: bytes, currency: bytes) -> Value:
    """Give how much of a peer's currency an account is willing to hold; zero without a line."""
    line = read_line(view, account, peer, currency)
    return ZERO if line is None else Value.of(line[side_of(account, peer).limit])


def is_globally_frozen(view: ReadView, issuer: bytes) -> bool:
    """Tell whether an issuer froze everything it issued."""
    root = read_account(view, issuer)
    return root is not None and root.has_flag(AccountFlag.GLOBAL_FREEZE)


def is_individually_frozen(view: ReadView, account: bytes, issue: Issue) -> bool:
    """Tell whether the issuer froze its line with an account."""
    if issue.issuer == account:
        return False
    line = read_line(view, account, issue.issuer, issue.currency)
    return line is not None and line.has_flag(side_of(issue.issuer, account).freeze)


def is_frozen(view: ReadView, account: bytes, issue: Issue) -> bool:
    """Tell whether a freeze keeps an account from sending an issue to others than the issuer."""
    return is_globally_frozen(view, issue.issuer) or is_individually_frozen(view, account, issue)


def is_deep_frozen(view: ReadView, account: bytes, issue: Issue) -> bool:
    """Tell whether either side deep-froze the line of an account with the issuer."""
    if issue.issuer == account:
        return False
    line = read_line(view, account, issue.issuer, issue.currency)
    return line is not None and line.has_flag(DEEP_FREEZE)


def transfer_rate(view: ReadView, issuer: bytes) -> int:
    """Give an issuer's transfer rate in parts of 10^9."""
    root = read_account(view, issuer)
    rate: int = QUALITY_ONE if root is None else root.get("TransferRate", QUALITY_ONE)
    return rate


@dataclass(frozen=True, slots=True)
class Terms:
    """How an account opens a line: its limit, qualities (0 for none) and flags."""

    limit: Value = ZERO
    quality_in: int = 0
    quality_out: int = 0
    auth: bool = False
    no_ripple: bool = False
    freeze: bool = False
    deep_freeze: bool = False


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be made: the account that takes it on and pays its reserve, the peer, and the start."""

    account: bytes
    peer: bytes
    currency: bytes
    terms: Terms = field(default_factory=Terms)
    balance: Value = ZERO
    """In the account's terms."""


def create(view: Sandbox, new: NewLine, root: LedgerEntry) -> TER:
    """Make a line; ``root`` is the AccountRoot of its account, lent by the view."""
    own, other = side_of(new.account, new.peer), side_of(new.peer, new.account)
    low, high = sorted((new.account, new.peer))
    line = LedgerEntry.new("RippleState", keylets.trust_line(low, high, new.currency))
    view.insert(line)
    low_node = directories.insert_owned(view, low, line.key)
    high_node = directories.insert_owned(view, high, line.key)
    if low_node is None or high_node is None:
        return TER.tecDIR_FULL
    peer = read_account(view, new.peer)
    if peer is None:
        return TER.tecNO_TARGET
    terms = new.terms
    line["LowNode"], line["HighNode"] = low_node, high_node
    line[own.limit] = terms.limit.amount(Issue(new.currency, new.account))
    line[other.limit] = ZERO.amount(Issue(new.currency, new.peer))
    if terms.quality_in:
        line[own.quality_in] = terms.quality_in
    if terms.quality_out:
        line[own.quality_out] = terms.quality_out
    flags = own.reserve
    flags |= own.auth if terms.auth else 0
    flags |= own.no_ripple if terms.no_ripple else 0
    flags |= own.freeze if terms.freeze else 0
    flags |= own.deep_freeze if terms.deep_freeze else 0
    flags |= 0 if peer.has_flag(AccountFlag.DEFAULT_RIPPLE) else other.no_ripple
    line["Flags"] = flags
    adjust_owner_count(view, root, 1)
    start = new.balance if own is LOW else -new.balance
    line["Balance"] = start.amount(Issue(new.currency, ACCOUNT_ONE))
    return TER.tesSUCCESS


def delete(view: Sandbox, line: LedgerEntry) -> TER:
    """Delete a line lent by the view; owner counts are the caller's."""
    low, high = line["LowLimit"].issuer, line["HighLimit"].issuer
    for account, node in ((low, "LowNode"), (high, "HighNode")):
        if not directories.remove_owned(view, account, line.get(node, 0), line.key):
            return TER.tefBAD_LEDGER
    view.erase(line)
    return TER.tesSUCCESS


def move(view: Sandbox, sender: bytes, receiver: bytes, currency: bytes, value: Value) -> TER:
    """Move a value over the line of two accounts, without limits or fees; open the line if there is none.

    Moving to the sender's peer redeems what the sender holds and issues the rest. A line that is left in
    its default state is deleted.
    """
    line = view.peek(keylets.trust_line(sender, receiver, currency))
    if line is None:
        return _open_by_receiving(view, sender, receiver, currency, value)
    before = balance_of(line, sender, receiver)
    after = before - value
    gone = _releases_sender(view, line, sender, receiver, before, after)
    if gone:
        _release(view, line, sender, side_of(sender, receiver))
        gone = not after and not line.has_flag(side_of(receiver, sender).reserve)
    in_low_terms = after if sender < receiver else -after
    line["Balance"] = in_low_terms.amount(line["Balance"].issue)
    view.update(line)
    return delete(view, line) if gone else TER.tesSUCCESS


def _open_by_receiving(view: Sandbox, sender: bytes, receiver: bytes, currency: bytes, value: Value) -> TER:
    root = peek_account(view, receiver)
    if root is None:
        return TER.tefINTERNAL
    terms = Terms(no_ripple=not root.has_flag(AccountFlag.DEFAULT_RIPPLE))
    return create(view, NewLine(receiver, sender, currency, terms, value), root)


def _releases_sender(
    view: Sandbox, line: LedgerEntry, sender: bytes, receiver: bytes, before: Value, after: Value
) -> bool:
    """Tell whether the sender, having spent what it held, has nothing else set on the line."""
    if not before > ZERO or after > ZERO:
        return False
    own = side_of(sender, receiver)
    if not line.has_flag(own.reserve) or line.has_flag(own.freeze) or line[own.limit].mantissa:
        return False
    root = read_account(view, sender)
    default_ripple = root is not None and root.has_flag(AccountFlag.DEFAULT_RIPPLE)
    return (
        line.has_flag(own.no_ripple) != default_ripple
        and not line.get(own.quality_in, 0)
        and not line.get(own.quality_out, 0)
    )


def _release(view: Sandbox, line: LedgerEntry, account: bytes, side: Side) -> None:
    root = peek_account(view, account)
    if root is not None:
        adjust_owner_count(view, root, -1)
    line.clear_flag(side.reserve)
