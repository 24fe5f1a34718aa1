// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Guarded} from "./Guarded.sol";
import {IComplianceRegistry} from "./interfaces/IComplianceRegistry.sol";
import {IMembershipRegistry} from "./interfaces/IMembershipRegistry.sol";
import {Roles} from "./lib/Roles.sol";

/// @title MembershipRegistry
/// @notice Keeps which XRPL NFToken proves the membership of which account.
contract MembershipRegistry is IMembershipRegistry, Guarded {
    /// @custom:storage-location erc7201:sovbank.storage.MembershipRegistry
    struct MembershipRegistryStorage {
        IComplianceRegistry compliance;
        mapping(bytes32 accountKey => Membership) memberships;
        mapping(bytes32 nftokenId => bytes32) accountOfNftoken;
    }

    /// @dev keccak256(abi.encode(uint256(keccak256("sovbank.storage.MembershipRegistry")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant MEMBERSHIP_REGISTRY_SLOT =
        0x1b2bc17cef93ac8a004244b7065d764660ac574dc8a98c9babf053b966547900;

    /// @inheritdoc IMembershipRegistry
    function initialize(address guard, address compliance_) external initializer {
        _initGuarded(guard);
        _requireContract(compliance_);
        _storage().compliance = IComplianceRegistry(compliance_);
    }

    /// @inheritdoc IMembershipRegistry
    function issue(bytes32 accountKey, bytes32 nftokenId, MembershipTier tier)
        external
        onlyRole(Roles.MEMBERSHIP)
        whenNotPaused
    {
        MembershipRegistryStorage storage $ = _storage();
        if (tier == MembershipTier.None) revert TierMissing();
        if (nftokenId == 0) revert ZeroNftokenId();
        if ($.accountOfNftoken[nftokenId] != 0) revert NftokenUsed(nftokenId, $.accountOfNftoken[nftokenId]);
        Membership storage membership = $.memberships[accountKey];
        if (_inForce(membership)) revert AlreadyMember(accountKey, membership.nftokenId);
        if (!$.compliance.isWhitelisted(accountKey)) revert MemberNotWhitelisted(accountKey);
        bool isInternal = $.compliance.riskTierOf(accountKey) == IComplianceRegistry.RiskTier.Internal;
        if (isInternal != (tier == MembershipTier.Internal)) revert TierDoesNotFit(accountKey, tier);
        $.memberships[accountKey] = Membership(nftokenId, tier, uint64(block.timestamp), 0);
        $.accountOfNftoken[nftokenId] = accountKey;
        emit MembershipIssued(accountKey, nftokenId, tier, msg.sender);
    }

    /// @inheritdoc IMembershipRegistry
    function revoke(bytes32 accountKey, bytes32 nftokenId, bytes32 reason) external onlyRole(Roles.MEMBERSHIP) {
        Membership storage membership = _storage().memberships[accountKey];
        if (!_inForce(membership)) revert NotAMember(accountKey);
        if (membership.nftokenId != nftokenId) revert OtherNftoken(accountKey, nftokenId, membership.nftokenId);
        membership.revokedAt = uint64(block.timestamp);
        emit MembershipRevoked(accountKey, nftokenId, membership.tier, reason, msg.sender);
    }

    /// @inheritdoc IMembershipRegistry
    function tierOf(bytes32 accountKey) external view returns (MembershipTier) {
        Membership storage membership = _storage().memberships[accountKey];
        return _inForce(membership) ? membership.tier : MembershipTier.None;
    }

    /// @inheritdoc IMembershipRegistry
    function isMember(bytes32 accountKey) external view returns (bool) {
        MembershipRegistryStorage storage $ = _storage();
        return _inForce($.memberships[accountKey]) && $.compliance.isWhitelisted(accountKey);
    }

    /// @inheritdoc IMembershipRegistry
    function membershipOf(bytes32 accountKey) external view returns (Membership memory) {
        return _storage().memberships[accountKey];
    }

    /// @inheritdoc IMembershipRegistry
    function accountOfNftoken(bytes32 nftokenId) external view returns (bytes32) {
        return _storage().accountOfNftoken[nftokenId];
    }

    /// @inheritdoc IMembershipRegistry
    function compliance() external view returns (IComplianceRegistry) {
        return _storage().compliance;
    }

    function _inForce(Membership storage membership) private view returns (bool) {
        return membership.tier != MembershipTier.None && membership.revokedAt == 0;
    }

    function _storage() private pure returns (MembershipRegistryStorage storage $) {
        assembly {
            $.slot := MEMBERSHIP_REGISTRY_SLOT
        }
    }
}
