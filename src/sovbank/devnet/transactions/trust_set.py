"""TrustSet: open, change, authorise, freeze or close a trust line.

Source of the rules: xrpld ``tx/transactors/token/TrustSet.cpp``.
"""

from __future__ import annotations

from typing import Final

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.amounts import QUALITY_ONE, ZERO, Value
from sovbank.devnet.ledger.flags import AccountFlag
from sovbank.devnet.ledger.flow import lines
from sovbank.devnet.ledger.flow.lines import ACCOUNT_ONE, BAD_CURRENCY, Side, side_of
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.transaction import Transaction
from sovbank.devnet.ledger.transactor import (
    ApplyContext,
    PreclaimContext,
    PreflightContext,
    Transactor,
    names,
)
from sovbank.devnet.ledger.values import NO_ACCOUNT, TokenAmount
from sovbank.devnet.ledger.view import Sandbox, adjust_owner_count, peek_account, read_account

TF_SETF_AUTH: Final = 0x00010000
TF_SET_NO_RIPPLE: Final = 0x00020000
TF_CLEAR_NO_RIPPLE: Final = 0x00040000
TF_SET_FREEZE: Final = 0x00100000
TF_CLEAR_FREEZE: Final = 0x00200000
TF_SET_DEEP_FREEZE: Final = 0x00400000
TF_CLEAR_DEEP_FREEZE: Final = 0x00800000

_LINES_WITHOUT_RESERVE: Final = 2


def preflight(context: PreflightContext) -> TER:
    """Check the limit by itself."""
    limit = context.tx.get("LimitAmount", 0)
    if not isinstance(limit, TokenAmount):
        return TER.temBAD_LIMIT
    if limit.currency == BAD_CURRENCY:
        return TER.temBAD_CURRENCY
    if limit.mantissa < 0:
        return TER.temBAD_LIMIT
    if limit.issuer in (NO_ACCOUNT, ACCOUNT_ONE):
        return TER.temDST_NEEDED
    return TER.tesSUCCESS


def preclaim(context: PreclaimContext) -> TER:
    """Check authorisation, the peer's wishes, and that freezes make sense together."""
    tx, view = context.tx, context.view
    root = read_account(view, tx.account)
    if root is None:
        return TER.terNO_ACCOUNT
    if tx.has_flag(TF_SETF_AUTH) and not root.has_flag(AccountFlag.REQUIRE_AUTH):
        return TER.tefNO_AUTH_REQUIRED
    limit: TokenAmount = tx["LimitAmount"]
    if limit.issuer == tx.account:
        return TER.temDST_IS_SRC
    peer = read_account(view, limit.issuer)
    if peer is None:
        return TER.tecNO_DST
    line = lines.read_line(view, tx.account, limit.issuer, limit.currency)
    if line is None and peer.has_flag(AccountFlag.DISALLOW_INCOMING_TRUSTLINE):
        return TER.tecNO_PERMISSION
    return _check_freezes(tx, root, line, side_of(tx.account, limit.issuer))


def _check_freezes(tx: Transaction, root: LedgerEntry, line: LedgerEntry | None, own: Side) -> TER:
    freezes = tx.has_flag(TF_SET_FREEZE | TF_SET_DEEP_FREEZE)
    if freezes and root.has_flag(AccountFlag.NO_FREEZE):
        return TER.tecNO_PERMISSION
    if freezes and tx.has_flag(TF_CLEAR_FREEZE | TF_CLEAR_DEEP_FREEZE):
        return TER.tecNO_PERMISSION
    flags = _with_freezes(tx, root, line.flags if line is not None else 0, own)
    if flags & own.deep_freeze and not flags & own.freeze:
        return TER.tecNO_PERMISSION
    return TER.tesSUCCESS


def _with_freezes(tx: Transaction, root: LedgerEntry, flags: int, own: Side) -> int:
    """Give a line's flags after the transaction's freezes and thaws."""
    may_freeze = not root.has_flag(AccountFlag.NO_FREEZE)
    for to_set, to_clear, flag in (
        (TF_SET_FREEZE, TF_CLEAR_FREEZE, own.freeze),
        (TF_SET_DEEP_FREEZE, TF_CLEAR_DEEP_FREEZE, own.deep_freeze),
    ):
        sets, clears = tx.has_flag(to_set), tx.has_flag(to_clear)
        if sets and not clears and may_freeze:
            flags |= flag
        elif clears and not sets:
            flags &= ~flag
    return flags


def apply(context: ApplyContext) -> TER:
    """Make, change or delete the line."""
    tx, view = context.tx, context.view
    limit: TokenAmount = tx["LimitAmount"]
    root = peek_account(view, tx.account)
    if root is None:
        return TER.tefINTERNAL
    owned = root["OwnerCount"]
    reserve = 0 if owned < _LINES_WITHOUT_RESERVE else view.info.fees.account_reserve(owned + 1)
    if peek_account(view, limit.issuer) is None:
        return TER.tecNO_DST
    line = view.peek(keylets.trust_line(tx.account, limit.issuer, limit.currency))
    has_reserve = context.prior_balance >= reserve
    if line is not None:
        return _change(tx, view, line, has_reserve=has_reserve)
    terms = _terms(tx)
    if not (limit.mantissa or terms.quality_in or terms.quality_out or terms.auth):
        return TER.tecNO_LINE_REDUNDANT
    if not has_reserve:
        return TER.tecNO_LINE_INSUF_RESERVE
    return lines.create(view, lines.NewLine(tx.account, limit.issuer, limit.currency, terms), root)


