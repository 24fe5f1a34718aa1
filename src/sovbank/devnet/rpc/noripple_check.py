"""``noripple_check``: whether DefaultRipple and the NoRipple flags suit the account's role."""

from __future__ import annotations

from typing import Any, Final

from sovbank.devnet.ledger import directories
from sovbank.devnet.ledger.flags import AccountFlag
from sovbank.devnet.ledger.objects import LedgerEntry
from sovbank.devnet.ledger.text import account_text, currency_text
from sovbank.devnet.rpc.coercion import as_text
from sovbank.devnet.rpc.lines import line_of
from sovbank.devnet.rpc.refusals import invalid, missing
from sovbank.devnet.rpc.request import Limits, Request

LIMITS: Final = Limits(10, 300, 400)
_SET_NO_RIPPLE: Final = 0x00020000
_CLEAR_NO_RIPPLE: Final = 0x00040000
_DEFAULT_RIPPLE_FLAG: Final = 8


def handle(request: Request) -> dict[str, Any]:
    """Answer the request."""
    if "account" not in request.params:
        raise missing("account")
    if "role" not in request.params:
        raise missing("role")
    request.text("account")
    role = as_text(request.params["role"])
    if role not in ("gateway", "user"):
        raise invalid("role")
    is_gateway = role == "gateway"
    limit = request.limit(LIMITS)
    wants_transactions = request.params.get("transactions", False)
    if request.version > 1 and not isinstance(wants_transactions, bool):
        raise invalid("transactions")
    selected = request.ledger()
    account, entry = request.existing_account(selected)
    problems: list[str] = []
    fixes: list[dict[str, Any]] = []
    _check_account(entry, is_gateway, problems, fixes)
    for owned in directories.owned(selected.view, account):
        if limit == 0:
            break
        limit -= _check_line(owned, account, is_gateway, problems, fixes)
    for offset, fix in enumerate(fixes):
        fix.update(
            Account=account_text(account),
            Sequence=entry["Sequence"] + offset,
            Fee=selected.view.info.fees.base,
        )
    answer: dict[str, Any] = {**selected.answer, "problems": problems}
    if wants_transactions:
        answer["transactions"] = fixes
    return answer


def _check_account(
    entry: LedgerEntry, is_gateway: bool, problems: list[str], fixes: list[dict[str, Any]]
) -> None:
    ripples = entry.has_flag(AccountFlag.DEFAULT_RIPPLE)
    if ripples and not is_gateway:
        problems.append(
            "You appear to have set your default ripple flag even though you are not a gateway. This is not"
            " recommended unless you are experimenting"
        )
    elif is_gateway and not ripples:
        problems.append("You should immediately set your default ripple flag")
        fixes.append({"TransactionType": "AccountSet", "SetFlag": _DEFAULT_RIPPLE_FLAG})


def _check_line(
    entry: LedgerEntry, account: bytes, is_gateway: bool, problems: list[str], fixes: list[dict[str, Any]]
) -> bool:
    """Note what is wrong with a line; tell whether anything is."""
    line = line_of(entry, account)
    if line is None or line.own.no_ripple != is_gateway:
        return False
    advice = "clear the no ripple" if is_gateway else "probably set the no ripple"
    currency = currency_text(line.balance.currency)
    problems.append(f"You should {advice} flag on your {currency} line to {account_text(line.peer)}")
    fixes.append(
        {
            "TransactionType": "TrustSet",
            "LimitAmount": {
                "currency": currency,
                "issuer": account_text(line.peer),
                "value": line.limit.text(),
            },
            "Flags": _CLEAR_NO_RIPPLE if line.own.no_ripple else _SET_NO_RIPPLE,
        }
    )
    return True
