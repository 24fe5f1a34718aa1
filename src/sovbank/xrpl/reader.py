"""Reads of validated state from one node, each answer checked (the ``LedgerReader`` port)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sovbank.core.money import parse_ledger_value
from sovbank.errors.base import SovbankError
from sovbank.errors.xrpl import AccountMissing, NodeAnswerMalformed, NodeContradiction, NodeError, NodeGap
from sovbank.xrpl import shapes
from sovbank.xrpl.port import (
    AccountState,
    NFToken,
    ServerState,
    SignerEntry,
    SignerList,
    TrustLine,
    ValidatedTransaction,
)
from sovbank.xrpl.session import NodeSession, covers
from sovbank.xrpl.validated import HistoryEntry, history_entry, validated_transaction

PAGE = 200
MOST_SEARCH = 1000
_NO_SIGNERS = SignerList(0, ())
_HEX = re.compile(r"([0-9A-Fa-f]{2})*", re.ASCII)
_CURRENCY = re.compile(r"[!-~]{3}|[0-9A-F]{40}", re.ASCII)


class NodeReader:
    """The reading side of one node."""

    def __init__(self, session: NodeSession) -> None:
        self._session = session

    def server_state(self) -> ServerState:
        """Return what the node says of itself."""
        return self._session.state()

    def account(self, address: str) -> AccountState | None:
        """Return the account at the last validated ledger, or None when it does not exist."""
        params = {"account": address, "ledger_index": "validated", "signer_lists": True}
        try:
            answer = self._session.ask("account_info", params)
        except NodeError as error:
            if error.error == "actNotFound":
                return None
            raise
        return _account(answer, address, self._session.validated_index(answer))

    def trust_lines(self, address: str, *, peer: str | None = None) -> Sequence[TrustLine]:
        """Return all trust lines of an account, every page at one validated ledger."""
        params: dict[str, Any] = {"account": address, "limit": PAGE}
        if peer is not None:
            params["peer"] = peer
        lines: list[TrustLine] = []
        for page in self._session.pages("account_lines", params, ledger_index="validated"):
            _same_account(page, address)
            lines += [_trust_line(item, address) for item in shapes.mappings(page, "lines")]
        # A server that does not know the parameter would answer with every line.
        return [line for line in lines if peer is None or line.peer == peer]

    def tickets(self, address: str) -> Sequence[int]:
        """Return the ticket sequences that the account holds, ascending."""
        found = self._objects(address, {"type": "ticket"})
        return sorted(
            shapes.number(item, "TicketSequence") for item in found if item["LedgerEntryType"] == "Ticket"
        )

    def owned_objects(self, address: str) -> Sequence[Mapping[str, Any]]:
        """Return the ledger objects in the account's owner directory."""
        return self._objects(address, {})

    def nftokens(self, address: str) -> Sequence[NFToken]:
        """Return the NFTokens that an account holds; none for one that is not on the ledger."""
        found: list[NFToken] = []
        try:
            asked = {"account": address, "limit": PAGE}
            for page in self._session.pages("account_nfts", asked, ledger_index="validated"):
                _same_account(page, address)
                found += [_nftoken(item) for item in shapes.mappings(page, "account_nfts")]
        except AccountMissing:
            return []
        return found

    def transaction(self, tx_hash: str) -> ValidatedTransaction | None:
        """Return a validated transaction, or None when the node does not know it as validated."""
        return self.find(tx_hash)[0]

    def find(
        self, tx_hash: str, *, first_ledger: int | None = None, last_ledger: int | None = None
    ) -> tuple[ValidatedTransaction | None, bool | None]:
        """Return a validated transaction if the node has it, and whether the node searched the whole range.

        The second value is None when the node does not say (no range given, one above 1000 ledgers, or
        a server without ``searched_all``).
        """
        params: dict[str, Any] = {"transaction": tx_hash}
        if first_ledger is not None and last_ledger is not None and last_ledger - first_ledger <= MOST_SEARCH:
            params |= {"min_ledger": first_ledger, "max_ledger": last_ledger}
        try:
            answer = self._session.ask("tx", params)
        except NodeError as error:
            if error.error != "txnNotFound":
                raise
            said = error.details.get("searched_all")
            return None, None if said is None else said == "true"
        if answer.get("validated") is not True:
            return None, None
        return validated_transaction(answer, shapes.mapping(answer, "meta"), wanted_hash=tx_hash), None

    def transactions(
        self, address: str, *, first_ledger: int | None = None, last_ledger: int | None = None
    ) -> Sequence[ValidatedTransaction]:
        """Return the account's validated transactions, oldest first; a gap in the range is refused.

        Without ``first_ledger`` the answer begins where the node's gapless history begins.
        """
        entries = self.history(address, first_ledger=first_ledger, last_ledger=last_ledger)
        return [entry.transaction for entry in entries]

    def history(
        self, address: str, *, first_ledger: int | None = None, last_ledger: int | None = None
    ) -> Sequence[HistoryEntry]:
        """Return ``transactions`` with what each did to the account's sequence.

        Raises
        ------
        NodeGap
            A ledger of the range is not validated yet, or the node does not have it.
        """
        state, ranges = self._session.state_and_history()
        last = state.validated_ledger if last_ledger is None else last_ledger
        first = first_ledger if first_ledger is not None else _start_of(ranges, last)
        if not first <= last <= state.validated_ledger or not covers(ranges, first, last):
            raise NodeGap(
                f"the node's history {_describe(ranges)} does not cover the ledgers {first} to {last}"
            )
        return self._history(address, first, last)

    def simulate(self, tx: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """Return the preliminary result and metadata of an unsigned transaction; no signature is checked."""
        unsigned = {name: value for name, value in tx.items() if name != "SigningPubKey"}
        answer = self._session.ask("simulate", {"tx_json": unsigned})
        if shapes.flag(answer, "applied"):
            raise NodeContradiction("the node applied a transaction that it was asked to simulate")
        meta = answer.get("meta")
        return shapes.text(answer, "engine_result"), meta if isinstance(meta, dict) else {}

    def _objects(self, address: str, params: Mapping[str, Any]) -> list[shapes.Record]:
        found: list[shapes.Record] = []
        asked = {"account": address, "limit": PAGE, **params}
        for page in self._session.pages("account_objects", asked, ledger_index="validated"):
            _same_account(page, address)
            found += shapes.mappings(page, "account_objects")
        for item in found:
            shapes.text(item, "LedgerEntryType")
        return found

    def _history(self, address: str, first: int, last: int) -> list[HistoryEntry]:
        params: dict[str, Any] = {
            "account": address,
            "ledger_index_min": first,
            "ledger_index_max": last,
            "forward": True,
            "limit": PAGE,
        }
        entries: list[HistoryEntry] = []
        hashes: set[str] = set()
        marker: object = None
        while True:
            page = self._session.ask(
                "account_tx", {**params, **({} if marker is None else {"marker": marker})}
            )
            _check_page(page, address, first, last)
            fresh = [history_entry(item, address) for item in shapes.mappings(page, "transactions")]
            for entry in fresh:
                _check_entry(entry, entries, hashes, first, last)
                entries.append(entry)
            following = page.get("marker")
            if following is None:
                return entries
            if following == marker:
                raise NodeContradiction("the node gives the account's history without an end")
            marker = following


def _check_page(page: shapes.Record, address: str, first: int, last: int) -> None:
    _same_account(page, address)
    if page.get("validated") is not True:
        raise NodeContradiction("the node's history of the account is not validated")
    low, high = shapes.number(page, "ledger_index_min"), shapes.number(page, "ledger_index_max")
    if low > first or high < last:
        raise NodeGap(f"the node searched the ledgers {low} to {high} only, not {first} to {last}")


def _check_entry(
    entry: HistoryEntry, before: Sequence[HistoryEntry], hashes: set[str], first: int, last: int
) -> None:
    index = entry.transaction.ledger_index
    if not first <= index <= last or (before and before[-1].transaction.ledger_index > index):
        raise NodeContradiction(f"the node's history of the account is out of order at ledger {index}")
    if entry.transaction.tx_hash in hashes:
        raise NodeContradiction(f"the node's history holds {entry.transaction.tx_hash} twice")
    hashes.add(entry.transaction.tx_hash)


def _same_account(page: shapes.Record, address: str) -> None:
    if shapes.text(page, "account") != address:
        raise NodeContradiction(f"the node answered for {str(page['account'])[:40]!r}, not for {address}")


def _start_of(ranges: tuple[tuple[int, int], ...], last: int) -> int:
    for low, high in ranges:
        if low <= last <= high:
            return low
    return last


def _describe(ranges: tuple[tuple[int, int], ...]) -> str:
    return ", ".join(f"{low}-{high}" for low, high in ranges[-5:]) or "(empty)"


def _account(answer: shapes.Record, address: str, ledger_index: int) -> AccountState:
    data = shapes.mapping(answer, "account_data")
    if shapes.address(data, "Account") != address:
        raise NodeContradiction(f"the node answered for {data['Account']}, not for {address}")
    return AccountState(
        address=address,
        ledger_index=ledger_index,
        balance=shapes.drops(data, "Balance"),
        sequence=shapes.number(data, "Sequence"),
        owner_count=shapes.number(data, "OwnerCount"),
        flags=shapes.number(data, "Flags"),
        regular_key=shapes.optional_address(data, "RegularKey"),
        domain=_domain(data),
        tick_size=shapes.optional_number(data, "TickSize", most=16),
        transfer_rate=shapes.optional_number(data, "TransferRate"),
        signer_list=_signer_list(answer, data),
    )


def _domain(data: shapes.Record) -> str | None:
    written = shapes.optional_text(data, "Domain")
    if written is None:
        return None
    if not _HEX.fullmatch(written) or len(written) > 512:
        raise NodeAnswerMalformed("the account's domain is not hex")
    return bytes.fromhex(written).decode("utf-8", "backslashreplace")


def _signer_list(answer: shapes.Record, data: shapes.Record) -> SignerList:
    # API version 1 puts the lists into account_data, version 2 beside it.
    holder = data if "signer_lists" in data else answer
    lists = shapes.mappings(holder, "signer_lists")
    if not lists:
        return _NO_SIGNERS
    if len(lists) > 1:
        raise NodeContradiction("the account has more than one signer list")
    entries = []
    for item in shapes.mappings(lists[0], "SignerEntries"):
        entry = shapes.mapping(item, "SignerEntry")
        entries.append(SignerEntry(shapes.address(entry, "Account"), shapes.number(entry, "SignerWeight")))
    return SignerList(shapes.number(lists[0], "SignerQuorum"), tuple(entries))


def _nftoken(item: shapes.Record) -> NFToken:
    uri = item.get("URI", "")
    if not isinstance(uri, str) or not _HEX.fullmatch(uri):
        raise NodeAnswerMalformed("the node's answer holds an NFToken with a bad URI")
    return NFToken(
        id=shapes.hash256(item, "NFTokenID"),
        issuer=shapes.address(item, "Issuer"),
        flags=shapes.number(item, "Flags"),
        taxon=shapes.number(item, "NFTokenTaxon"),
        uri=bytes.fromhex(uri),
    )


def _trust_line(item: shapes.Record, account: str) -> TrustLine:
    # Strangers can open lines in any code, odd ones included: only the form is checked.
    currency = shapes.text(item, "currency")
    if not _CURRENCY.fullmatch(currency):
        raise NodeAnswerMalformed(f"a trust line in the node's answer has the currency {currency[:48]!r}")
    try:
        balance, limit, limit_peer = (_value(item, name) for name in ("balance", "limit", "limit_peer"))
    except SovbankError as error:
        raise NodeAnswerMalformed(
            f"a trust line in the node's answer is malformed: {error.message}"
        ) from error
    return TrustLine(
        account=account,
        peer=shapes.address(item, "account"),
        currency=currency,
        balance=balance,
        limit=limit,
        limit_peer=limit_peer,
        authorized=shapes.flag(item, "authorized"),
        peer_authorized=shapes.flag(item, "peer_authorized"),
        no_ripple=shapes.flag(item, "no_ripple"),
        no_ripple_peer=shapes.flag(item, "no_ripple_peer"),
        freeze=shapes.flag(item, "freeze"),
        freeze_peer=shapes.flag(item, "freeze_peer"),
        deep_freeze=shapes.flag(item, "deep_freeze"),
        deep_freeze_peer=shapes.flag(item, "deep_freeze_peer"),
    )


def _value(item: shapes.Record, name: str) -> Decimal:
    return parse_ledger_value(shapes.text(item, name))
