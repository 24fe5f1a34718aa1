"""Profiles: one TOML file names the network, nodes, contracts, officers, accounts and assets.

A profile holds no secrets. It is read strictly: an unknown key is refused by name, because a misspelt
setting that is ignored in silence is a setting that was never made. Cross-checks are in ``profile_rules``.
"""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from sovbank.core.money import parse_amount
from sovbank.errors.base import SovbankError
from sovbank.errors.core import ProfileMalformed, ProfileUnknownKey

MAX_PROFILE_BYTES = 256 * 1024

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Symbol = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{2,19}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s@]{1,200}$")]
Address = Annotated[str, StringConstraints(pattern=r"^r[1-9A-HJ-NP-Za-km-z]{24,34}$")]
EvmAddress = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-fA-F]{40}$")]
JournalUrl = Annotated[str, StringConstraints(pattern=r"^(sqlite:///|postgresql\+psycopg://)[^\s]{1,300}$")]
KeyUri = Annotated[str, StringConstraints(pattern=r"^(keystore|pkcs11|awskms):[!-~]{1,500}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


def _amount_text(text: str) -> str:
    try:
        parse_amount(text)
    except SovbankError as refusal:
        raise ValueError(refusal.message) from refusal
    return text


AmountText = Annotated[str, AfterValidator(_amount_text)]


class Role(StrEnum):
    """Control-plane roles. Each is held by other people than the rest (theorem 5 of the control plane)."""

    REQUESTER = "requester"
    APPROVER = "approver"
    CONFIRMER = "confirmer"
    BURN_RECORDER = "burn-recorder"
    BURN_ATTESTER = "burn-attester"
    RESERVE_REPORTER = "reserve-reporter"
    COMPLIANCE = "compliance"
    GUARDIAN = "guardian"
    ADMIN = "admin"
    MEMBERSHIP = "membership"


class Record(BaseModel):
    """A frozen record that forbids unknown keys and lax conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Network(Record):
    """The XRP Ledger network that every transaction of this profile is bound to."""

    id: Annotated[int, Field(ge=0, le=2**32 - 1)]
    name: Name


class Node(Record):
    """One JSON-RPC endpoint."""

    url: Url


class Nodes(Record):
    """Endpoints by role: ``core`` watches, ``treasury`` alone submits, ``member`` serves customers' reads."""

    core: Node
    treasury: Node
    member: Node


class Contracts(Record):
    """Proxy addresses of the control plane; written by ``control deploy``."""

    system_guard: EvmAddress
    compliance_registry: EvmAddress
    reserve_registry: EvmAddress
    mint_guard: EvmAddress
    membership_registry: EvmAddress


class ControlPlane(Record):
    """The EVM chain of the control plane and who acts on it."""

    chain_id: Annotated[int, Field(ge=1, le=2**63 - 1)]
    url: Url
    confirmations: Annotated[int, Field(ge=0, le=1000)] = 0
    contracts: Contracts | None = None
    roles: dict[Annotated[Role, Field(strict=False)], tuple[Name, ...]] = Field(default_factory=dict)
    report_quorum: Annotated[int, Field(ge=1, le=20)] = 1
    attestation_max_age_seconds: Annotated[int, Field(ge=1, le=400 * 86400)] = 86400


class JournalSettings(Record):
    """Where operations and the audit log live; the default is a SQLite file in the state directory."""

    url: (
        Annotated[str, StringConstraints(pattern=r"^(sqlite:///|postgresql\+psycopg://)[^\s]{1,300}$")] | None
    ) = None


class Officer(Record):
    """A person: their signing key on the XRP Ledger and their address on the control plane."""

    title: Text
    key: KeyUri
    account: Address
    evm_key: KeyUri | None = None
    evm_address: EvmAddress | None = None


class AccountRole(StrEnum):
    """What an account is for."""

    ISSUER = "issuer"
    TREASURY = "treasury"
    REDEMPTION = "redemption"
    MEMBERSHIP = "membership"


class Account(Record):
    """One XRP Ledger account: its address, signer list and the key that made it."""

    role: Annotated[AccountRole, Field(strict=False)]
    address: Address
    master_key: KeyUri | None = None
    signers: dict[Name, Annotated[int, Field(ge=1, le=65535)]] = Field(default_factory=dict)
    quorum: Annotated[int, Field(ge=0, le=2**31)] = 0
    disable_master: bool = True
    tickets: Annotated[int, Field(ge=0, le=250)] = 0
    domain: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]{3,100}$")] | None = None
    tick_size: Annotated[int, Field(ge=3, le=15)] | None = None
    require_destination_tag: bool = False
    deposit_auth: bool = False


class Asset(Record):
    """A token: its currency code and the names of the three accounts that run it."""

    currency: Symbol
    issuer: Name
    treasury: Name
    redemption: Name
    transfer_fee_permille: Literal[0] = 0
    trust_limit: AmountText = "10000000000"
    global_cap: AmountText
    burst: AmountText
    rate_per_day: AmountText
    mint_legs: Literal["treasury", "direct"] = "treasury"


class MembershipSettings(Record):
    """Who issues memberships, and where the metadata files of the tiers lie (``URL/TIER.json``)."""

    account: Name
    metadata_url: Url


class Limits(Record):
    """Limits of this bank, checked before anything is asked of the control plane."""

    mint_most: AmountText | None = None
    distribute_most: AmountText | None = None
    request_expiry_hours: Annotated[int, Field(ge=1, le=24 * 90)] = 72
    automated_ledgers: Annotated[int, Field(ge=4, le=200)] = 20


class Profile(Record):
    """Everything that one environment needs to be named."""

    format: Literal[1]
    name: Name
    production: bool = False
    network: Network
    nodes: Nodes
    evm: ControlPlane
    journal: JournalSettings = JournalSettings()
    officers: dict[Name, Officer] = Field(default_factory=dict)
    accounts: dict[Name, Account] = Field(default_factory=dict)
    assets: dict[Symbol, Asset] = Field(default_factory=dict)
    membership: MembershipSettings | None = None
    limits: Limits = Limits()


def parse_profile(text: str, *, source: str) -> Profile:
    """Return the profile written in the TOML text.

    ``source`` names the file in messages. Raises ``ProfileMalformed`` for bad TOML or a bad value, and
    ``ProfileUnknownKey`` for a key that does not exist.
    """
    if len(text.encode()) > MAX_PROFILE_BYTES:
        raise ProfileMalformed(f"{source} is larger than {MAX_PROFILE_BYTES} bytes")
    try:
        return Profile.model_validate(_tuples(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        raise ProfileMalformed(f"{source} is not TOML: {error}") from error
    except ValidationError as error:
        raise _refusal(error, source) from error


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value


def _refusal(error: ValidationError, source: str) -> SovbankError:
    problems = error.errors()
    # A misspelt key is missing under its right name too: the unknown one says more.
    first = next((problem for problem in problems if problem["type"] == "extra_forbidden"), problems[0])
    path = ".".join(str(part) for part in first["loc"] if part != "[key]")
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    if first["type"] == "extra_forbidden":
        return ProfileUnknownKey(f"{source}: unknown key {path!r}{more}")
    reason = re.sub(r"^Value error, ", "", first["msg"])
    return ProfileMalformed(f"{source}: {path}: {reason}{more}")
