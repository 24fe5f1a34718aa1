// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISystemGuard} from "./ISystemGuard.sol";

/// @title What every contract of the control plane that consults the SystemGuard has in common
interface IGuarded {
    /// @notice The caller does not hold the role that the function asks for.
    /// @param account The caller.
    /// @param role The role that was needed.
    error Unauthorized(address account, bytes32 role);

    /// @notice The control plane is paused, and the function is not the recording of a fact.
    /// @param pauseId The number of the pause in force.
    error SystemPaused(uint64 pauseId);

    /// @notice An address argument has no contract behind it.
    /// @param account The address given.
    error NotAContract(address account);

    /// @notice The SystemGuard that keeps roles and the pause for this contract; fixed at initialisation.
    /// @return The proxy of the SystemGuard.
    function systemGuard() external view returns (ISystemGuard);
}
