"""A control plane in memory that refuses what the contracts refuse, and can lose an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sovbank.core.profile import Profile, Role
from sovbank.errors.evm import ControlPlaneRefused, ControlPlaneUnknown
from sovbank.evm.identity import account_key, asset_key, bank_reference_hash, burn_record_id, mint_request_id
from sovbank.evm.port import (
    AssetId,
    BurnNotice,
    BurnState,
    MintRequest,
    MintTerms,
    Receipt,
    RegisteredCustomer,
    RequestState,
    ReserveReport,
    ReserveState,
    Totals,
)

MICRO = 10**6


class FakeControl:
    """The five contracts. ``lose_next`` lets the next transaction take effect and loses its answer."""

    def __init__(self, profile: Profile, now: int) -> None:
        self._profile = profile
        self.now = now
        self.requests: dict[str, MintRequest] = {}
        self.burns: dict[str, BurnState] = {}
        self.whitelisted: set[str] = set()
        self.customers: dict[str, tuple[RegisteredCustomer, str]] = {}
        self.paused = False
        self.capacity = 10**9 * MICRO
        self.fresh = True
        self.supply = 0
        self.lose_next = False
        self.actions: list[str] = []
        self.evidence: list[str | None] = []
        self.raw_of: dict[bytes, str] = {}

    # Facts

    def head(self) -> Receipt:
        return Receipt("0x" + "00" * 32, 1, self.now)

    def mint_id(self, terms: MintTerms) -> str:
        return mint_request_id(terms)

    def mint_request(self, request_id: str) -> MintRequest | None:
        return self.requests.get(request_id)

    def can_mint(self, terms: MintTerms) -> str | None:
        if self.mint_id(terms) in self.requests:
            return "The same mint was requested before"
        if self.paused:
            return "The control plane is paused"
        held = sum(one.amount_micro for one in self.requests.values() if one.state < RequestState.CONFIRMED)
        over = self.supply + held + terms.amount_micro > self.capacity
        return "Supply and holds would pass what fresh reserves allow" if over else None

    def is_executable(self, request_id: str) -> bool:
        return self.execution_refusal(request_id) is None

    def execution_refusal(self, request_id: str) -> str | None:
        found = self.requests.get(request_id)
        if found is None or found.state is not RequestState.APPROVED:
            return "The mint is in another state"
        if self.paused:
            return "The control plane is paused"
        return "The request has expired" if self.now > found.expiry else None

    def totals(self, asset: AssetId) -> Totals:
        return Totals(self.supply, 0, 0, self.supply, self.capacity, self.capacity, self.capacity)

    def reserves(self, asset: AssetId) -> ReserveState:
        return ReserveState(self.capacity, 0, self.capacity, self.now, 86400, self.fresh)

    def is_whitelisted(self, network_id: int, account: str) -> bool:
        return account in self.whitelisted

    def tier_of(self, network_id: int, account: str) -> str:
        return "low" if account in self.whitelisted else "unknown"

    def customer(self, kyc_id: str) -> RegisteredCustomer | None:
        found = self.customers.get(kyc_id)
        return None if found is None else found[0]

    def is_account_of(self, kyc_id: str, network_id: int, account: str) -> bool:
        found = self.customers.get(kyc_id)
        return found is not None and found[1] == account

    def is_paused(self) -> bool:
        return self.paused

    def burn_state(self, notice: BurnNotice) -> BurnState:
        return self.burns.get(burn_record_id(notice).hex(), BurnState.NONE)

    def role_holders(self) -> Mapping[Role, Sequence[str]]:
        return {}

    # Actions

    def request_mint(self, terms: MintTerms, *, signer: Any, record: Any) -> Receipt:
        self._require(Role.REQUESTER, signer)
        refusal = self.can_mint(terms)
        if refusal is not None:
            raise ControlPlaneRefused(refusal)
        request = MintRequest(
            id=self.mint_id(terms),
            state=RequestState.HELD,
            asset_key=asset_key(terms.asset).hex(),
            destination_key=account_key(terms.asset.network_id, terms.destination).hex(),
            amount_micro=terms.amount_micro,
            bank_reference_hash=bank_reference_hash(terms.bank_reference).hex(),
            expiry=terms.expiry,
            requester=signer.address,
            approver=None,
            xrpl_tx_hash=None,
            requested_at=self.now,
        )
        self.requests[request.id] = request
        return self._sent("request", record)

    def approve_mint(self, request_id: str, *, signer: Any, record: Any) -> Receipt:
        self._require(Role.APPROVER, signer)
        found = self._in(request_id, RequestState.HELD)
        if self.now > found.expiry or self.paused:
            raise ControlPlaneRefused("The request has expired, or everything is paused")
        self._put(replace(found, state=RequestState.APPROVED, approver=signer.address))
        return self._sent("approve", record)

    def extend_mint(self, request_id: str, expiry: int, *, signer: Any, record: Any) -> Receipt:
        self._require(Role.APPROVER, signer)
        found = self._in(request_id, RequestState.HELD, RequestState.APPROVED)
        if expiry <= found.expiry:
            raise ControlPlaneRefused("The new expiry is not later")
        self._put(replace(found, expiry=expiry))
        return self._sent("extend", record)

    def confirm_mint(
        self, request_id: str, amount_micro: int, xrpl_tx_hash: str, *, signer: Any, record: Any
    ) -> Receipt:
        self._require(Role.CONFIRMER, signer)
        found = self._in(request_id, RequestState.APPROVED)
        if amount_micro != found.amount_micro:
            raise ControlPlaneRefused("Another amount was approved")
        self._put(replace(found, state=RequestState.CONFIRMED, xrpl_tx_hash=xrpl_tx_hash))
        self.supply += amount_micro
        return self._sent("confirm", record)

    def cancel_mint(
        self, request_id: str, *, evidence: str | None = None, signer: Any, record: Any
    ) -> Receipt:
        found = self._in(request_id, RequestState.HELD, RequestState.APPROVED)
        held = found.state is RequestState.HELD
        self._require((Role.REQUESTER, Role.APPROVER) if held else (Role.CONFIRMER,), signer)
        self._put(replace(found, state=RequestState.CANCELLED))
        self.evidence.append(evidence)
        return self._sent("cancel", record)

    def record_burn(self, notice: BurnNotice, *, signer: Any, record: Any) -> Receipt:
        self._require(Role.BURN_RECORDER, signer)
        self.burns[burn_record_id(notice).hex()] = BurnState.RECORDED
        return self._sent("record-burn", record)

    def attest_burn(self, notice: BurnNotice, *, signer: Any, record: Any) -> Receipt:
        self._require(Role.BURN_ATTESTER, signer)
        self.burns[burn_record_id(notice).hex()] = BurnState.ATTESTED
        self.supply -= notice.amount_micro
        return self._sent("attest-burn", record)

    def whitelist(
        self,
        kyc_id: str,
        network_id: int,
        account: str,
        tier: str,
        expiry: int,
        *,
        signer: Any,
        record: Any,
    ) -> Receipt:
        self._require(Role.ADMIN if tier == "internal" else Role.COMPLIANCE, signer)
        if expiry <= self.now:
            raise ControlPlaneRefused("The expiry is in the past")
        self.customers[kyc_id] = (RegisteredCustomer(tier, expiry), account)
        self.whitelisted.add(account)
        return self._sent("whitelist", record)

    def sign_report(self, report: ReserveReport, *, signer: Any) -> bytes:
        return b"\1" * 65

    def submit_attestation(
        self, report: ReserveReport, signatures: Sequence[bytes], *, signer: Any, record: Any
    ) -> Receipt:
        return self._sent("attest", record)

    def pause(self, reason: str, *, signer: Any, record: Any) -> Receipt:
        self.paused = True
        return self._sent("pause", record)

    def unpause(self, *, signer: Any, record: Any) -> Receipt:
        self.paused = False
        return self._sent("unpause", record)

    def resend(self, raw: bytes) -> Receipt:
        return Receipt(self.raw_of[raw], 1, self.now)

    def _require(self, roles: Role | tuple[Role, ...], signer: Any) -> None:
        wanted = (roles,) if isinstance(roles, Role) else roles
        names = [name for role in wanted for name in self._profile.evm.roles.get(role, ())]
        if signer.address not in {self._profile.officers[name].evm_address for name in names}:
            raise ControlPlaneRefused(f"{signer.address} does not hold the role")

    def _in(self, request_id: str, *states: RequestState) -> MintRequest:
        found = self.requests.get(request_id)
        if found is None or found.state not in states:
            raise ControlPlaneRefused("The request is in another state")
        return found

    def _put(self, request: MintRequest) -> None:
        self.requests[request.id] = request

    def _sent(self, action: str, record: Any) -> Receipt:
        self.actions.append(action)
        tx_hash = "0x" + f"{len(self.actions):064x}"
        raw = f"raw {len(self.actions)}".encode()
        self.raw_of[raw] = tx_hash
        record(tx_hash, raw)
        if self.lose_next:
            self.lose_next = False
            raise ControlPlaneUnknown(f"the answer to {action} was lost")
        return Receipt(tx_hash, 1, self.now)
