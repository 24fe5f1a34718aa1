"""``account_currencies``: what an account can receive and send over its trust lines."""

from __future__ import annotations

from typing import Any

from sovbank.devnet.ledger import directories
from sovbank.devnet.ledger.amounts import Value
from sovbank.devnet.ledger.text import currency_text
from sovbank.devnet.rpc.account_info import account_field
from sovbank.devnet.rpc.lines import line_of, negated
from sovbank.devnet.rpc.request import Request


def handle(request: Request) -> dict[str, Any]:
    """Answer the request."""
    field = account_field(request)
    selected = request.ledger()
    account, _ = request.existing_account(selected, field)
    send: set[bytes] = set()
    receive: set[bytes] = set()
    for entry in directories.owned(selected.view, account):
        line = line_of(entry, account)
        if line is None:
            continue
        if Value.of(line.balance) < Value.of(line.limit):
            receive.add(line.balance.currency)
        if Value.of(negated(line.balance)) < Value.of(line.limit_peer):
            send.add(line.balance.currency)
    return {
        **selected.answer,
        "send_currencies": [currency_text(currency) for currency in sorted(send)],
        "receive_currencies": [currency_text(currency) for currency in sorted(receive)],
    }
