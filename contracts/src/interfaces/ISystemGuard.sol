// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Whether anything may happen, and who may make it happen
/// @notice Keeps the roles of all five contracts and the pause. An address holds at most one role, so the addresses
/// of two roles are disjoint by construction (theorem 5), and the deployer can never hold one.
interface ISystemGuard {
    /// @notice A role and the address that is to hold it, as passed to `initialize`.
    struct RoleGrant {
        bytes32 role;
        address account;
    }

    /// @notice The pause as it stands.
    /// @dev `approvals` counts the guardians who agreed to lift pause `pauseId` and are still guardians.
    struct PauseState {
        bool paused;
        uint64 pauseId;
        uint64 since;
        address by;
        uint8 approvals;
        uint8 needed;
        string reason;
    }

    /// @notice `account` now holds `role`.
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed by);

    /// @notice `account` no longer holds `role`.
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed by);

    /// @notice Everything but the recording of facts has stopped.
    event Paused(uint64 indexed pauseId, address indexed by, string reason);

    /// @notice One more guardian agreed to lift the pause.
    event UnpauseApproved(uint64 indexed pauseId, address indexed by, uint8 approvals, uint8 needed);

    /// @notice The pause was lifted.
    event Unpaused(uint64 indexed pauseId, address indexed by);

    /// @notice The number of guardians needed to lift a pause changed.
    event UnpauseQuorumSet(uint8 previous, uint8 quorum);

    /// @notice The caller does not hold the role that the function asks for.
    error Unauthorized(address account, bytes32 role);

    /// @notice No such role exists.
    error UnknownRole(bytes32 role);

    /// @notice The zero address cannot hold a role.
    error ZeroAccount();

    /// @notice `account` already holds `held`, so it cannot hold `wanted` (theorem 5).
    error RoleConflict(address account, bytes32 held, bytes32 wanted);

    /// @notice The deployer never holds a role (theorem 5).
    error DeployerHoldsNothing(address deployer);

    /// @notice The role already has as many holders as it may have.
    error TooManyHolders(bytes32 role, uint256 limit);

    /// @notice `account` does not hold `role`.
    error NotAHolder(bytes32 role, address account);

    /// @notice The last admin cannot be removed: nobody could grant a role or upgrade any more.
    error LastAdmin(address account);

    /// @notice Nothing is paused.
    error NotPaused();

    /// @notice The pause in force is another one than the guardian agreed to lift.
    error WrongPause(uint64 given, uint64 current);

    /// @notice This guardian already agreed to lift this pause.
    error AlreadyApprovedUnpause(uint64 pauseId, address guardian);

    /// @notice A quorum must be at least `least` (lifting needs more than pausing) and at most `most`.
    error QuorumOutOfRange(uint256 quorum, uint256 least, uint256 most);

    /// @notice A reason must be given, of at most `limit` bytes.
    error ReasonLength(uint256 length, uint256 limit);

    /// @notice Sets up the proxy, in the transaction that creates it. The caller is the deployer and is barred from roles.
    /// @param grants Roles and holders; at least one admin among them.
    /// @param unpauseQuorum_ Guardians needed to lift a pause, at least 2.
    function initialize(RoleGrant[] calldata grants, uint8 unpauseQuorum_) external;

    /// @notice Gives `role` to `account`. Admin only.
    function grantRole(bytes32 role, address account) external;

    /// @notice Takes `role` from `account`. Admin only; the last admin stays.
    function revokeRole(bytes32 role, address account) external;

    /// @notice Gives up the caller's own role; the last admin cannot.
    function renounceRole() external;

    /// @notice The one role that `account` holds, or zero.
    function roleOf(address account) external view returns (bytes32);

    /// @notice Whether `account` holds `role`; false for the zero role.
    function hasRole(bytes32 role, address account) external view returns (bool);

    /// @notice All holders of `role`, at most `MAX_HOLDERS`.
    function holdersOf(bytes32 role) external view returns (address[] memory);

    /// @notice All roles that exist.
    function roles() external pure returns (bytes32[] memory);

    /// @notice The address that created the proxy, which can never hold a role.
    function deployer() external view returns (address);

    /// @notice Stops everything but the recording of facts. Any one guardian. Pausing again while paused opens a new
    /// pause, so that approvals to lift the earlier one are void.
    /// @param reason Words for the record, 1 to 200 bytes.
    /// @return pauseId The number of the pause.
    function pause(string calldata reason) external returns (uint64 pauseId);

    /// @notice Agrees to lift pause `pauseId`; it is lifted when as many guardians as the quorum agree.
    /// @param pauseId The pause that the guardian looked at.
    /// @return lifted Whether this call lifted it.
    function unpause(uint64 pauseId) external returns (bool lifted);

    /// @notice Whether the control plane is paused.
    function isPaused() external view returns (bool);

    /// @notice The pause as it stands; `pauseId` is that of the last pause when none is in force, 0 when there was none.
    function pauseState() external view returns (PauseState memory);

    /// @notice Guardians needed to lift a pause.
    function unpauseQuorum() external view returns (uint8);

    /// @notice Sets how many guardians lift a pause, at least 2. Admin only.
    function setUnpauseQuorum(uint8 quorum) external;
}
