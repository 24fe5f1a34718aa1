"""Paying for NFTs, in XRP or in tokens, without paths.

Source of the rules: xrpld ``ledger/helpers/TokenHelpers.cpp`` and ``NFTokenHelpers.cpp``.
"""

from __future__ import annotations

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.amounts import ZERO, Value, multiply_by_rate, multiply_units_by_rate
from sovbank.devnet.ledger.flags import AccountFlag
from sovbank.devnet.ledger.flow import lines
from sovbank.devnet.ledger.results import TER
from sovbank.devnet.ledger.values import Amount, Issue, TokenAmount
from sovbank.devnet.ledger.view import ReadView, Sandbox, peek_account, read_account
from sovbank.devnet.transactions import amount_rules

_RATE_PER_FEE_UNIT = 10_000


def fee_share(amount: Amount, fee: int) -> Amount:
    """Give the share of a transfer fee in units of 0.001 per cent, rounded to nearest even."""
    rate = fee * _RATE_PER_FEE_UNIT
    if isinstance(amount, TokenAmount):
        return multiply_by_rate(Value.of(amount), rate).amount(amount.issue)
    return multiply_units_by_rate(amount_rules.number(amount), rate)


def _liquid(view: ReadView, account: bytes) -> int:
    root = read_account(view, account)
    if root is None:
        return 0
    count = view.owner_count_hook(account, root["OwnerCount"])
    spendable: int = root["Balance"] - view.info.fees.account_reserve(count)
    return max(spendable, 0)


def _held(view: ReadView, account: bytes, issue: Issue) -> Value:
    """Give what an account holds and may spend, nothing when it is frozen."""
    if lines.is_frozen(view, account, issue) or lines.is_deep_frozen(view, account, issue):
        return ZERO
    return lines.balance(view, account, issue.issuer, issue.currency)


def has_some(view: ReadView, account: bytes, amount: Amount) -> bool:
    """Tell whether an account has any of what an amount is of; an issuer always has its own."""
    if not isinstance(amount, TokenAmount):
        return _liquid(view, account) > 0
    return amount.issuer == account or _held(view, account, amount.issue) > ZERO


def has_enough(view: ReadView, account: bytes, amount: Amount) -> bool:
    """Tell whether an account can spend an amount."""
    if not isinstance(amount, TokenAmount):
        return _liquid(view, account) >= amount_rules.number(amount)
    return amount.issuer == account or _held(view, account, amount.issue) >= Value.of(amount)


def _is_overdrawn(view: ReadView, account: bytes, amount: Amount) -> bool:
    if not isinstance(amount, TokenAmount) or amount.issuer == account:
        return False
    return _held(view, account, amount.issue) < ZERO


def check_authorized(view: ReadView, account: bytes, issue: Issue) -> TER:
    """Check that an account may hold an issue where the issuer requires authorisation."""
    root = read_account(view, issue.issuer)
    if root is None:
        return TER.tecNO_ISSUER
    if issue.issuer == account or not root.has_flag(AccountFlag.REQUIRE_AUTH):
        return TER.tesSUCCESS
    line = lines.read_line(view, account, issue.issuer, issue.currency)
    if line is None:
        return TER.tecNO_LINE
    allowed = line.has_flag(lines.side_of(issue.issuer, account).auth)
    return TER.tesSUCCESS if allowed else TER.tecNO_AUTH


def check_not_deep_frozen(view: ReadView, account: bytes, issue: Issue) -> TER:
    """Check that an account may receive an issue in spite of deep freezes."""
    if read_account(view, issue.issuer) is None:
        return TER.tecNO_ISSUER
    return TER.tecFROZEN if lines.is_deep_frozen(view, account, issue) else TER.tesSUCCESS


def pay(view: Sandbox, sender: bytes, receiver: bytes, amount: Amount) -> TER:
    """Pay an amount, with the issuer's transfer fee on top, and refuse to leave anybody overdrawn."""
    if isinstance(amount, TokenAmount):
        result = _pay_tokens(view, sender, receiver, amount)
    else:
        result = _pay_xrp(view, sender, receiver, amount_rules.number(amount))
    if result is not TER.tesSUCCESS:
        return result
    if _is_overdrawn(view, sender, amount) or _is_overdrawn(view, receiver, amount):
        return TER.tecINSUFFICIENT_FUNDS
    return TER.tesSUCCESS


def _pay_xrp(view: Sandbox, sender: bytes, receiver: bytes, drops: int) -> TER:
    if not drops or sender == receiver:
        return TER.tesSUCCESS
    source, target = view.peek(keylets.account(sender)), peek_account(view, receiver)
    if source is None or target is None:
        return TER.tecINTERNAL
    if source["Balance"] < drops:
        return TER.telFAILED_PROCESSING if view.info.open else TER.tecFAILED_PROCESSING
    source["Balance"] -= drops
    target["Balance"] += drops
    view.update(source)
    view.update(target)
    return TER.tesSUCCESS


def _pay_tokens(view: Sandbox, sender: bytes, receiver: bytes, amount: TokenAmount) -> TER:
    if not amount.mantissa or sender == receiver:
        return TER.tesSUCCESS
    issuer, currency, value = amount.issuer, amount.currency, Value.of(amount)
    if issuer in (sender, receiver):
        return lines.move(view, sender, receiver, currency, value)
    result = lines.move(view, issuer, receiver, currency, value)
    if result is not TER.tesSUCCESS:
        return result
    cost = multiply_by_rate(value, lines.transfer_rate(view, issuer))
    return lines.move(view, sender, issuer, currency, cost)
