"""The steps of plans: what each does, under a key from which every machine derives the same transaction.

A key holds what the step does, as text, and nothing about why it is needed. ``derived_steps`` reads it back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sovbank.core.canonical import digest
from sovbank.core.money import ledger_value
from sovbank.core.profile import Account, Officer
from sovbank.xrpl import builders
from sovbank.xrpl.envelope import Anchor, Envelope, Tx
from sovbank.xrpl.port import SignerEntry, SignerList

Build = Callable[[Envelope, Anchor], Tx]

FLAG_TITLES: Mapping[str, str] = {
    "requireAuth": "hold back every trust line until it is authorised",
    "disallowXRP": "ask senders not to send XRP",
    "defaultRipple": "let holders pay each other in the token",
    "disallowIncomingCheck": "refuse checks from strangers",
    "disallowIncomingPayChan": "refuse payment channels from strangers",
    "disallowIncomingNFTokenOffer": "refuse NFT offers from strangers",
    "disallowIncomingTrustline": "refuse trust lines from strangers",
    "depositAuth": "take payments from the redemption account alone",
    "requireDestTag": "require a destination tag on payments",
    "disableMaster": "disable the master key for good",
}
"""The account flags that plans set, and what each is for."""


@dataclass(frozen=True)
class Step:
    """One transaction of a plan; ``signers`` names who must sign, and nobody in particular when empty."""

    key: str
    account: str
    title: str
    build: Build
    signers: tuple[str, ...] = ()
    anchored: bool = False

    @property
    def parameters(self) -> dict[str, str]:
        """What identifies the step as an operation."""
        return {"account": self.account, "step": self.key, "signers": " ".join(self.signers)}


def flag(account: str, name: str) -> Step:
    """Set one account flag, named as in ``FLAG_TITLES``."""
    title = FLAG_TITLES[name]
    return Step(
        f"flag/{name}", account, title, lambda envelope, _: builders.account_set(envelope, set_flag=name)
    )


def first_settings(
    account: str, *, require_auth: bool, disallow_xrp: bool, domain: str | None, tick_size: int | None
) -> Step:
    """Set what needs an empty owner directory, and all that fits into the same transaction."""

    def build(envelope: Envelope, _: Anchor) -> Tx:
        return builders.account_set(
            envelope,
            set_flag="allowTrustLineClawback",
            require_auth=require_auth,
            disallow_xrp=disallow_xrp,
            domain=domain,
            tick_size=tick_size,
        )

    names = ("requireAuth" if require_auth else "", "disallowXRP" if disallow_xrp else "")
    key = "/".join(("first-settings", *names, *_said(domain, tick_size)))
    return Step(key, account, "allow clawback, require authorisation of trust lines", build)


def settings(account: str, *, domain: str | None, tick_size: int | None) -> Step:
    """Set the domain and the tick size, or one of them."""

    def build(envelope: Envelope, _: Anchor) -> Tx:
        return builders.account_set(envelope, domain=domain, tick_size=tick_size)

    key = "/".join(("settings", *_said(domain, tick_size)))
    return Step(key, account, "set domain and tick size", build)


def preauthorize(account: str, payer: str) -> Step:
    """Let one address pay an account that takes payments from nobody else."""
    return Step(
        f"preauthorize/{payer}",
        account,
        "let the redemption account pay the issuer",
        lambda envelope, _: builders.deposit_preauth(envelope, authorize=payer),
    )


def trust_line(account: str, *, issuer: str, currency: str, limit: Decimal, title: str) -> Step:
    """Set an account's trust limit; ``issuer`` is an address, ``currency`` in the ledger's form."""
    return Step(
        f"trust-line/{currency}/{issuer}/{ledger_value(limit)}",
        account,
        title,
        lambda envelope, _: builders.trust_set(envelope, issuer=issuer, currency=currency, limit=limit),
    )


def authorize(account: str, *, holder: str, currency: str, title: str) -> Step:
    """Authorise a holder's trust line to the account."""
    return Step(
        f"authorize/{currency}/{holder}",
        account,
        title,
        lambda envelope, _: builders.trust_authorize(envelope, holder=holder, currency=currency),
    )


def signer_list(account: str, wanted: SignerList) -> Step:
    """Set the account's signer list."""
    return Step(
        signer_list_key(wanted),
        account,
        f"set the signer list: {wanted.quorum} of {len(wanted.entries)}",
        lambda envelope, _: builders.signer_list_set(envelope, quorum=wanted.quorum, entries=wanted.entries),
    )


def tickets(account: str, count: int) -> Step:
    """Create tickets."""
    return Step(
        f"tickets/{count}",
        account,
        f"create {count} {'ticket' if count == 1 else 'tickets'} for ceremonies",
        lambda envelope, _: builders.ticket_create(envelope, count=count),
    )


def exercise(account: str, group: tuple[str, ...]) -> Step:
    """Have a group of officers sign a transaction without effect, which proves their keys."""
    return Step(
        f"exercise/{' '.join(group)}",
        account,
        f"prove the keys of {', '.join(group)}",
        lambda envelope, anchor: builders.no_op(envelope, anchor=anchor),
        signers=group,
        anchored=True,
    )


def signers_of(desired: Account, officers: Mapping[str, Officer]) -> SignerList:
    """Return the signer list of an account of the profile."""
    entries = (SignerEntry(officers[name].account, weight) for name, weight in desired.signers.items())
    return SignerList(desired.quorum, tuple(entries))


def signer_list_key(signers: SignerList) -> str:
    """Return the name of the step that sets a signer list."""
    return f"signer-list/{list_digest(signers)}"


def list_digest(signers: SignerList) -> str:
    """Return the first 16 hex digits of a digest over a signer list."""
    entries = sorted(f"{entry.account}={entry.weight}" for entry in signers.entries)
    return digest("sovbank/signer-list/v1", {"quorum": signers.quorum, "entries": entries})[:16]


def _said(domain: str | None, tick_size: int | None) -> tuple[str, str]:
    return domain or "", "" if tick_size is None else str(tick_size)
