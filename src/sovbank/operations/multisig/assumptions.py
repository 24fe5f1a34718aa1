"""Ports that answer from a bundle where there is no network, and name everything that was taken on trust."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from sovbank.ceremony.records import Bundle
from sovbank.core.machine import Kind
from sovbank.errors.ceremony import NotWithoutNetwork
from sovbank.evm.identity import mint_request_id
from sovbank.evm.port import MembershipRecord, MintTerms
from sovbank.operations.house import House
from sovbank.xrpl.port import (
    AccountState,
    NFToken,
    ServerState,
    SignerEntry,
    SignerList,
    ValidatedTransaction,
)
from sovbank.xrpl.settings import LSF_DISABLE_MASTER

IN_WORDS = {
    "account-history": "whether the account's history shows this payment already",
    "control-plane": "whether MintGuard and the whitelist allow this now",
    "membership-registry": "whether MembershipRegistry says what a membership, its end or withdrawal needs",
    "token-place": "whether a token is still where its burn takes it from",
    "live-signer-list": "whether the signer list and the signers' keys are still those of the bundle",
    "validated-ledger": "whether the window is still open, and the network's state",
    "raw-wallet": "anything beyond the transaction itself: it was signed by a wallet that knows no bundles",
}
"""What each name in ``unchecked`` means."""
_ALWAYS = ("live-signer-list", "validated-ledger")
_BY_KIND = {
    Kind.MEMBERSHIP: ("control-plane", "membership-registry"),
    Kind.MEMBERSHIP_END: ("membership-registry", "token-place"),
    Kind.MEMBERSHIP_WITHDRAWAL: ("membership-registry", "token-place"),
}
_OTHERS = ("account-history", "control-plane")


def unchecked_without_network(bundle: Bundle) -> tuple[str, ...]:
    """Return the names of what is taken on trust when the bundle is signed without a network."""
    kinds = [Kind(operation.kind) for operation in bundle.purpose.operations]
    return tuple(sorted({*_ALWAYS, *(name for kind in kinds for name in _BY_KIND.get(kind, _OTHERS))}))


def assumed_house(house: House, bundle: Bundle) -> tuple[House, set[str]]:
    """Return a house that reads the ledgers from the bundle, and the set of names of what it assumed."""
    assumed: set[str] = set()
    ledger, control = _AssumedLedger(bundle, assumed), _AssumedControl(bundle, assumed)
    return replace(house, ledger=cast(Any, ledger), control=cast(Any, control)), assumed


class _AssumedLedger:
    """The reads that signing makes of a node, answered from the bundle's snapshot."""

    def __init__(self, bundle: Bundle, assumed: set[str]) -> None:
        self._bundle = bundle
        self._assumed = assumed

    def server_state(self) -> ServerState:
        self._assumed.add("validated-ledger")
        index = self._bundle.signer_list.ledger_index
        return ServerState(self._bundle.network.id, "bundle", index, 0, 10, 1_000_000, 200_000, False)

    def account(self, address: str) -> AccountState | None:
        self._assumed.add("live-signer-list")
        listed = self._bundle.signer_list
        if address == listed.account:
            entries = tuple(SignerEntry(signer.account, signer.weight) for signer in listed.signers)
            return _account(listed.ledger_index, address, SignerList(listed.quorum, entries))
        signer = self._bundle.signer(address)
        if signer is None:
            return None
        state = _account(listed.ledger_index, address, SignerList(0, ()))
        flags = LSF_DISABLE_MASTER if signer.master_disabled else 0
        return replace(state, flags=flags, regular_key=signer.regular_key)

    def tickets(self, _address: str) -> Sequence[int]:
        self._assumed.add("account-history")
        return ()

    def nftokens(self, address: str) -> Sequence[NFToken]:
        """Tokens are where the burns of the bundle take them from."""
        self._assumed.add("token-place")
        issuer = self._bundle.signer_list.account
        return [
            NFToken(id=str(tx["NFTokenID"]), issuer=issuer, flags=0, taxon=0, uri=b"")
            for tx in self._bundle.transactions
            if tx["TransactionType"] == "NFTokenBurn" and tx.get("Owner", issuer) == address
        ]

    def transactions(self, _address: str, **_: int | None) -> Sequence[ValidatedTransaction]:
        self._assumed.add("account-history")
        return ()

    def __getattr__(self, name: str) -> Any:
        raise NotWithoutNetwork(f"signing this needs a node: {name} cannot be known from the bundle")


class _AssumedControl:
    """The reads that signing makes of the control plane, taken on trust."""

    def __init__(self, bundle: Bundle, assumed: set[str]) -> None:
        self._bundle = bundle
        self._assumed = assumed

    def mint_id(self, terms: MintTerms) -> str:
        return mint_request_id(terms)

    def mint_request(self, _request: str) -> None:
        self._assumed.add("control-plane")

    def is_executable(self, _request: str) -> bool:
        self._assumed.add("control-plane")
        return True

    def is_whitelisted(self, _network: int, _account: str) -> bool:
        self._assumed.add("control-plane")
        return True

    def membership_of(self, _network: int, account: str) -> MembershipRecord | None:
        """Whose membership the bundle ends has it revoked; whom it makes a member is none."""
        self._assumed.add("membership-registry")
        for operation in self._bundle.purpose.operations:
            if operation.kind == Kind.MEMBERSHIP_END and operation.parameters.get("holder") == account:
                return MembershipRecord(operation.parameters.get("nftoken_id", ""), "", 0, revoked_at=0)
        return None

    def is_recorded_token(self, _nftoken_id: str) -> bool:
        self._assumed.add("membership-registry")
        return False

    def is_paused(self) -> bool:
        self._assumed.add("control-plane")
        return False

    def __getattr__(self, name: str) -> Any:
        raise NotWithoutNetwork(f"signing this needs the control plane: {name} cannot be assumed")


def _account(ledger: int, address: str, signer_list: SignerList) -> AccountState:
    return AccountState(
        address=address,
        ledger_index=ledger,
        balance=0,
        sequence=0,
        owner_count=0,
        flags=0,
        regular_key=None,
        domain=None,
        tick_size=None,
        transfer_rate=None,
        signer_list=signer_list,
    )
