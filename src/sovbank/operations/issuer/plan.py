"""The ordered difference between what the profile wants of an asset's accounts and what the ledger shows.

The order is the one that works: settings that need an empty owner directory first, then trust lines and their
authorisation, then signer lists and tickets, then multisigned no-ops that together exercise every signer,
and the master key is disabled last. Pure: from records to a list of steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from sovbank.core.money import parse_amount
from sovbank.core.profile import Asset, Officer
from sovbank.errors.operations import SetupImpossible
from sovbank.operations import steps
from sovbank.operations.issuer.actual import ActualAccount
from sovbank.operations.issuer.exercise import exercise_groups
from sovbank.operations.steps import Step
from sovbank.wire.currency import encode_currency
from sovbank.xrpl.port import SignerList, TrustLine

_INCOMING = ("disallowIncomingCheck", "disallowIncomingPayChan", "disallowIncomingNFTokenOffer")


def plan_asset(
    asset: Asset, accounts: Mapping[str, ActualAccount], officers: Mapping[str, Officer]
) -> list[Step]:
    """Return the steps that are missing, in the order in which they work.

    Raises
    ------
    SetupImpossible
        The issuer owns objects already, so clawback or required authorisation can never be set.
    """
    issuer, treasury, redemption = accounts["issuer"], accounts["treasury"], accounts["redemption"]
    currency = encode_currency(asset.currency)
    limit = parse_amount(asset.trust_limit)
    holders = (treasury, redemption)
    steps = [*_issuer_flags(issuer), *_deposit_auth(issuer, redemption)]
    for holder in holders:
        steps += [*_profile_settings(holder), *_line(holder, issuer, currency, limit)]
    for holder in holders:
        steps += _authorisation(issuer, holder, currency)
    for holder in holders:
        steps += _flag(holder, "disallowIncomingTrustline")
    for account in (issuer, *holders):
        steps += security_steps(account, officers)
    return steps


def plan_account(account: ActualAccount, officers: Mapping[str, Officer]) -> list[Step]:
    """Return the missing steps of an account beside the tokens, such as the membership account."""
    return [*_profile_settings(account), *security_steps(account, officers)]


def desired_signers(account: ActualAccount, officers: Mapping[str, Officer]) -> SignerList:
    """Return the signer list that the profile wants."""
    return steps.signers_of(account.desired, officers)


def _issuer_flags(issuer: ActualAccount) -> Iterator[Step]:
    needs_empty = [name for name in ("allowTrustLineClawback", "requireAuth") if not issuer.has(name)]
    if needs_empty and issuer.state.owner_count:
        raise SetupImpossible(
            f"{issuer.name} owns {issuer.state.owner_count} ledger objects, so {' and '.join(needs_empty)}"
            " can no longer be set"
        )
    if not issuer.has("allowTrustLineClawback"):
        yield _first_settings(issuer)
    else:
        yield from _flag(issuer, "requireAuth")
        yield from _flag(issuer, "disallowXRP")
        yield from _profile_settings(issuer)
    yield from _flag(issuer, "defaultRipple")
    for name in _INCOMING:
        yield from _flag(issuer, name)


def _first_settings(issuer: ActualAccount) -> Step:
    return steps.first_settings(
        issuer.name,
        require_auth=not issuer.has("requireAuth"),
        disallow_xrp=not issuer.has("disallowXRP"),
        domain=issuer.desired.domain,
        tick_size=issuer.desired.tick_size,
    )


def _profile_settings(account: ActualAccount) -> Iterator[Step]:
    desired = account.desired
    domain = desired.domain if desired.domain != account.state.domain else None
    tick = desired.tick_size if desired.tick_size != account.state.tick_size else None
    if domain is not None or tick is not None:
        yield steps.settings(account.name, domain=domain, tick_size=tick)
    if desired.require_destination_tag:
        yield from _flag(account, "requireDestTag")


def _deposit_auth(issuer: ActualAccount, redemption: ActualAccount) -> Iterator[Step]:
    if not issuer.desired.deposit_auth:
        return
    yield from _flag(issuer, "depositAuth")
    if redemption.desired.address not in issuer.preauthorized:
        yield steps.preauthorize(issuer.name, redemption.desired.address)


def _flag(account: ActualAccount, name: str) -> Iterator[Step]:
    if not account.has(name):
        yield steps.flag(account.name, name)


def _line(holder: ActualAccount, issuer: ActualAccount, currency: str, limit: Decimal) -> Iterator[Step]:
    line = _find_line(holder, issuer, currency)
    if line is None or line.limit != limit:
        yield steps.trust_line(
            holder.name,
            issuer=issuer.desired.address,
            currency=currency,
            limit=limit,
            title="open the trust line to the issuer",
        )


def _authorisation(issuer: ActualAccount, holder: ActualAccount, currency: str) -> Iterator[Step]:
    line = _find_line(holder, issuer, currency)
    if line is None or not line.peer_authorized:
        yield steps.authorize(
            issuer.name,
            holder=holder.desired.address,
            currency=currency,
            title=f"authorise the trust line of {holder.name}",
        )


def _find_line(holder: ActualAccount, issuer: ActualAccount, currency: str) -> TrustLine | None:
    for line in holder.lines:
        if line.peer == issuer.desired.address and line.currency == currency:
            return line
    return None


def security_steps(account: ActualAccount, officers: Mapping[str, Officer]) -> Iterator[Step]:
    """Yield what is missing of an account's signer list, tickets, proven keys and disabled master key."""
    if not account.desired.signers:
        return
    wanted = desired_signers(account, officers)
    if not same_list(wanted, account.state.signer_list):
        yield steps.signer_list(account.name, wanted)
        exercised: frozenset[str] = frozenset()
    else:
        exercised = account.exercised
    missing = account.desired.tickets - account.tickets
    if 2 * account.tickets < account.desired.tickets:
        yield steps.tickets(account.name, missing)
    yield from _exercises(account, officers, exercised)
    if account.desired.disable_master:
        yield from _flag(account, "disableMaster")


def _exercises(
    account: ActualAccount, officers: Mapping[str, Officer], exercised: frozenset[str]
) -> Iterator[Step]:
    weights = account.desired.signers
    pending = [name for name in weights if officers[name].account not in exercised]
    for group in exercise_groups(weights, account.desired.quorum, pending):
        yield steps.exercise(account.name, group)


def same_list(one: SignerList, other: SignerList) -> bool:
    """Say whether two signer lists have the same quorum, signers and weights."""
    return one.quorum == other.quorum and set(one.entries) == set(other.entries)
