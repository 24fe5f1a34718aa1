"""When an answer agrees with the one that a real server gave to the same request.

1. A submission agrees when it comes to the same result or error and, where the recorded answer shows one,
   to the same transaction hash; ``simulate`` also in its metadata.
2. Any other request agrees when it ends in the same error, or when every field of its result is equal but
   those that two right servers may answer differently: times, hashes of ledgers, versions, load.
3. An answer that was recorded in part is compared in that part.

Nothing here does any I/O.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

OF_THE_MACHINE: Final = frozenset(
    word
    for line in """
    account_hash close_time close_time_human close_time_iso date hash_of_ledger ledger_hash parent_close_time
    parent_hash transaction_hash validated_hash
    close_flags close_time_resolution totalCoins total_coins
    build_version deprecated ledger request seed status type warning warnings
    accepted applied broadcast kept queued
    current_ledger_size current_queue_size drops expected_ledger_size levels load_factor max_queue_size
    open_ledger_cost
    engine_result_message error_code error_exception error_message error_what
    """.splitlines()
    for word in line.split()
)
"""Fields that depend on the clock, the version, the load or the wording, at any depth."""
OF_THE_SERVER: Final = frozenset(
    {"feature", "fee", "ledger", "ledger_closed", "server_definitions", "server_info", "server_state"}
)
"""Methods that tell of the server itself: only their errors are compared."""
SUBMISSIONS: Final = frozenset({"simulate", "submit", "submit_multisigned"})


class _Nothing:
    def __repr__(self) -> str:
        return "nothing"


NOTHING: Final = _Nothing()
"""Stands where one of two answers has no such field."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which an answer differs from the recorded one; ``path`` is empty for the whole of it."""

    path: str
    wanted: Any
    got: Any

    def __str__(self) -> str:
        return f"{self.path or 'the answer'}: wanted {_short(self.wanted)}, got {_short(self.got)}"


def _short(value: Any, most: int = 100) -> str:
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]}..."


def compare(
    method: str, wanted: dict[str, Any], got: dict[str, Any], *, partial: bool = False
) -> list[Difference]:
    """Return every difference between two ``result`` objects of a method, the recorded one first."""
    found = [
        Difference(name, wanted.get(name, NOTHING), got.get(name, NOTHING))
        for name in ("error", "engine_result")
        if wanted.get(name) != got.get(name)
    ]
    if found or "error" in wanted or method in OF_THE_SERVER:
        return found
    if method in SUBMISSIONS:
        return list(_of_submission(method, wanted, got))
    if method == "ledger_accept" and not wanted:
        return []
    if partial:
        got = {name: value for name, value in got.items() if name in wanted}
    return list(_walk("", wanted, got))


def _of_submission(method: str, wanted: dict[str, Any], got: dict[str, Any]) -> Iterator[Difference]:
    if method == "simulate":
        if "meta" in wanted:
            yield from _walk("meta", wanted["meta"], got.get("meta", NOTHING))
        return
    tx_hash = _hash_in(wanted)
    if tx_hash is not NOTHING and tx_hash != _hash_in(got):
        yield Difference("tx_json.hash", tx_hash, _hash_in(got))


def _hash_in(result: dict[str, Any]) -> Any:
    text = result.get("tx_json")
    return text.get("hash", NOTHING) if isinstance(text, dict) else NOTHING


def _walk(path: str, wanted: Any, got: Any) -> Iterator[Difference]:
    if isinstance(wanted, dict) and isinstance(got, dict):
        for name in sorted((wanted.keys() | got.keys()) - OF_THE_MACHINE):
            inner = f"{path}.{name}" if path else name
            yield from _walk(inner, wanted.get(name, NOTHING), got.get(name, NOTHING))
    elif isinstance(wanted, list) and isinstance(got, list):
        for at in range(max(len(wanted), len(got))):
            yield from _walk(f"{path}[{at}]", _item(wanted, at), _item(got, at))
    # In JSON 1, 1.0 and true are three things; in Python they are equal.
    elif type(wanted) is not type(got) or wanted != got:
        yield Difference(path, wanted, got)


def _item(items: list[Any], at: int) -> Any:
    return items[at] if at < len(items) else NOTHING
