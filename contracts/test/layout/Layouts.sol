// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ComplianceRegistry} from "../../src/ComplianceRegistry.sol";
import {Guarded} from "../../src/Guarded.sol";
import {MembershipRegistry} from "../../src/MembershipRegistry.sol";
import {MintGuard} from "../../src/MintGuard.sol";
import {ReserveRegistry} from "../../src/ReserveRegistry.sol";
import {SystemGuard} from "../../src/SystemGuard.sol";

// The compiler describes the layout of state variables only, and namespaced storage has none: each of these contracts
// declares its base's storage struct as a variable, for tools/layout.mjs to read.

abstract contract GuardedLayout is Guarded {
    GuardedStorage private _layout;
}

contract SystemGuardLayout is SystemGuard {
    SystemGuardStorage private _layout;
}

contract ComplianceRegistryLayout is ComplianceRegistry {
    ComplianceRegistryStorage private _layout;
}

contract ReserveRegistryLayout is ReserveRegistry {
    ReserveRegistryStorage private _layout;
}

contract MintGuardLayout is MintGuard {
    MintGuardStorage private _layout;
}

contract MembershipRegistryLayout is MembershipRegistry {
    MembershipRegistryStorage private _layout;
}
