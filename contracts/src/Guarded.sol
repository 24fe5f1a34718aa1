// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";

import {IGuarded} from "./interfaces/IGuarded.sol";
import {ISystemGuard} from "./interfaces/ISystemGuard.sol";
import {Roles} from "./lib/Roles.sol";

/// @title A UUPS contract whose roles and pause are those of the SystemGuard
abstract contract Guarded is IGuarded, Initializable, UUPSUpgradeable {
    /// @custom:storage-location erc7201:sovbank.storage.Guarded
    struct GuardedStorage {
        ISystemGuard systemGuard;
    }

    /// @dev keccak256(abi.encode(uint256(keccak256("sovbank.storage.Guarded")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant GUARDED_SLOT = 0x931c233402f7359414ee75ad4953615507afb1da7065e4f6718f8db1db8a8e00;

    /// @dev Only the holders of `role` pass.
    modifier onlyRole(bytes32 role) {
        _requireRole(role);
        _;
    }

    /// @dev Nobody passes while the control plane is paused.
    modifier whenNotPaused() {
        _requireNotPaused();
        _;
    }

    /// @dev The implementation itself can never be initialised (theorem 15).
    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc IGuarded
    function systemGuard() public view returns (ISystemGuard) {
        return _guarded().systemGuard;
    }

    /// @dev Sets the SystemGuard, for good.
    function _initGuarded(address guard) internal onlyInitializing {
        _requireContract(guard);
        _guarded().systemGuard = ISystemGuard(guard);
    }

    /// @dev Reverts unless the caller holds `role`.
    function _requireRole(bytes32 role) internal view {
        if (!systemGuard().hasRole(role, msg.sender)) revert Unauthorized(msg.sender, role);
    }

    /// @dev Reverts unless the caller holds one of two roles; the error names the first.
    function _requireEither(bytes32 first, bytes32 second) internal view {
        bytes32 held = systemGuard().roleOf(msg.sender);
        if (held != first && held != second) revert Unauthorized(msg.sender, first);
    }

    /// @dev Reverts while paused.
    function _requireNotPaused() internal view {
        ISystemGuard guard = systemGuard();
        if (guard.isPaused()) revert SystemPaused(guard.pauseState().pauseId);
    }

    /// @dev Reverts unless there is code at `account`.
    function _requireContract(address account) internal view {
        if (account.code.length == 0) revert NotAContract(account);
    }

    /// @dev The admin alone replaces an implementation.
    function _authorizeUpgrade(address) internal view override onlyRole(Roles.ADMIN) {}

    function _guarded() private pure returns (GuardedStorage storage $) {
        assembly {
            $.slot := GUARDED_SLOT
        }
    }
}
