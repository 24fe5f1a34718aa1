"""What an operation works with: the profile, the ports and the people whose keys are at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from sovbank.core.profile import Account, Asset, Officer, Profile
from sovbank.errors.core import NotInProfile
from sovbank.evm.port import AssetId, ChainSigner, ControlPlane
from sovbank.journal.books import Books
from sovbank.journal.port import Journal
from sovbank.keys.port import Signer
from sovbank.operations.agreement import Agreement
from sovbank.wire.currency import encode_currency
from sovbank.xrpl.port import LedgerReader, LedgerSubmitter

_Item = TypeVar("_Item")


class Clock(Protocol):
    """Wall-clock time. Decisions that matter are taken by ledger index or block time, not by this."""

    def now(self) -> datetime:
        """Return the present time, aware, in UTC."""
        ...


class KeyRing(Protocol):
    """The keys that this machine can reach."""

    def holds(self, uri: str) -> bool:
        """Say whether the key is on this machine, without unlocking it."""
        ...

    def signer(self, uri: str) -> Signer:
        """Return the key for the XRP Ledger, unlocking it if need be."""
        ...

    def chain_signer(self, uri: str) -> ChainSigner:
        """Return the key for the control plane, unlocking it if need be."""
        ...


@dataclass(frozen=True)
class House:
    """The ports of one profile, passed to every operation.

    ``progress`` is told what is being waited for; ``agreement`` says who is at this terminal and what they
    agreed to last, for the rows of what follows from it.
    """

    profile: Profile
    journal: Journal
    books: Books
    ledger: LedgerReader
    submitter: LedgerSubmitter
    control: ControlPlane
    keys: KeyRing
    clock: Clock
    progress: Callable[[str], None]
    agreement: Callable[[], Agreement] = Agreement
    settle_timeout_seconds: float = 90.0

    @property
    def network_id(self) -> int:
        """The network that every transaction of the profile is bound to."""
        return self.profile.network.id

    def asset(self, symbol: str) -> Asset:
        """Return an asset of the profile, or raise ``NotInProfile``."""
        return _named(self.profile.assets, symbol, "asset")

    def account(self, name: str) -> Account:
        """Return an account of the profile, or raise ``NotInProfile``."""
        return _named(self.profile.accounts, name, "account")

    def officer(self, name: str) -> Officer:
        """Return an officer of the profile, or raise ``NotInProfile``."""
        return _named(self.profile.officers, name, "officer")

    def issuer_of(self, symbol: str) -> Account:
        """Return the issuing account of an asset."""
        return self.account(self.asset(symbol).issuer)

    def treasury_of(self, symbol: str) -> Account:
        """Return the treasury account of an asset."""
        return self.account(self.asset(symbol).treasury)

    def redemption_of(self, symbol: str) -> Account:
        """Return the redemption account of an asset."""
        return self.account(self.asset(symbol).redemption)

    def ledger_currency(self, symbol: str) -> str:
        """Return the asset's currency as the ledger writes it."""
        return encode_currency(self.asset(symbol).currency)

    def asset_id(self, symbol: str) -> AssetId:
        """Return the asset as the control plane names it."""
        return AssetId(self.network_id, self.issuer_of(symbol).address, self.asset(symbol).currency)


def _named(table: dict[str, _Item], name: str, what: str) -> _Item:
    found = table.get(name)
    if found is None:
        known = ", ".join(sorted(table)) or "none"
        raise NotInProfile(f"the profile names no {what} {name!r} (it has: {known})")
    return found
