"""Whether a bundle may be signed here: network, accounts, expiry, signer list, derivation."""

from __future__ import annotations

from sovbank.ceremony.records import Bundle, Operation
from sovbank.ceremony.signing import check_signatures
from sovbank.core.machine import Kind
from sovbank.core.profile import Account
from sovbank.errors.ceremony import BundleExpired, BundleForeign
from sovbank.errors.operations import AccountMissing, SignerListDiffers
from sovbank.operations.carried_steps import changes_signers, under_live_list
from sovbank.operations.house import House
from sovbank.operations.multisig.derivation import require_derived
from sovbank.xrpl.multisign import signer_key_facts


def check_bundle(house: House, bundle: Bundle) -> Account:
    """Return the profile's account that the bundle is about, or refuse the bundle, in this order.

    1. network and production are the profile's; 2. the account is; 3. the window is open; 4. the signer list
    is the profile's; 5. the transactions follow from their operations; 6. every signature in it counts.

    Raises
    ------
    BundleForeign, BundleExpired, SignerListDiffers, TransactionNotDerived
    StrangerSigned, KeyNotOfSigner, SignatureWrong
    """
    profile = house.profile
    here = (profile.network.id, profile.network.name, profile.production)
    there = (bundle.network.id, bundle.network.name, bundle.production)
    if here != there:
        raise BundleForeign(f"the bundle is for {_place(*there)}; this profile is {_place(*here)}")
    account = _account(house, bundle)
    validated = house.ledger.server_state().validated_ledger
    if validated >= bundle.expiry.ledger_index:
        raise BundleExpired(
            f"ledger {validated} is validated; the bundle ended with {bundle.expiry.ledger_index}"
        )
    _check_signers(house, account, bundle)
    require_derived(house, bundle)
    check_signatures(bundle)
    return account


def drift_of(house: House, bundle: Bundle) -> list[str]:
    """Return, in words, how the live signer list and keys differ from those that the bundle was made with."""
    state = house.ledger.account(bundle.signer_list.account)
    if state is None:
        raise AccountMissing(f"{bundle.signer_list.account} is not on the ledger")
    live = {entry.account: entry.weight for entry in state.signer_list.entries}
    facts = signer_key_facts(house.ledger, state.signer_list)
    drift: list[str] = []
    if state.signer_list.quorum != bundle.signer_list.quorum:
        drift.append(f"the quorum is {state.signer_list.quorum}, it was {bundle.signer_list.quorum}")
    for signer in bundle.signer_list.signers:
        if signer.account not in live:
            drift.append(f"{signer.account} is no longer on the signer list")
            continue
        if live[signer.account] != signer.weight:
            drift.append(f"{signer.account} has weight {live[signer.account]}, it was {signer.weight}")
        now = facts[signer.account]
        if now.regular_key != signer.regular_key:
            drift.append(
                f"the regular key of {signer.account} is {now.regular_key}, it was {signer.regular_key}"
            )
        if now.master_enabled == signer.master_disabled:
            state_now = "enabled" if now.master_enabled else "disabled"
            drift.append(f"the master key of {signer.account} is {state_now} now")
    known = {signer.account for signer in bundle.signer_list.signers}
    drift += [f"{account} is new on the signer list" for account in live if account not in known]
    return drift


def _account(house: House, bundle: Bundle) -> Account:
    address = bundle.signer_list.account
    for account in house.profile.accounts.values():
        if account.address == address:
            return account
    raise BundleForeign(f"{address} is no account of this profile")


def _check_signers(house: House, account: Account, bundle: Bundle) -> None:
    if any(_under_live_list(described) for described in bundle.purpose.operations):
        # The list that this account's profile has is the one that the bundle sets, or a cancelled one did.
        account = under_live_list(house, account)
    wanted = {house.officer(name).account: weight for name, weight in account.signers.items()}
    found = {signer.account: signer.weight for signer in bundle.signer_list.signers}
    if wanted != found or account.quorum != bundle.signer_list.quorum:
        names = sorted(
            address for address in wanted.keys() | found.keys() if wanted.get(address) != found.get(address)
        )
        differs = f": {', '.join(names)}" if names else f" (quorum {bundle.signer_list.quorum})"
        raise SignerListDiffers(
            f"the bundle's signer list of {account.address} is not the profile's{differs}"
        )


def _under_live_list(described: Operation) -> bool:
    return described.kind == Kind.CANCELLATION or changes_signers(described.parameters)


def _place(network: int, name: str, production: bool) -> str:
    return f"network {network} ({name}), {'production' if production else 'not production'}"
