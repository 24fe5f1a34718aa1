// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The roles of the control plane
/// @notice A role is its name in ASCII, padded with zero bytes on the right. Who holds which is kept by the SystemGuard
/// alone; ROLES.md says what each may do.
library Roles {
    bytes32 internal constant ADMIN = "admin";
    bytes32 internal constant GUARDIAN = "guardian";
    bytes32 internal constant REQUESTER = "requester";
    bytes32 internal constant APPROVER = "approver";
    bytes32 internal constant CONFIRMER = "confirmer";
    bytes32 internal constant BURN_RECORDER = "burn-recorder";
    bytes32 internal constant BURN_ATTESTER = "burn-attester";
    bytes32 internal constant RESERVE_REPORTER = "reserve-reporter";
    bytes32 internal constant COMPLIANCE = "compliance";
    bytes32 internal constant MEMBERSHIP = "membership";

    /// @dev All of them, in the order of ROLES.md.
    function all() internal pure returns (bytes32[] memory list) {
        list = new bytes32[](10);
        list[0] = ADMIN;
        list[1] = GUARDIAN;
        list[2] = REQUESTER;
        list[3] = APPROVER;
        list[4] = CONFIRMER;
        list[5] = BURN_RECORDER;
        list[6] = BURN_ATTESTER;
        list[7] = RESERVE_REPORTER;
        list[8] = COMPLIANCE;
        list[9] = MEMBERSHIP;
    }

    /// @dev Whether `role` is one of them.
    function exists(bytes32 role) internal pure returns (bool) {
        bytes32[] memory list = all();
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i] == role) return true;
        }
        return false;
    }
}
