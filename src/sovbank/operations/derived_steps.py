"""From the key of a step back to the step, by this machine's own profile: nothing else is believed.

A co-signer is shown, and signs, what the key says. Settings and signer lists must be those of the co-signer's
profile; tokens are those of its assets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sovbank.core.money import parse_amount
from sovbank.core.profile import Profile
from sovbank.errors.operations import StepUnknown
from sovbank.operations import steps
from sovbank.operations.steps import Step
from sovbank.wire.addresses import decode_address
from sovbank.wire.currency import encode_currency

_MOST_TICKETS = 250


def derive_step(profile: Profile, parameters: Mapping[str, str]) -> Step:
    """Return the step that an operation's parameters name.

    Raises
    ------
    StepUnknown
        The account, the key or what the key names is not this profile's.
    """
    try:
        account, key = parameters["account"], parameters["step"]
        name, *parts = key.split("/")
        step = _STEPS[name](profile, account, parts)
    except (KeyError, ValueError) as error:
        asked = parameters.get("step", "")[:80]
        raise StepUnknown(f"no plan of this profile has the step {asked!r}") from error
    if step.parameters != dict(parameters) or account not in profile.accounts:
        raise StepUnknown(f"the step {key[:80]!r} is not written as a plan writes it")
    return step


def _flag(_profile: Profile, account: str, parts: list[str]) -> Step:
    (name,) = parts
    return steps.flag(account, name)


def _first_settings(profile: Profile, account: str, parts: list[str]) -> Step:
    auth, xrp, domain, tick = parts
    _require_desired(profile, account, domain, tick)
    return steps.first_settings(
        account,
        require_auth=bool(auth),
        disallow_xrp=bool(xrp),
        domain=domain or None,
        tick_size=int(tick) if tick else None,
    )


def _settings(profile: Profile, account: str, parts: list[str]) -> Step:
    domain, tick = parts
    _require_desired(profile, account, domain, tick)
    return steps.settings(account, domain=domain or None, tick_size=int(tick) if tick else None)


def _preauthorize(profile: Profile, account: str, parts: list[str]) -> Step:
    (payer,) = parts
    pairs = {(asset.issuer, profile.accounts[asset.redemption].address) for asset in profile.assets.values()}
    if (account, payer) not in pairs:
        raise ValueError(payer)
    return steps.preauthorize(account, payer)


def _trust_line(profile: Profile, account: str, parts: list[str]) -> Step:
    currency, issuer, limit = parts
    symbol = _asset_of(profile, currency, issuer)
    title = f"set the trust limit of {account} to {limit} {symbol}"
    return steps.trust_line(account, issuer=issuer, currency=currency, limit=parse_amount(limit), title=title)


def _authorize(profile: Profile, account: str, parts: list[str]) -> Step:
    currency, holder = parts
    decode_address(holder)
    symbol = _asset_of(profile, currency, profile.accounts[account].address)
    own = {entry.address: name for name, entry in profile.accounts.items()}
    title = f"authorise the {symbol} trust line of {own.get(holder, holder)}"
    return steps.authorize(account, holder=holder, currency=currency, title=title)


def _signer_list(profile: Profile, account: str, parts: list[str]) -> Step:
    wanted = steps.signers_of(profile.accounts[account], profile.officers)
    if parts != [steps.list_digest(wanted)]:
        raise ValueError("another list")
    return steps.signer_list(account, wanted)


def _tickets(_profile: Profile, account: str, parts: list[str]) -> Step:
    (count,) = parts
    if not 1 <= int(count) <= _MOST_TICKETS:
        raise ValueError(count)
    return steps.tickets(account, int(count))


def _exercise(profile: Profile, account: str, parts: list[str]) -> Step:
    (names,) = parts
    group = tuple(names.split(" "))
    if not set(group) <= profile.accounts[account].signers.keys():
        raise ValueError(names)
    return steps.exercise(account, group)


def _asset_of(profile: Profile, currency: str, issuer: str) -> str:
    for symbol, asset in profile.assets.items():
        wanted = (encode_currency(asset.currency), profile.accounts[asset.issuer].address)
        if wanted == (currency, issuer):
            return symbol
    raise ValueError(currency)


def _require_desired(profile: Profile, account: str, domain: str, tick: str) -> None:
    desired = profile.accounts[account]
    if domain not in ("", desired.domain) or tick not in ("", str(desired.tick_size)):
        raise ValueError("other settings")


_STEPS: Mapping[str, Callable[[Profile, str, list[str]], Step]] = {
    "flag": _flag,
    "first-settings": _first_settings,
    "settings": _settings,
    "preauthorize": _preauthorize,
    "trust-line": _trust_line,
    "authorize": _authorize,
    "signer-list": _signer_list,
    "tickets": _tickets,
    "exercise": _exercise,
}
