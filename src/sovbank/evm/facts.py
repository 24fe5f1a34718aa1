"""What the five contracts say, read at the newest final block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sovbank.core.membership import TIERS as MEMBERSHIP_TIERS
from sovbank.core.profile import Contracts, Role
from sovbank.errors.evm import ContractAnswerMalformed
from sovbank.evm.abi import codec
from sovbank.evm.identity import (
    account_key,
    asset_key,
    bank_reference_hash,
    burn_record_id,
    checksum_address,
    kyc_key,
    mint_request_id,
    word,
)
from sovbank.evm.port import (
    AssetId,
    BurnNotice,
    BurnState,
    MembershipRecord,
    MintRequest,
    MintTerms,
    Receipt,
    RegisteredCustomer,
    RequestState,
    ReserveState,
    Totals,
)
from sovbank.evm.refusals import TIERS, refusal_of
from sovbank.evm.session import Block, EvmSession

_ZERO_WORD = bytes(32)
_NOBODY = "0x" + "00" * 20


class ControlFacts:
    """Reads of one deployment. Every answer is of one final block; a contract that is missing is refused."""

    def __init__(self, session: EvmSession, contracts: Contracts) -> None:
        self._session = session
        self._addresses = addresses_of(contracts)

    def head(self) -> Receipt:
        """Return the newest final block, its hash in ``tx_hash``."""
        block = self._session.final()
        return Receipt(tx_hash=block.hash, block_number=block.number, block_time=block.time)

    def mint_id(self, terms: MintTerms) -> str:
        """Return the request id, computed here."""
        return mint_request_id(terms)

    def mint_request(self, request_id: str) -> MintRequest | None:
        """Return the request as MintGuard holds it; None when it has none."""
        found = self._ask("MintGuard", "requestOf", word(request_id, "request id"))
        state = _request_state(found["state"])
        if state is RequestState.NONE:
            return None
        return MintRequest(
            id=word(request_id, "request id").hex(),
            state=state,
            asset_key=found["asset"].hex(),
            destination_key=found["destination"].hex(),
            amount_micro=found["amount"],
            bank_reference_hash=found["bankReferenceHash"].hex(),
            expiry=found["expiry"],
            requester=checksum_address(found["requester"]),
            approver=_address_or_none(found["approver"]),
            xrpl_tx_hash=_hash_or_none(found["xrplTxHash"]),
            requested_at=found["requestedAt"],
        )

    def can_mint(self, terms: MintTerms) -> str | None:
        """Return None when the request would be held now, or the reason against it in words."""
        allowed, refusal = self._ask("MintGuard", "canMint", *mint_arguments(terms))
        return None if allowed else refusal_of(refusal).message

    def is_executable(self, request_id: str) -> bool:
        """Say whether the mint may be signed now."""
        return self.execution_refusal(request_id) is None

    def execution_refusal(self, request_id: str) -> str | None:
        """Return None when the mint may be signed now, or the reason against it in words."""
        executable, refusal = self._ask("MintGuard", "isExecutable", word(request_id, "request id"))
        return None if executable else refusal_of(refusal).message

    def totals(self, asset: AssetId) -> Totals:
        """Return the asset's totals and ceilings, all of one block."""
        key = asset_key(asset)
        block = self._session.final()
        sums = self._ask("MintGuard", "totals", key, block=block)
        limits = self._ask("MintGuard", "limits", key, block=block)
        return Totals(
            confirmed=sums["confirmed"],
            held=sums["held"],
            burned=sums["burned"],
            supply=sums["supply"],
            global_cap=limits["globalCap"],
            capacity=self._ask("ReserveRegistry", "maxAllowedSupply", key, block=block),
            available_now=self._ask("MintGuard", "headroom", key, block=block),
        )

    def reserves(self, asset: AssetId) -> ReserveState:
        """Return the asset's last attestation and what it allows, all of one block."""
        key = asset_key(asset)
        block = self._session.final()
        last = self._ask("ReserveRegistry", "attestationOf", key, block=block)
        return ReserveState(
            total_micro=last["totalReserves"],
            encumbered_micro=last["encumbered"],
            capacity_micro=self._ask("ReserveRegistry", "maxAllowedSupply", key, block=block),
            as_of=last["asOf"],
            max_age_seconds=self._ask("ReserveRegistry", "maxAgeOf", key, block=block),
            fresh=self._ask("ReserveRegistry", "isFresh", key, block=block),
        )

    def next_report_nonce(self, asset: AssetId) -> int:
        """Return the nonce that the asset's next reserve report must carry."""
        return int(self._ask("ReserveRegistry", "nextNonce", asset_key(asset)))

    def is_whitelisted(self, network_id: int, account: str) -> bool:
        """Say whether the account may hold now."""
        return bool(self._ask("ComplianceRegistry", "isWhitelisted", account_key(network_id, account)))

    def tier_of(self, network_id: int, account: str) -> str:
        """Return the tier of the account's customer: unknown, low, medium, high, blocked or internal."""
        return _tier(self._ask("ComplianceRegistry", "riskTierOf", account_key(network_id, account)))

    def customer(self, kyc_id: str) -> RegisteredCustomer | None:
        """Return the customer of a KYC case; None when the registry has none."""
        found = self._ask("ComplianceRegistry", "customerOf", kyc_key(kyc_id))
        if found["tier"] == TIERS.index("unknown"):
            return None
        return RegisteredCustomer(_tier(found["tier"]), found["expiry"])

    def is_account_of(self, kyc_id: str, network_id: int, account: str) -> bool:
        """Say whether the account is in use and belongs to the customer of the KYC case."""
        key = account_key(network_id, account)
        holder, in_use = self._ask("ComplianceRegistry", "customerOfAccount", key)
        return bool(in_use and holder == kyc_key(kyc_id))

    def membership_of(self, network_id: int, account: str) -> MembershipRecord | None:
        """Return the account's last membership, in force or revoked; None when it never had one."""
        found = self._ask("MembershipRegistry", "membershipOf", account_key(network_id, account))
        if found["tier"] == 0:
            return None
        return MembershipRecord(
            nftoken_id=found["nftokenId"].hex().upper(),
            tier=_membership_tier(found["tier"]),
            issued_at=found["issuedAt"],
            revoked_at=found["revokedAt"] or None,
        )

    def is_recorded_token(self, nftoken_id: str) -> bool:
        """Say whether the registry ever held the NFToken, upper-case hex, as anybody's membership."""
        held_for = self._ask("MembershipRegistry", "accountOfNftoken", word(nftoken_id, "NFTokenID"))
        return any(held_for)

    def is_member(self, network_id: int, account: str) -> bool:
        """Say whether the account has a membership in force and is whitelisted now."""
        return bool(self._ask("MembershipRegistry", "isMember", account_key(network_id, account)))

    def is_paused(self) -> bool:
        """Say whether the control plane is paused."""
        return bool(self._ask("SystemGuard", "isPaused"))

    def burn_state(self, notice: BurnNotice) -> BurnState:
        """Return how far the burn is recorded under exactly these particulars."""
        return _burn_state(self._ask("MintGuard", "burnOf", burn_record_id(notice)))

    def role_holders(self) -> Mapping[Role, Sequence[str]]:
        """Return who holds each role, all of one block."""
        block = self._session.final()
        return {
            role: tuple(
                checksum_address(holder)
                for holder in self._ask("SystemGuard", "holdersOf", role_word(role), block=block)
            )
            for role in Role
        }

    def _ask(self, contract: str, function: str, *arguments: Any, block: Block | None = None) -> Any:
        """Return what a view function answers at a final block."""
        at = block if block is not None else self._session.final()
        address = self._address(contract, at)
        abi = codec(contract)
        return abi.decode(function, self._session.call(address, abi.encode(function, *arguments), at))

    def _address(self, contract: str, block: Block) -> str:
        address = self._addresses[contract]
        self._session.require_code(address, contract, block)
        return address


