"""A scripted node: a small honest ledger behind JSON-RPC, and the ways in which a node or network fails.

It shares no code with the client under test but the codec's hashing, and knows nothing of evidence.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from sovbank.wire.codec import decode_tx, encode_tx
from sovbank.wire.hashes import transaction_id

NETWORK = 21338
ISSUER = "rhwY2bDcFQepZNhrPE3Gdo4PUaZtm1RMPY"
HOLDER = "r9ChUX4vyajSX4ssDLGZSFSGXNvKMQEPJP"


@dataclass
class Applied:
    tx: dict[str, Any]
    tx_hash: str
    ledger: int
    result: str
    sequence_before: int | None = None
    sequence_after: int | None = None


@dataclass
class FakeNode:
    """One account's ledger. ``fault`` is what goes wrong with the next request, by method."""

    network_id: int = NETWORK
    validated: int = 10
    sequence: int = 50
    tickets: set[int] = field(default_factory=lambda: {20, 21, 22})
    ranges: str | None = None
    result: str = "tesSUCCESS"
    pool: dict[str, dict[str, Any]] = field(default_factory=dict)
    applied: list[Applied] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    shown_validated: int | None = None

    # -- the ledger ----------------------------------------------------------------------------------

    def slot_free(self, tx: dict[str, Any]) -> bool:
        ticket = tx.get("TicketSequence")
        return ticket in self.tickets if ticket is not None else tx["Sequence"] == self.sequence

    def close(self) -> None:
        """Validate the next ledger: everything in the pool that can apply, applies."""
        self.validated += 1
        for tx_hash, tx in sorted(self.pool.items()):
            if tx.get("LastLedgerSequence", 2**32) >= self.validated and self.slot_free(tx):
                before = after = None
                if "TicketSequence" in tx:
                    self.tickets.discard(tx["TicketSequence"])
                else:
                    before, self.sequence = self.sequence, self.sequence + 1
                    after = self.sequence
                self.applied.append(Applied(tx, tx_hash, self.validated, self.result, before, after))
        self.pool = {
            tx_hash: tx
            for tx_hash, tx in self.pool.items()
            if tx.get("LastLedgerSequence", 2**32) > self.validated and self.slot_free(tx)
        }

    def take(self, blob: bytes) -> str:
        tx = decode_tx(blob)
        tx_hash = transaction_id(blob)
        if any(item.tx_hash == tx_hash for item in self.applied):
            return "tefALREADY"
        if tx.get("LastLedgerSequence", 2**32) <= self.validated:
            return "tefMAX_LEDGER"
        if not self.slot_free(tx):
            return "tefNO_TICKET" if "TicketSequence" in tx else "tefPAST_SEQ"
        self.pool[tx_hash] = tx
        return "tesSUCCESS"

    # -- the wire ------------------------------------------------------------------------------------

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        method, params = body["method"], body["params"][0]
        self.requests.append((method, params))
        fault = self.faults.pop(method, "")
        if fault == "refused":
            raise httpx.ConnectError("refused", request=request)
        if fault == "lost-before":
            raise httpx.ReadTimeout("lost", request=request)
        if fault == "503-before":
            return httpx.Response(503, text="Server is overloaded")
        handler: Callable[[dict[str, Any], str], dict[str, Any]] = getattr(self, f"_{method}")
        result = handler(params, fault)
        if fault == "lost-after":
            raise httpx.RemoteProtocolError("closed", request=request)
        if fault == "503-after":
            return httpx.Response(503, text="Server is overloaded")
        if fault == "garbage":
            return httpx.Response(200, text="<html>hello</html>")
        if "error" in result:
            result |= {"status": "error", "request": params}
        else:
            result["status"] = "success"
        return httpx.Response(200, json={"result": result})

    def _index(self) -> int:
        return self.validated if self.shown_validated is None else self.shown_validated

    def _server_info(self, params: dict[str, Any], fault: str) -> dict[str, Any]:
        ledger = {
            "seq": self._index() - (3 if fault == "behind" else 0),
            "age": 1,
            "base_fee_xrp": 0.00001,
            "reserve_base_xrp": 1,
            "reserve_inc_xrp": 0.2,
            "hash": "0" * 64,
        }
        info: dict[str, Any] = {
            "build_version": "3.2.0",
            "complete_ledgers": self.ranges or f"1-{self._index()}",
            "validated_ledger": ledger,
        }
        network = 0 if fault == "other-network" else self.network_id
        if network:
            info["network_id"] = network
        if fault == "blocked":
            info["amendment_blocked"] = True
        return {"info": info}

    def _submit(self, params: dict[str, Any], fault: str) -> dict[str, Any]:
        blob = bytes.fromhex(params["tx_blob"])
        code = self.take(blob)
        tx = decode_tx(blob) | {"hash": transaction_id(blob)}
        if fault == "other-hash":
            tx["hash"] = "AB" * 32
        if fault == "busy":
            return {"error": "tooBusy"}
        if fault == "terQUEUED":
            code = "terQUEUED"
        return {"engine_result": code, "tx_json": tx, "tx_blob": params["tx_blob"]}

    def _tx(self, params: dict[str, Any], fault: str) -> dict[str, Any]:
        wanted = params["transaction"]
        found = next((item for item in self.applied if item.tx_hash == wanted), None)
        waiting = self.pool.get(wanted)
        if fault == "hide":
            return {"error": "txnNotFound"}
        if fault == "false-validated" and waiting is not None:
            return self._shown(Applied(waiting, wanted, self._index(), "tesSUCCESS"))
        if fault == "future-ledger" and waiting is not None:
            return self._shown(Applied(waiting, wanted, self._index() + 1, "tesSUCCESS"))
        if waiting is not None:
            return waiting | {"hash": wanted, "validated": False}
        if found is None:
            searched = {"searched_all": fault != "not-all"} if "min_ledger" in params else {}
            return {"error": "txnNotFound", **searched}
        shown = self._shown(found)
        if fault == "altered":
            shown["Fee"] = "11"
        if fault == "other-result":
            shown["meta"]["TransactionResult"] = "tecPATH_DRY" if found.result[:3] == "tes" else "tesSUCCESS"
            shown["meta"]["delivered_amount"] = "1"
        return shown

    def _account_tx(self, params: dict[str, Any], fault: str) -> dict[str, Any]:
        low, high = params["ledger_index_min"], min(params["ledger_index_max"], self._index())
        if fault == "short":
            high -= 1
        items = [item for item in self.applied if low <= item.ledger <= high]
        if fault == "hide":
            items = []
        start = params.get("marker", {"seq": 0})["seq"]
        page = items[start : start + 2]
        answer: dict[str, Any] = {
            "account": params["account"],
            "ledger_index_min": low,
            "ledger_index_max": high,
            "limit": 2,
            "validated": True,
            "transactions": [],
        }
        for item in page:
            shown = self._shown(item)
            meta = shown.pop("meta")
            shown.pop("validated")
            answer["transactions"].append({"meta": meta, "tx": shown, "validated": True})
        if start + 2 < len(items):
            answer["marker"] = {"ledger": items[start + 2].ledger, "seq": start + 2}
        return answer

    def _account_info(self, params: dict[str, Any], fault: str) -> dict[str, Any]:
        data = {
            "Account": params["account"],
            "Balance": "1000000000",
            "Flags": 0,
            "OwnerCount": len(self.tickets),
            "Sequence": self.sequence,
            "signer_lists": [],
        }
        return {"account_data": data, "ledger_index": self._index(), "validated": True}

    def _account_objects(self, params: dict[str, Any], fault: str) -> dict[str, Any]:
        tickets = [] if fault == "hide" else sorted(self.tickets)
        objects = [{"LedgerEntryType": "Ticket", "TicketSequence": ticket} for ticket in tickets]
        return {
            "account": params["account"],
            "account_objects": objects,
            "ledger_index": self._index(),
            "validated": True,
        }

    def _shown(self, item: Applied) -> dict[str, Any]:
        meta: dict[str, Any] = {"AffectedNodes": [], "TransactionIndex": 0, "TransactionResult": item.result}
        if item.sequence_before is not None:
            final = {"Account": item.tx["Account"], "Sequence": item.sequence_after}
            before = {"Sequence": item.sequence_before}
            root = {"LedgerEntryType": "AccountRoot", "FinalFields": final, "PreviousFields": before}
            meta["AffectedNodes"].append({"ModifiedNode": root})
        if item.tx["TransactionType"] == "Payment" and item.result == "tesSUCCESS":
            meta["delivered_amount"] = item.tx["Amount"]
        extra = {
            "hash": item.tx_hash,
            "ledger_index": item.ledger,
            "inLedger": item.ledger,
            "date": 848_614_401,
            "meta": meta,
            "validated": True,
            "ctid": "C000000300000000",
        }
        if "Amount" in item.tx:
            extra["DeliverMax"] = item.tx["Amount"]
        return item.tx | extra


def sign_loosely(tx: dict[str, Any], filler: str = "30") -> bytes:
    """Return a blob with a made-up signature: the fake ledger does not verify any."""
    return encode_tx(tx | {"SigningPubKey": "02" + "11" * 32, "TxnSignature": filler.upper() * 70})


@pytest.fixture
def node() -> FakeNode:
    return FakeNode()


@pytest.fixture
def fake_node_class() -> type[FakeNode]:
    return FakeNode


@pytest.fixture
def loosely_signed() -> Callable[..., bytes]:
    return sign_loosely


@pytest.fixture(scope="session")
def server_answers() -> dict[str, Any]:
    """Answers of a real server (xrpld 3.2.0, standalone)."""
    return json.loads((Path(__file__).parent / "data" / "server_answers.json").read_text())
