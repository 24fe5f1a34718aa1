// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IComplianceRegistry} from "./IComplianceRegistry.sol";
import {IGuarded} from "./IGuarded.sol";

/// @title Which XRPL NFToken proves membership
interface IMembershipRegistry is IGuarded {
    /// @notice What a member is entitled to. `Internal` is the bank's own.
    enum MembershipTier {
        None,
        Basic,
        Pro,
        Otc,
        Internal
    }

    /// @notice The membership of an account. Times in unix seconds; `revokedAt` is 0 while it is in force.
    struct Membership {
        bytes32 nftokenId;
        MembershipTier tier;
        uint64 issuedAt;
        uint64 revokedAt;
    }

    /// @notice A membership was issued.
    event MembershipIssued(bytes32 indexed accountKey, bytes32 indexed nftokenId, MembershipTier tier, address by);

    /// @notice A membership was revoked.
    event MembershipRevoked(
        bytes32 indexed accountKey, bytes32 indexed nftokenId, MembershipTier tier, bytes32 reason, address by
    );

    /// @notice A membership has a tier.
    error TierMissing();

    /// @notice A membership names its NFToken.
    error ZeroNftokenId();

    /// @notice The NFToken stands, or stood, for the membership of `accountKey`.
    error NftokenUsed(bytes32 nftokenId, bytes32 accountKey);

    /// @notice The account is a member already.
    error AlreadyMember(bytes32 accountKey, bytes32 nftokenId);

    /// @notice The account is no member.
    error NotAMember(bytes32 accountKey);

    /// @notice The membership in force is of another NFToken.
    error OtherNftoken(bytes32 accountKey, bytes32 given, bytes32 current);

    /// @notice The account may not hold now, so it cannot become a member.
    error MemberNotWhitelisted(bytes32 accountKey);

    /// @notice Tier Internal is for internal accounts of the ComplianceRegistry, and they have no other.
    error TierDoesNotFit(bytes32 accountKey, MembershipTier tier);

    /// @notice Sets up the proxy, in the transaction that creates it.
    /// @param guard The SystemGuard's proxy.
    /// @param compliance_ The ComplianceRegistry's proxy.
    function initialize(address guard, address compliance_) external;

    /// @notice Makes a whitelisted account a member. Membership issuer only, not while paused.
    /// @param accountKey The account (theorem 10).
    /// @param nftokenId The NFToken that proves it, never used before.
    function issue(bytes32 accountKey, bytes32 nftokenId, MembershipTier tier) external;

    /// @notice Ends a membership at once, paused or not. Membership issuer only. The NFToken cannot be used again.
    /// @param nftokenId The NFToken of the membership that is meant.
    /// @param reason The hash of the reason on file, may be zero.
    function revoke(bytes32 accountKey, bytes32 nftokenId, bytes32 reason) external;

    /// @notice The tier of a membership in force; None otherwise.
    function tierOf(bytes32 accountKey) external view returns (MembershipTier);

    /// @notice Whether the account has a membership in force and is whitelisted now.
    function isMember(bytes32 accountKey) external view returns (bool);

    /// @notice The account's last membership; all zero when there was none.
    function membershipOf(bytes32 accountKey) external view returns (Membership memory);

    /// @notice The account for which the NFToken stands or stood, or zero.
    function accountOfNftoken(bytes32 nftokenId) external view returns (bytes32);

    /// @notice The ComplianceRegistry that is asked.
    function compliance() external view returns (IComplianceRegistry);
}
