"""MembershipRegistry in memory, beside the other contracts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fake_control import FakeControl

from sovbank.core.profile import Profile, Role
from sovbank.errors.evm import ControlPlaneRefused
from sovbank.evm.port import MembershipRecord, Receipt


class MemberControl(FakeControl):
    """A control plane that keeps memberships as well."""

    def __init__(self, profile: Profile, now: int) -> None:
        super().__init__(profile, now)
        self.members: dict[str, MembershipRecord] = {}
        self.recorded: set[str] = set()

    def membership_of(self, network_id: int, account: str) -> MembershipRecord | None:
        return self.members.get(account)

    def is_recorded_token(self, nftoken_id: str) -> bool:
        return nftoken_id in self.recorded

    def is_member(self, network_id: int, account: str) -> bool:
        found = self.members.get(account)
        return found is not None and found.revoked_at is None and account in self.whitelisted

    def issue_membership(
        self, network_id: int, account: str, nftoken_id: str, tier: str, *, signer: Any, record: Any
    ) -> Receipt:
        self._require(Role.MEMBERSHIP, signer)
        found = self.members.get(account)
        if nftoken_id in self.recorded or (found is not None and found.revoked_at is None):
            raise ControlPlaneRefused("A member already, or the token was used")
        self.members[account] = MembershipRecord(nftoken_id, tier, self.now, None)
        self.recorded.add(nftoken_id)
        return self._sent("issue-membership", record)

    def revoke_membership(
        self, network_id: int, account: str, nftoken_id: str, reason: str, *, signer: Any, record: Any
    ) -> Receipt:
        self._require(Role.MEMBERSHIP, signer)
        found = self.members.get(account)
        if found is None or found.revoked_at is not None or found.nftoken_id != nftoken_id:
            raise ControlPlaneRefused("No such membership in force")
        self.members[account] = replace(found, revoked_at=self.now)
        return self._sent("revoke-membership", record)
