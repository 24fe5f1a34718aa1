"""The ordered difference between what the profile wants of an asset's accounts and what the ledger shows.

The order is the one that works: settings that need an empty owner directory first, then trust lines and their
authorisation, then signer lists and tickets, then multisigned no-ops that together exercise every signer,
and the master key is disabled last. Pure: from records to a list of steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from sovbank.core.canonical import digest
from sovbank.core.money import parse_amount
from sovbank.core.profile import Account, Asset, Officer
from sovbank.errors.operations import SetupImpossible
from sovbank.operations.issuer.actual import ActualAccount
from sovbank.operations.issuer.exercise import exercise_groups
from sovbank.operations.planned import Step
from sovbank.wire.currency import encode_currency
from sovbank.xrpl import builders
from sovbank.xrpl.envelope import Anchor, Envelope, Tx
from sovbank.xrpl.port import SignerEntry, SignerList, TrustLine

_INCOMING = ("disallowIncomingCheck", "disallowIncomingPayChan", "disallowIncomingNFTokenOffer")
_TITLES = {
    "disallowIncomingCheck": "refuse checks from strangers",
    "disallowIncomingPayChan": "refuse payment channels from strangers",
    "disallowIncomingNFTokenOffer": "refuse NFT offers from strangers",
}


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
        steps += _flag(holder, "disallowIncomingTrustline", "refuse trust lines from strangers")
    for account in (issuer, *holders):
        steps += security_steps(account, officers)
    return steps


def plan_account(account: ActualAccount, officers: Mapping[str, Officer]) -> list[Step]:
    """Return the missing steps of an account beside the tokens, such as the membership account."""
    return [*_profile_settings(account), *security_steps(account, officers)]


def desired_signers(account: ActualAccount, officers: Mapping[str, Officer]) -> SignerList:
    """Return the signer list that the profile wants."""
    return signers_of(account.desired, officers)


def signers_of(desired: Account, officers: Mapping[str, Officer]) -> SignerList:
    """Return the signer list of an account of the profile."""
    entries = (SignerEntry(officers[name].account, weight) for name, weight in desired.signers.items())
    return SignerList(desired.quorum, tuple(entries))


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
        yield from _flag(issuer, "requireAuth", "hold back every trust line until it is authorised")
        yield from _flag(issuer, "disallowXRP", "ask senders not to send XRP")
        yield from _profile_settings(issuer)
    yield from _flag(issuer, "defaultRipple", "let holders pay each other in the token")
    for name in _INCOMING:
        yield from _flag(issuer, name, _TITLES[name])


def _first_settings(issuer: ActualAccount) -> Step:
    desired = issuer.desired

    def build(envelope: Envelope, _: Anchor) -> Tx:
        return builders.account_set(
            envelope,
            set_flag="allowTrustLineClawback",
            require_auth=not issuer.has("requireAuth"),
            disallow_xrp=not issuer.has("disallowXRP"),
            domain=desired.domain,
            tick_size=desired.tick_size,
        )

    return Step("first-settings", issuer.name, "allow clawback, require authorisation of trust lines", build)


def _profile_settings(account: ActualAccount) -> Iterator[Step]:
    desired = account.desired
    domain = desired.domain if desired.domain != account.state.domain else None
    tick = desired.tick_size if desired.tick_size != account.state.tick_size else None
    if domain is not None or tick is not None:

        def build(envelope: Envelope, _: Anchor) -> Tx:
            return builders.account_set(envelope, domain=domain, tick_size=tick)

        yield Step(f"settings/{domain or ''}/{tick or ''}", account.name, "set domain and tick size", build)
    if desired.require_destination_tag:
        yield from _flag(account, "requireDestTag", "require a destination tag on payments")


def _deposit_auth(issuer: ActualAccount, redemption: ActualAccount) -> Iterator[Step]:
    if not issuer.desired.deposit_auth:
        return
    yield from _flag(issuer, "depositAuth", "take payments from the redemption account alone")
    address = redemption.desired.address
    if address not in issuer.preauthorized:
        yield Step(
            f"preauthorize/{address}",
            issuer.name,
            "let the redemption account pay the issuer",
            lambda envelope, _: builders.deposit_preauth(envelope, authorize=address),
        )


def _flag(account: ActualAccount, name: str, title: str) -> Iterator[Step]:
    if not account.has(name):
        yield Step(
            f"flag/{name}",
            account.name,
            title,
            lambda envelope, _: builders.account_set(envelope, set_flag=name),
        )


def _line(holder: ActualAccount, issuer: ActualAccount, currency: str, limit: Decimal) -> Iterator[Step]:
    line = _find_line(holder, issuer, currency)
    if line is not None and line.limit == limit:
        return
    address = issuer.desired.address
    yield Step(
        f"trust-line/{currency}/{limit}",
        holder.name,
        "open the trust line to the issuer",
        lambda envelope, _: builders.trust_set(envelope, issuer=address, currency=currency, limit=limit),
    )


def _authorisation(issuer: ActualAccount, holder: ActualAccount, currency: str) -> Iterator[Step]:
    line = _find_line(holder, issuer, currency)
    if line is not None and line.peer_authorized:
        return
    address = holder.desired.address
    yield Step(
        f"authorize/{currency}/{address}",
        issuer.name,
        f"authorise the trust line of {holder.name}",
        lambda envelope, _: builders.trust_authorize(envelope, holder=address, currency=currency),
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
        yield Step(
            signer_list_key(wanted),
            account.name,
            f"set the signer list: {account.desired.quorum} of {len(wanted.entries)}",
            lambda envelope, _: builders.signer_list_set(
                envelope, quorum=wanted.quorum, entries=wanted.entries
            ),
        )
        exercised: frozenset[str] = frozenset()
    else:
        exercised = account.exercised
    missing = account.desired.tickets - account.tickets
    if 2 * account.tickets < account.desired.tickets:
        yield Step(
            f"tickets/{missing}",
            account.name,
            f"create {missing} tickets for ceremonies",
            lambda envelope, _: builders.ticket_create(envelope, count=missing),
        )
    yield from _exercises(account, officers, exercised)
    if account.desired.disable_master:
        yield from _flag(account, "disableMaster", "disable the master key for good")


def _exercises(
    account: ActualAccount, officers: Mapping[str, Officer], exercised: frozenset[str]
) -> Iterator[Step]:
    weights = account.desired.signers
    pending = [name for name in weights if officers[name].account not in exercised]
    for group in exercise_groups(weights, account.desired.quorum, pending):
        yield Step(
            f"exercise/{' '.join(group)}",
            account.name,
            f"prove the keys of {', '.join(group)}",
            lambda envelope, anchor: builders.no_op(envelope, anchor=anchor),
            signers=group,
            anchored=True,
        )


def same_list(one: SignerList, other: SignerList) -> bool:
    """Say whether two signer lists have the same quorum, signers and weights."""
    return one.quorum == other.quorum and set(one.entries) == set(other.entries)


def signer_list_key(signers: SignerList) -> str:
    """Return the name of the step that sets a signer list."""
    return f"signer-list/{list_digest(signers)}"


def list_digest(signers: SignerList) -> str:
    """Return the first 16 hex digits of a digest over a signer list."""
    entries = sorted(f"{entry.account}={entry.weight}" for entry in signers.entries)
    return digest("sovbank/signer-list/v1", {"quorum": signers.quorum, "entries": entries})[:16]
