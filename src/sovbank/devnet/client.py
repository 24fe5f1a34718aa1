"""Talking to a devnet of this machine: closing ledgers, giving XRP from genesis, asking how it is.

This is the devnet's own remote control, apart from the client that the bank's commands use.
"""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, cast

from sovbank.core import strict_json
from sovbank.core.money import to_micro
from sovbank.errors.devnet_control import DevnetUnreachable, FundingRefused
from sovbank.wire.addresses import address_of_public_key
from sovbank.wire.codec import encode_for_signing, encode_tx
from sovbank.wire.hashes import sha512_half, transaction_id
from sovbank.wire.seeds import FamilySeed

GENESIS_PASSPHRASE: Final = "masterpassphrase"  # noqa: S105 - public: every standalone ledger begins with it
_HIGHEST_WITHOUT_NETWORK_ID: Final = 1024
_FEE_DROPS: Final = "10"
_LEDGERS_TO_LIVE: Final = 50
_TIMEOUT_SECONDS: Final = 20.0
_MAX_ANSWER_BYTES: Final = 4 * 1024 * 1024
_TRIES: Final = 5
_RETRIED: Final = frozenset({"tefPAST_SEQ", "terPRE_SEQ"})


@dataclass(frozen=True)
class Funding:
    """A payment from genesis, and the ledger that validated it (None while it waits for a close)."""

    tx_hash: str
    ledger_index: int | None


class DevnetClient:
    """One devnet of this machine, by the ports of its two endpoints.

    Every method raises ``DevnetUnreachable`` when the devnet does not answer as one.
    """

    def __init__(
        self, *, xrpl_port: int, evm_port: int | None, network_id: int, manual_close: bool = False
    ) -> None:
        self._xrpl_port = xrpl_port
        self._evm_port = evm_port
        self._network_id = network_id
        self._manual_close = manual_close

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Return the result of a request to the ledger, an error's included."""
        answer = _post(self._xrpl_port, {"method": method, "params": [params]})
        result = answer.get("result")
        if not isinstance(result, dict):
            raise DevnetUnreachable(f"port {self._xrpl_port} does not answer as a ledger")
        return result

    def validated_ledger(self) -> int:
        """Return the index of the last validated ledger."""
        return _whole(self.ask("ledger_closed"), "ledger_index")

    def block_number(self) -> int | None:
        """Return the number of the EVM's newest block, or None without an EVM."""
        if self._evm_port is None:
            return None
        request = {"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}
        try:
            return int(str(_post(self._evm_port, request)["result"]), 16)
        except (KeyError, ValueError) as error:
            raise DevnetUnreachable(f"port {self._evm_port} does not answer as an EVM") from error

    def accept(self) -> int:
        """Close the open ledger; return the index of the ledger that was validated by it."""
        return _whole(self.ask("ledger_accept"), "ledger_current_index") - 1

    def fund(self, address: str, xrp: Decimal) -> Funding:
        """Pay XRP from genesis, and close the ledger unless ledgers close on request alone.

        Raises
        ------
        FundingRefused
            The ledger's result is not tesSUCCESS.
        """
        drops = to_micro(xrp)
        result = ""
        for _ in range(_TRIES):
            result, tx_hash = self._pay(address, drops)
            if result not in _RETRIED:
                break
            time.sleep(0.05)
        if result != "tesSUCCESS":
            raise FundingRefused(f"the payment of {drops} drops to {address} was refused: {result}")
        if self._manual_close:
            return Funding(tx_hash, None)
        self.accept()
        found = self.ask("tx", transaction=tx_hash)
        meta = found.get("meta")
        final = meta.get("TransactionResult") if isinstance(meta, dict) else None
        if found.get("validated") is not True or final != "tesSUCCESS":
            raise FundingRefused(f"the payment to {address} ended in {final or 'nothing'}")
        return Funding(tx_hash, _whole(found, "ledger_index"))

    def fund_ether(self, address: str) -> None:
        """Give ether from the chain's faucet, for the fees of a key that acts on the control plane.

        Raises
        ------
        FundingRefused
        """
        if self._evm_port is None:
            raise FundingRefused("this devnet serves no EVM")
        request = {"jsonrpc": "2.0", "id": 1, "method": "devnet_fund", "params": [address]}
        answer = _post(self._evm_port, request)
        if "result" not in answer:
            raise FundingRefused(f"the faucet refused {address}: {answer.get('error')}")

    def _pay(self, address: str, drops: int) -> tuple[str, str]:
        import coincurve

        pair = FamilySeed.from_passphrase(GENESIS_PASSPHRASE).secp256k1()
        genesis = address_of_public_key(pair.public)
        account = self.ask("account_info", account=genesis, ledger_index="current").get("account_data")
        if not isinstance(account, dict):
            raise DevnetUnreachable("the ledger has no genesis account: it is not a devnet's")
        tx: dict[str, Any] = {
            "TransactionType": "Payment",
            "Account": genesis,
            "Destination": address,
            "Amount": str(drops),
            "Fee": _FEE_DROPS,
            "Sequence": _whole(account, "Sequence"),
            "LastLedgerSequence": self.validated_ledger() + _LEDGERS_TO_LIVE,
            "SigningPubKey": pair.public.hex().upper(),
        }
        if self._network_id > _HIGHEST_WITHOUT_NETWORK_ID:
            tx["NetworkID"] = self._network_id
        signature = coincurve.PrivateKey(pair.private).sign(sha512_half(encode_for_signing(tx)), hasher=None)
        blob = encode_tx(tx | {"TxnSignature": signature.hex().upper()})
        answer = self.ask("submit", tx_blob=blob.hex().upper())
        return str(answer.get("engine_result", answer.get("error"))), transaction_id(blob)


def _whole(record: dict[str, Any], name: str) -> int:
    value = record.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise DevnetUnreachable(f"the devnet's answer has no number {name}")
    return value


def _post(port: int, body: dict[str, Any]) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("POST", "/", json.dumps(body), {"Content-Type": "application/json"})
        answer = strict_json.loads(connection.getresponse().read(_MAX_ANSWER_BYTES))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DevnetUnreachable(f"nothing on port {port} answers as a devnet does") from error
    finally:
        connection.close()
    if not isinstance(answer, dict):
        raise DevnetUnreachable(f"nothing on port {port} answers as a devnet does")
    return cast(dict[str, Any], answer)
