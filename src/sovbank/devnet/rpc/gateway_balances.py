"""``gateway_balances``: what an issuer owes, holds and has frozen, over its trust lines."""

from __future__ import annotations

from typing import Any

from sovbank.devnet.ledger import directories
from sovbank.devnet.ledger.amounts import LARGEST, Value
from sovbank.devnet.ledger.text import account_text, currency_text
from sovbank.devnet.ledger.values import Issue, TokenAmount
from sovbank.devnet.ledger.view import ReadView, read_account
from sovbank.devnet.rpc.coercion import as_text
from sovbank.devnet.rpc.lines import line_of, negated
from sovbank.devnet.rpc.refusals import missing, refusal
from sovbank.devnet.rpc.request import Request, parse_account
from sovbank.errors.devnet_amounts import AmountOverflow


def handle(request: Request) -> dict[str, Any]:
    """Answer the request."""
    selected = request.ledger()
    field = "account" if "account" in request.params else "ident"
    if field not in request.params:
        raise missing("account")
    account = parse_account(as_text(request.params[field]))
    if account is None:
        raise refusal("actMalformed")
    answer: dict[str, Any] = {**selected.answer, "account": account_text(account)}
    if request.version > 1 and read_account(selected.view, account) is None:
        raise refusal("actNotFound", body=answer)
    hot = _hot_wallets(request, answer)
    totals = _Totals(hot)
    totals.add_lines(selected.view, account)
    answer.update(totals.text())
    return answer


def _hot_wallets(request: Request, answer: dict[str, Any]) -> frozenset[bytes]:
    named = request.params.get("hotwallet")
    listed = [] if named is None else named if isinstance(named, list) else [named]
    accounts = [parse_account(item) for item in listed]
    if None in accounts:
        token = "invalidHotWallet" if request.version < 2 else "invalidParams"
        raise refusal(token, body=answer)
    return frozenset(account for account in accounts if account is not None)


class _Totals:
    """Sums over an issuer's lines: obligations by currency, and the balances of hot wallets and others."""

    def __init__(self, hot: frozenset[bytes]) -> None:
        self._hot = hot
        self._obligations: dict[bytes, TokenAmount] = {}
        self._locked: dict[bytes, TokenAmount] = {}
        self._balances: dict[bytes, list[TokenAmount]] = {}
        self._assets: dict[bytes, list[TokenAmount]] = {}
        self._frozen: dict[bytes, list[TokenAmount]] = {}

    def add_lines(self, view: ReadView, account: bytes) -> None:
        for entry in directories.owned(view, account):
            if entry.type == "Escrow" and isinstance(entry["Amount"], TokenAmount):
                _add(self._locked, entry["Amount"])
            line = line_of(entry, account)
            if line is None or not line.balance.mantissa:
                continue
            if line.peer in self._hot:
                self._balances.setdefault(line.peer, []).append(negated(line.balance))
            elif line.balance.mantissa > 0:
                self._assets.setdefault(line.peer, []).append(line.balance)
            elif line.own.freeze:
                self._frozen.setdefault(line.peer, []).append(negated(line.balance))
            else:
                _add(self._obligations, negated(line.balance))

    def text(self) -> dict[str, Any]:
        text: dict[str, Any] = {}
        for name, sums in (("obligations", self._obligations), ("locked", self._locked)):
            if sums:
                text[name] = {currency_text(currency): sums[currency].text() for currency in sorted(sums)}
        for name, lists in (
            ("balances", self._balances),
            ("frozen_balances", self._frozen),
            ("assets", self._assets),
        ):
            if lists:
                text[name] = {account_text(peer): _listed(lists[peer]) for peer in sorted(lists)}
        return text


def _listed(amounts: list[TokenAmount]) -> list[dict[str, str]]:
    return [{"currency": currency_text(amount.currency), "value": amount.text()} for amount in amounts]


def _add(sums: dict[bytes, TokenAmount], amount: TokenAmount) -> None:
    """Add to the sum of a currency; a sum too large stays at the largest amount there is."""
    before = sums.get(amount.currency)
    if before is None or not before.mantissa:
        sums[amount.currency] = amount
        return
    try:
        total = Value.of(before) + Value.of(amount)
    except AmountOverflow:
        total = LARGEST
    sums[amount.currency] = total.amount(Issue(before.currency, before.issuer))