def addresses_of(contracts: Contracts) -> dict[str, str]:
    """Return the proxies' addresses by the contracts' names."""
    return {
        "SystemGuard": contracts.system_guard,
        "ComplianceRegistry": contracts.compliance_registry,
        "ReserveRegistry": contracts.reserve_registry,
        "MintGuard": contracts.mint_guard,
        "MembershipRegistry": contracts.membership_registry,
    }


def mint_arguments(terms: MintTerms) -> tuple[bytes, bytes, int, bytes, int]:
    """Return the terms as ``requestMint`` and ``canMint`` take them."""
    return (
        asset_key(terms.asset),
        account_key(terms.asset.network_id, terms.destination),
        terms.amount_micro,
        bank_reference_hash(terms.bank_reference),
        terms.expiry,
    )


def role_word(role: Role) -> bytes:
    """Return the contracts' name of a role: ASCII, padded with zero bytes."""
    return role.value.encode("ascii").ljust(32, b"\0")


def _tier(number: int) -> str:
    if number >= len(TIERS):
        raise ContractAnswerMalformed(f"ComplianceRegistry knows a tier {number} that this version does not")
    return TIERS[number]


def _membership_tier(number: int) -> str:
    for tier, known in MEMBERSHIP_TIERS.items():
        if known == number:
            return tier
    raise ContractAnswerMalformed(f"MembershipRegistry knows a tier {number} that this version does not")


def _request_state(number: int) -> RequestState:
    try:
        return RequestState(number)
    except ValueError as error:
        raise ContractAnswerMalformed(
            f"MintGuard knows a state {number} that this version does not"
        ) from error


def _burn_state(burn: Mapping[str, Any]) -> BurnState:
    try:
        return BurnState(burn["state"])
    except ValueError as error:
        raise ContractAnswerMalformed("MintGuard knows a burn state that this version does not") from error


def _address_or_none(address: str) -> str | None:
    return None if address.lower() == _NOBODY else checksum_address(address)


def _hash_or_none(content: bytes) -> str | None:
    return None if content == _ZERO_WORD else content.hex().upper()
