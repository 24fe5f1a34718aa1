"""A customer of the rehearsal with a wallet of their own: one key, no bank software, no control plane."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sovbank.errors.demo import WalletFailed
from sovbank.keys.port import Signer, Takes
from sovbank.operations.house import House
from sovbank.wire.hashes import sha512_half
from sovbank.xrpl import builders
from sovbank.xrpl.envelope import Envelope, Tx, fee_for, finish
from sovbank.xrpl.multisign import assemble_single, key_facts, single_payload
from sovbank.xrpl.port import Evidence, Outcome, Submission

_LEDGERS_TO_LIVE = 30


@dataclass(frozen=True)
class Wallet:
    """The customer's account. It signs alone and submits to the same node as everybody."""

    address: str
    signer: Signer
    house: House

    def trust(self, asset: str, limit: Decimal) -> Evidence:
        """Open a trust line to the issuer of an asset."""
        issuer = self.house.issuer_of(asset).address
        currency = self.house.ledger_currency(asset)
        return self._send(
            lambda envelope: builders.trust_set(envelope, issuer=issuer, currency=currency, limit=limit)
        )

    def accept(self, acceptance: Mapping[str, Any]) -> Evidence:
        """Sign what the bank gave to accept a membership."""
        return self._send(
            lambda envelope: finish(
                envelope, "NFTokenAcceptOffer", {"NFTokenSellOffer": acceptance["NFTokenSellOffer"]}
            )
        )

    def redeem(self, asset: str, amount: Decimal, *, operation: str, tag: int) -> Evidence:
        """Pay tokens to the bank's redemption account under the tag that the bank gave."""
        return self._send(
            lambda envelope: builders.distribute(
                envelope,
                issuer=self.house.issuer_of(asset).address,
                destination=self.house.redemption_of(asset).address,
                currency=self.house.ledger_currency(asset),
                amount=amount,
                invoice_id=operation,
                destination_tag=tag,
            )
        )

    def _send(self, build: Callable[[Envelope], Tx]) -> Evidence:
        ledger = self.house.ledger
        state, server = ledger.account(self.address), ledger.server_state()
        if state is None:
            raise WalletFailed(f"the customer's account {self.address} is not on the ledger")
        envelope = Envelope(
            account=self.address,
            network_id=self.house.network_id,
            last_ledger=server.validated_ledger + _LEDGERS_TO_LIVE,
            fee=fee_for(server.base_fee),
            multisigned=False,
            sequence=state.sequence,
        )
        unsigned = build(envelope)
        public = self.signer.public_key.data
        message = single_payload(unsigned, public)
        handed = sha512_half(message) if self.signer.takes is Takes.DIGEST else message
        signed = assemble_single(
            unsigned,
            public,
            self.signer.sign(handed),
            facts=key_facts(self.address, state),
            base_fee=server.base_fee,
        )
        evidence = self.house.submitter.settle(
            Submission(
                blob=signed.blob,
                tx_hash=signed.tx_hash,
                account=self.address,
                ticket=None,
                sequence=state.sequence,
                first_ledger=server.validated_ledger,
                last_ledger=envelope.last_ledger,
            ),
            timeout_seconds=60,
        )
        if evidence.outcome is not Outcome.SUCCEEDED:
            raise WalletFailed(f"the customer's transaction ended with {evidence.result}")
        return evidence
