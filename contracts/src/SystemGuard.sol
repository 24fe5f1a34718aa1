// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";

import {ISystemGuard} from "./interfaces/ISystemGuard.sol";
import {Roles} from "./lib/Roles.sol";

/// @title SystemGuard
/// @notice Keeps the roles of the whole control plane and its pause.
contract SystemGuard is ISystemGuard, Initializable, UUPSUpgradeable {
    /// @custom:storage-location erc7201:sovbank.storage.SystemGuard
    struct SystemGuardStorage {
        mapping(address account => bytes32) roleOf;
        mapping(bytes32 role => address[]) holders;
        mapping(uint64 pauseId => mapping(address guardian => bool)) unpauseApproved;
        address deployer;
        bool paused;
        uint8 unpauseQuorum;
        uint64 pauseId;
        uint64 pausedAt;
        address pausedBy;
        string pauseReason;
    }

    /// @notice How many addresses may hold one role.
    uint256 public constant MAX_HOLDERS = 16;

    /// @notice The fewest guardians who may lift a pause: more than the one who sets it (theorem 7).
    uint256 public constant LEAST_UNPAUSE_QUORUM = 2;

    /// @notice The longest reason, in bytes.
    uint256 public constant MAX_REASON_BYTES = 200;

    /// @dev keccak256(abi.encode(uint256(keccak256("sovbank.storage.SystemGuard")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant SYSTEM_GUARD_SLOT = 0x15c9c0499c1a86d44dadba7f2f77964a7a4104dc40b24ffcde08a0e42ddf7f00;

    modifier onlyRole(bytes32 role) {
        _requireRole(role);
        _;
    }

    /// @dev The implementation itself can never be initialised (theorem 15).
    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc ISystemGuard
    function initialize(RoleGrant[] calldata grants, uint8 unpauseQuorum_) external initializer {
        SystemGuardStorage storage $ = _storage();
        $.deployer = msg.sender;
        for (uint256 i = 0; i < grants.length; ++i) {
            _grant($, grants[i].role, grants[i].account);
        }
        if ($.holders[Roles.ADMIN].length == 0) revert NotAHolder(Roles.ADMIN, address(0));
        _setUnpauseQuorum($, unpauseQuorum_);
    }

    /// @inheritdoc ISystemGuard
    function grantRole(bytes32 role, address account) external onlyRole(Roles.ADMIN) {
        _grant(_storage(), role, account);
    }

    /// @inheritdoc ISystemGuard
    function revokeRole(bytes32 role, address account) external onlyRole(Roles.ADMIN) {
        _revoke(_storage(), role, account);
    }

    /// @inheritdoc ISystemGuard
    function renounceRole() external {
        SystemGuardStorage storage $ = _storage();
        _revoke($, $.roleOf[msg.sender], msg.sender);
    }

    /// @inheritdoc ISystemGuard
    function pause(string calldata reason) external onlyRole(Roles.GUARDIAN) returns (uint64 pauseId) {
        uint256 length = bytes(reason).length;
        if (length == 0 || length > MAX_REASON_BYTES) revert ReasonLength(length, MAX_REASON_BYTES);
        SystemGuardStorage storage $ = _storage();
        pauseId = ++$.pauseId;
        $.paused = true;
        $.pausedAt = uint64(block.timestamp);
        $.pausedBy = msg.sender;
        $.pauseReason = reason;
        emit Paused(pauseId, msg.sender, reason);
    }

    /// @inheritdoc ISystemGuard
    function unpause(uint64 pauseId) external onlyRole(Roles.GUARDIAN) returns (bool lifted) {
        SystemGuardStorage storage $ = _storage();
        if (!$.paused) revert NotPaused();
        if (pauseId != $.pauseId) revert WrongPause(pauseId, $.pauseId);
        if ($.unpauseApproved[pauseId][msg.sender]) revert AlreadyApprovedUnpause(pauseId, msg.sender);
        $.unpauseApproved[pauseId][msg.sender] = true;
        uint8 approvals = _unpauseApprovals($);
        emit UnpauseApproved(pauseId, msg.sender, approvals, $.unpauseQuorum);
        if (approvals < $.unpauseQuorum) return false;
        $.paused = false;
        emit Unpaused(pauseId, msg.sender);
        return true;
    }

    /// @inheritdoc ISystemGuard
    function setUnpauseQuorum(uint8 quorum) external onlyRole(Roles.ADMIN) {
        _setUnpauseQuorum(_storage(), quorum);
    }

    /// @inheritdoc ISystemGuard
    function roleOf(address account) external view returns (bytes32) {
        return _storage().roleOf[account];
    }

    /// @inheritdoc ISystemGuard
    function hasRole(bytes32 role, address account) external view returns (bool) {
        return _hasRole(role, account);
    }

    /// @inheritdoc ISystemGuard
    function holdersOf(bytes32 role) external view returns (address[] memory) {
        return _storage().holders[role];
    }

    /// @inheritdoc ISystemGuard
    function roles() external pure returns (bytes32[] memory) {
        return Roles.all();
    }

    /// @inheritdoc ISystemGuard
    function deployer() external view returns (address) {
        return _storage().deployer;
    }

    /// @inheritdoc ISystemGuard
    function isPaused() external view returns (bool) {
        return _storage().paused;
    }

    /// @inheritdoc ISystemGuard
    function pauseState() external view returns (PauseState memory) {
        SystemGuardStorage storage $ = _storage();
        return PauseState({
            paused: $.paused,
            pauseId: $.pauseId,
            since: $.pausedAt,
            by: $.pausedBy,
            approvals: _unpauseApprovals($),
            needed: $.unpauseQuorum,
            reason: $.pauseReason
        });
    }

    /// @inheritdoc ISystemGuard
    function unpauseQuorum() external view returns (uint8) {
        return _storage().unpauseQuorum;
    }

    function _grant(SystemGuardStorage storage $, bytes32 role, address account) private {
        if (!Roles.exists(role)) revert UnknownRole(role);
        if (account == address(0)) revert ZeroAccount();
        if (account == $.deployer) revert DeployerHoldsNothing(account);
        bytes32 held = $.roleOf[account];
        if (held != 0) revert RoleConflict(account, held, role);
        address[] storage holders = $.holders[role];
        if (holders.length >= MAX_HOLDERS) revert TooManyHolders(role, MAX_HOLDERS);
        $.roleOf[account] = role;
        holders.push(account);
        emit RoleGranted(role, account, msg.sender);
    }

    function _revoke(SystemGuardStorage storage $, bytes32 role, address account) private {
        if (role == 0 || $.roleOf[account] != role) revert NotAHolder(role, account);
        address[] storage holders = $.holders[role];
        if (role == Roles.ADMIN && holders.length == 1) revert LastAdmin(account);
        delete $.roleOf[account];
        // Or it would count again, without his doing, once he is a guardian again.
        if (role == Roles.GUARDIAN) delete $.unpauseApproved[$.pauseId][account];
        for (uint256 i = 0; i < holders.length; ++i) {
            if (holders[i] == account) {
                holders[i] = holders[holders.length - 1];
                holders.pop();
                break;
            }
        }
        emit RoleRevoked(role, account, msg.sender);
    }

    function _setUnpauseQuorum(SystemGuardStorage storage $, uint8 quorum) private {
        if (quorum < LEAST_UNPAUSE_QUORUM || quorum > MAX_HOLDERS) {
            revert QuorumOutOfRange(quorum, LEAST_UNPAUSE_QUORUM, MAX_HOLDERS);
        }
        uint8 previous = $.unpauseQuorum;
        $.unpauseQuorum = quorum;
        emit UnpauseQuorumSet(previous, quorum);
    }

    /// @dev Counts guardians only: an approval ends with the role of who gave it.
    function _unpauseApprovals(SystemGuardStorage storage $) private view returns (uint8 approvals) {
        address[] storage guardians = $.holders[Roles.GUARDIAN];
        for (uint256 i = 0; i < guardians.length; ++i) {
            if ($.unpauseApproved[$.pauseId][guardians[i]]) ++approvals;
        }
    }

    function _hasRole(bytes32 role, address account) private view returns (bool) {
        return role != 0 && _storage().roleOf[account] == role;
    }

    function _requireRole(bytes32 role) private view {
        if (!_hasRole(role, msg.sender)) revert Unauthorized(msg.sender, role);
    }

    /// @dev The admin alone replaces an implementation.
    function _authorizeUpgrade(address) internal view override onlyRole(Roles.ADMIN) {}

    function _storage() private pure returns (SystemGuardStorage storage $) {
        assembly {
            $.slot := SYSTEM_GUARD_SLOT
        }
    }
}