def _terms(tx: Transaction) -> lines.Terms:
    quality_out = tx.get("QualityOut", 0)
    return lines.Terms(
        limit=Value.of(tx["LimitAmount"]),
        quality_in=tx.get("QualityIn", 0),
        quality_out=0 if quality_out == QUALITY_ONE else quality_out,
        auth=tx.has_flag(TF_SETF_AUTH),
        no_ripple=tx.has_flag(TF_SET_NO_RIPPLE) and not tx.has_flag(TF_CLEAR_NO_RIPPLE),
        freeze=tx.has_flag(TF_SET_FREEZE) and not tx.has_flag(TF_CLEAR_FREEZE),
        deep_freeze=tx.has_flag(TF_SET_DEEP_FREEZE),
    )


def _change(tx: Transaction, view: Sandbox, line: LedgerEntry, *, has_reserve: bool) -> TER:
    limit: TokenAmount = tx["LimitAmount"]
    account, peer = tx.account, limit.issuer
    root, own = read_account(view, account), side_of(account, peer)
    if root is None:
        return TER.tefINTERNAL
    line[own.limit] = TokenAmount(limit.currency, account, limit.mantissa, limit.exponent)
    _set_quality(tx, "QualityIn", line, own.quality_in)
    _set_quality(tx, "QualityOut", line, own.quality_out, parity_clears=True)
    flags = line.flags
    sets, clears = tx.has_flag(TF_SET_NO_RIPPLE), tx.has_flag(TF_CLEAR_NO_RIPPLE)
    if sets and not clears:
        if lines.balance_of(line, account, peer) < ZERO:
            return TER.tecNO_PERMISSION
        flags |= own.no_ripple
    elif clears and not sets:
        flags &= ~own.no_ripple
    flags = _with_freezes(tx, root, flags, own)
    if tx.has_flag(TF_SETF_AUTH):
        flags |= own.auth
    wanted = {
        one: _is_used(view, line, flags, one, other) for one, other in ((account, peer), (peer, account))
    }
    more = wanted[account] and not flags & own.reserve
    line["Flags"] = _adjust_reserves(view, line, flags, wanted)
    if not any(wanted.values()) or limit.currency == BAD_CURRENCY:
        return lines.delete(view, line)
    if more and not has_reserve:
        return TER.tecINSUF_RESERVE_LINE
    view.update(line)
    return TER.tesSUCCESS


def _set_quality(
    tx: Transaction, given: str, line: LedgerEntry, name: str, *, parity_clears: bool = False
) -> None:
    if given not in tx:
        return
    quality = tx[given]
    if not quality or (parity_clears and quality == QUALITY_ONE):
        line.discard(name)
    else:
        line[name] = quality


def _is_used(view: Sandbox, line: LedgerEntry, flags: int, account: bytes, peer: bytes) -> bool:
    """Tell whether anything on an account's side of a line differs from the default and costs a reserve."""
    own = side_of(account, peer)
    root = read_account(view, account)
    default_ripple = root is not None and root.has_flag(AccountFlag.DEFAULT_RIPPLE)
    return (
        line.get(own.quality_in, 0) not in (0, QUALITY_ONE)
        or line.get(own.quality_out, 0) not in (0, QUALITY_ONE)
        or (not flags & own.no_ripple) != default_ripple
        or bool(flags & own.freeze)
        or line[own.limit].mantissa != 0
        or lines.balance_of(line, account, peer) > ZERO
    )


def _adjust_reserves(view: Sandbox, line: LedgerEntry, flags: int, wanted: dict[bytes, bool]) -> int:
    low, high = line["LowLimit"].issuer, line["HighLimit"].issuer
    for account, peer in ((low, high), (high, low)):
        reserve = side_of(account, peer).reserve
        if wanted[account] == bool(flags & reserve):
            continue
        root = peek_account(view, account)
        if root is not None:
            adjust_owner_count(view, root, 1 if wanted[account] else -1)
        flags ^= reserve
    return flags


TRANSACTOR: Final = Transactor(
    required=names(""),
    optional=names("LimitAmount QualityIn QualityOut"),
    flags=TF_SETF_AUTH
    | TF_SET_NO_RIPPLE
    | TF_CLEAR_NO_RIPPLE
    | TF_SET_FREEZE
    | TF_CLEAR_FREEZE
    | TF_SET_DEEP_FREEZE
    | TF_CLEAR_DEEP_FREEZE,
    preflight=preflight,
    preclaim=preclaim,
    apply=apply,
)
