"""What the ledger says of the accounts of one asset, read once for a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sovbank.core.profile import Account
from sovbank.errors.operations import AccountMissing
from sovbank.operations.house import House
from sovbank.xrpl.port import AccountState, TrustLine
from sovbank.xrpl.settings import is_set


@dataclass(frozen=True)
class ActualAccount:
    """One account as validated ledgers show it; ``exercised`` signed under the present signer list."""

    name: str
    desired: Account
    state: AccountState
    lines: tuple[TrustLine, ...]
    tickets: int
    exercised: frozenset[str]
    preauthorized: frozenset[str]

    def has(self, setting: str) -> bool:
        """Say whether the named account flag is set."""
        return is_set(self.state.flags, setting)


def read_account(house: House, name: str) -> ActualAccount:
    """Return the actual state of an account of the profile.

    Raises
    ------
    AccountMissing
    """
    desired = house.account(name)
    state = house.ledger.account(desired.address)
    if state is None:
        raise AccountMissing(f"account {name} ({desired.address}) is not on the ledger")
    owned = house.ledger.owned_objects(desired.address)
    return ActualAccount(
        name=name,
        desired=desired,
        state=state,
        lines=tuple(house.ledger.trust_lines(desired.address)),
        tickets=len(house.ledger.tickets(desired.address)),
        exercised=_exercised(house, desired.address) if state.signer_list.entries else frozenset(),
        preauthorized=frozenset(
            str(item.get("Authorize")) for item in owned if item.get("LedgerEntryType") == "DepositPreauth"
        ),
    )


def read_asset(house: House, asset: str) -> Mapping[str, ActualAccount]:
    """Return the asset's issuer, treasury and redemption accounts by their role."""
    entry = house.asset(asset)
    return {
        "issuer": read_account(house, entry.issuer),
        "treasury": read_account(house, entry.treasury),
        "redemption": read_account(house, entry.redemption),
    }


def _exercised(house: House, address: str) -> frozenset[str]:
    signers: set[str] = set()
    for found in house.ledger.transactions(address):
        if found.tx.get("Account") != address:
            continue
        if found.tx.get("TransactionType") == "SignerListSet" and found.result == "tesSUCCESS":
            signers.clear()  # whoever signed this signed under the list before
            continue
        signers.update(entry["Signer"]["Account"] for entry in found.tx.get("Signers", ()))
    return frozenset(signers)
