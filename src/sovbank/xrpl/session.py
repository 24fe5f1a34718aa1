"""A node held to what it said before: one network, and a validated ledger that never goes back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from sovbank.errors.xrpl import (
    AccountMissing,
    AmendmentBlocked,
    NodeAnswerMalformed,
    NodeBehind,
    NodeContradiction,
    NodeError,
    NodeGap,
    WrongNetwork,
)
from sovbank.xrpl import shapes
from sovbank.xrpl.client import NodeClient
from sovbank.xrpl.port import DROPS_PER_XRP, ServerState

MOST_PAGES = 5000
_RANGES = re.compile(r"[0-9]{1,10}(-[0-9]{1,10})?(,[0-9]{1,10}(-[0-9]{1,10})?){0,9999}", re.ASCII)
_MOST_FEE_DROPS = 10**12


class NodeSession:
    """One node, pinned to the profile's network id.

    The network is checked before the first question and with every ``state``. Each validated ledger index
    in an answer is compared with the highest seen so far.
    """

    def __init__(self, client: NodeClient, *, network_id: int) -> None:
        self.client = client
        self.network_id = network_id
        self._highest = 0
        self._checked = False

    def state(self) -> ServerState:
        """Return what the node says of itself, checked.

        Raises
        ------
        WrongNetwork, AmendmentBlocked, NodeBehind
        NodeGap
            The node has no validated ledger yet.
        """
        return self._state(self._info())

    def state_and_history(self) -> tuple[ServerState, tuple[tuple[int, int], ...]]:
        """Return the state and the ledger ranges (inclusive, ascending) that the node holds completely."""
        info = self._info()
        return self._state(info), complete_ranges(shapes.text(info, "complete_ledgers"))

    def ask(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the result of a read, after the network has been checked once."""
        if not self._checked:
            self.state()
        return self.client.read(method, params)

    def pages(
        self, method: str, params: Mapping[str, Any], *, ledger_index: int | str
    ) -> Iterator[shapes.Record]:
        """Yield every page of a list, all of them at the one validated ledger of the first.

        Raises
        ------
        NodeContradiction
            A later page comes from another ledger, or a marker comes back a second time.
        """
        marker: object = None
        seen: list[object] = []
        while True:
            more = {} if marker is None else {"marker": marker}
            page = self._page(method, {**params, "ledger_index": ledger_index, **more})
            ledger_index = self.validated_index(page, wanted=ledger_index)
            yield page
            marker = page.get("marker")
            if marker is None:
                return
            if marker in seen[-2:] or len(seen) >= MOST_PAGES:
                raise NodeContradiction(f"{self.client.url} gives the pages of {method} without an end")
            seen.append(marker)

    def _page(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self.ask(method, params)
        except NodeError as error:
            if error.error == "actNotFound":
                raise AccountMissing(f"the account {params.get('account')} is not on the ledger") from error
            raise

    def validated_index(self, answer: shapes.Record, *, wanted: int | str = "validated") -> int:
        """Return the ledger index of an answer that must come from a validated ledger."""
        if answer.get("validated") is not True:
            raise NodeContradiction(f"{self.client.url} answered from a ledger that is not validated")
        index = shapes.number(answer, "ledger_index")
        if isinstance(wanted, int):
            if index != wanted:
                raise NodeContradiction(f"{self.client.url} answered from ledger {index}, not {wanted}")
            return index
        self._advance(index)
        return index

    def _info(self) -> shapes.Record:
        info = shapes.mapping(self.client.read("server_info"), "info")
        found = shapes.optional_number(info, "network_id") or 0
        if found != self.network_id:
            raise WrongNetwork(
                f"{self.client.url} serves network {found}; the profile names network {self.network_id}"
            )
        if shapes.flag(info, "amendment_blocked"):
            raise AmendmentBlocked(f"{self.client.url} is amendment-blocked")
        self._checked = True
        return info

    def _state(self, info: shapes.Record) -> ServerState:
        if "validated_ledger" not in info:
            raise NodeGap(f"{self.client.url} has no validated ledger yet")
        ledger = shapes.mapping(info, "validated_ledger")
        index = shapes.number(ledger, "seq")
        self._advance(index)
        return ServerState(
            network_id=self.network_id,
            build_version=shapes.text(info, "build_version"),
            validated_ledger=index,
            validated_age_seconds=shapes.optional_number(ledger, "age") or 0,
            base_fee=_xrp_to_drops(ledger, "base_fee_xrp"),
            reserve_base=_xrp_to_drops(ledger, "reserve_base_xrp"),
            reserve_increment=_xrp_to_drops(ledger, "reserve_inc_xrp"),
            amendment_blocked=False,
        )

    def _advance(self, index: int) -> None:
        if index < self._highest:
            raise NodeBehind(
                f"{self.client.url} is at validated ledger {index}; it was at {self._highest} before"
            )
        self._highest = index


def complete_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """Return the ranges that ``complete_ledgers`` names: ``empty``, ``5``, or ``2-9,12-40``."""
    if text == "empty":
        return ()
    if not _RANGES.fullmatch(text):
        raise NodeAnswerMalformed(f"complete_ledgers is not a list of ranges: {text[:60]!r}")
    ranges = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        ranges.append((int(first), int(last or first)))
    return tuple(sorted(ranges))


def covers(ranges: tuple[tuple[int, int], ...], first: int, last: int) -> bool:
    """Say whether one of the ranges holds every ledger from ``first`` to ``last``."""
    return any(low <= first and last <= high for low, high in ranges)


def _xrp_to_drops(record: shapes.Record, name: str) -> int:
    value = record.get(name)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise NodeAnswerMalformed(f"the node's answer has no {name}")
    amount = Decimal(value) * DROPS_PER_XRP
    if not 0 <= amount <= _MOST_FEE_DROPS or amount != int(amount):
        raise NodeAnswerMalformed(f"the node's {name} is not an amount of drops: {value}")
    return int(amount)
