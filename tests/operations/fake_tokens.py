"""NFTokens on the ledger in memory: minted with an offer, accepted by their holder, burned with offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fake_ledger import SUCCESS, FakeLedger

from sovbank.core.membership import TF_BURNABLE
from sovbank.wire.addresses import decode_address
from sovbank.xrpl.nft import offer_index
from sovbank.xrpl.port import NFToken, ValidatedTransaction


class TokenLedger(FakeLedger):
    """A ledger that knows tokens as well; ``tokens`` are by their owner."""

    def __init__(self, network_id: int) -> None:
        super().__init__(network_id)
        self.tokens: dict[str, list[NFToken]] = {}

    def nftokens(self, address: str) -> list[NFToken]:
        return list(self.tokens.get(address, []))

    def accept(self, holder: str, offer_id: str) -> None:
        """Have the holder of a membership accept it."""
        for account, items in self.objects.items():
            for item in [one for one in items if one.get("index") == offer_id]:
                assert item["Destination"] == holder
                token = self._take(account, item["NFTokenID"])
                assert token is not None
                self.tokens.setdefault(holder, []).append(token)
                return
        raise AssertionError("there is no such offer")

    def validate(
        self, tx: Mapping[str, Any], result: str = SUCCESS, *, tx_hash: str, delivered: Any = None
    ) -> ValidatedTransaction:
        owner = tx.get("Owner", tx["Account"])
        if tx["TransactionType"] == "NFTokenBurn" and result == SUCCESS:
            result = SUCCESS if self._take(owner, tx["NFTokenID"]) is not None else "tecNO_ENTRY"
        found = super().validate(tx, result, tx_hash=tx_hash, delivered=delivered)
        if tx["TransactionType"] == "NFTokenMint" and result == SUCCESS:
            found = self._minted(found)
            self.history[-1] = found
        return found

    def _minted(self, found: ValidatedTransaction) -> ValidatedTransaction:
        tx, account = found.tx, str(found.tx["Account"])
        serial, taxon = len(self.history), int(tx["NFTokenTaxon"])
        scrambled = taxon ^ ((384160001 * serial + 2459) % 2**32)
        head = TF_BURNABLE.to_bytes(2, "big") + bytes(2) + decode_address(account)
        name = (head + scrambled.to_bytes(4, "big") + serial.to_bytes(4, "big")).hex().upper()
        token = NFToken(name, account, TF_BURNABLE, taxon, bytes.fromhex(tx["URI"]))
        self.tokens.setdefault(account, []).append(token)
        offer = offer_index(account, tx.get("TicketSequence") or tx["Sequence"])
        item = {"LedgerEntryType": "NFTokenOffer", "index": offer, "NFTokenID": name}
        self.objects.setdefault(account, []).append({**item, "Destination": tx["Destination"]})
        return replace(found, nftoken_id=name, offer_id=offer)

    def _take(self, owner: str, nftoken_id: str) -> NFToken | None:
        """Take a token away from its owner, and every offer of it off the ledger."""
        held = self.tokens.get(owner, [])
        token = next((one for one in held if one.id == nftoken_id), None)
        if token is not None:
            held.remove(token)
            self.objects = {
                account: [item for item in items if item.get("NFTokenID") != nftoken_id]
                for account, items in self.objects.items()
            }
        return token
