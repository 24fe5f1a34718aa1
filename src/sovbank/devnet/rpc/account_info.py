"""``account_info``: an account's entry, its flags by name, and its signer list if asked for."""

from __future__ import annotations

from typing import Any, Final

from sovbank.devnet.ledger import keylets
from sovbank.devnet.ledger.flags import AccountFlag
from sovbank.devnet.ledger.text import account_text, entry_text
from sovbank.devnet.ledger.view import ReadView, read_account
from sovbank.devnet.rpc.refusals import invalid, missing, refusal
from sovbank.devnet.rpc.request import Request

FLAG_NAMES: Final = {
    "allowTrustLineClawback": AccountFlag.ALLOW_TRUSTLINE_CLAWBACK,
    "allowTrustLineLocking": AccountFlag.ALLOW_TRUSTLINE_LOCKING,
    "defaultRipple": AccountFlag.DEFAULT_RIPPLE,
    "depositAuth": AccountFlag.DEPOSIT_AUTH,
    "disableMasterKey": AccountFlag.DISABLE_MASTER,
    "disallowIncomingCheck": AccountFlag.DISALLOW_INCOMING_CHECK,
    "disallowIncomingNFTokenOffer": AccountFlag.DISALLOW_INCOMING_NFTOKEN_OFFER,
    "disallowIncomingPayChan": AccountFlag.DISALLOW_INCOMING_PAYCHAN,
    "disallowIncomingTrustline": AccountFlag.DISALLOW_INCOMING_TRUSTLINE,
    "disallowIncomingXRP": AccountFlag.DISALLOW_XRP,
    "globalFreeze": AccountFlag.GLOBAL_FREEZE,
    "noFreeze": AccountFlag.NO_FREEZE,
    "passwordSpent": AccountFlag.PASSWORD_SPENT,
    "requireAuthorization": AccountFlag.REQUIRE_AUTH,
    "requireDestinationTag": AccountFlag.REQUIRE_DEST_TAG,
}


def handle(request: Request) -> dict[str, Any]:
    """Answer the request."""
    field = account_field(request)
    selected = request.ledger()
    account = request.account(selected, field)
    entry = read_account(selected.view, account)
    if entry is None:
        raise refusal("actNotFound", body={**selected.answer, "account": account_text(account)})
    if request.flag("queue") and selected.closed is not None:
        raise refusal("invalidParams", body=selected.answer)
    lists = request.params.get("signer_lists", False)
    if request.version > 1 and not isinstance(lists, bool):
        raise refusal("invalidParams", body=selected.answer)
    data = entry_text(entry)
    if "EmailHash" in data:
        data["urlgravatar"] = f"https://www.gravatar.com/avatar/{data['EmailHash'].lower()}"
    answer: dict[str, Any] = {
        **selected.answer,
        "account_data": data,
        "account_flags": {name: entry.has_flag(flag) for name, flag in FLAG_NAMES.items()},
    }
    if lists:
        target = data if request.version == 1 else answer
        target["signer_lists"] = _signer_lists(selected.view, account)
    if request.flag("queue"):
        answer["queue_data"] = {"txn_count": 0}
    return answer


def account_field(request: Request) -> str:
    """Give the parameter that names the account: ``account``, or ``ident`` where that is missing."""
    field = "account" if "account" in request.params or "ident" not in request.params else "ident"
    if field not in request.params:
        raise missing("account")
    if not isinstance(request.params[field], str):
        raise invalid(field)
    return field


def _signer_lists(view: ReadView, account: bytes) -> list[dict[str, Any]]:
    signer_list = view.read(keylets.signer_list(account))
    return [entry_text(signer_list)] if signer_list is not None else []
