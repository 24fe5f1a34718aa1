// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";

import {ComplianceRegistry} from "../../src/ComplianceRegistry.sol";
import {MembershipRegistry} from "../../src/MembershipRegistry.sol";
import {MintGuard} from "../../src/MintGuard.sol";
import {ReserveRegistry} from "../../src/ReserveRegistry.sol";
import {SystemGuard} from "../../src/SystemGuard.sol";
import {IComplianceRegistry} from "../../src/interfaces/IComplianceRegistry.sol";
import {IGuarded} from "../../src/interfaces/IGuarded.sol";
import {IMembershipRegistry} from "../../src/interfaces/IMembershipRegistry.sol";
import {IMintGuard} from "../../src/interfaces/IMintGuard.sol";
import {IReserveRegistry} from "../../src/interfaces/IReserveRegistry.sol";
import {ISystemGuard} from "../../src/interfaces/ISystemGuard.sol";
import {Roles} from "../../src/lib/Roles.sol";
import {ControlPlane} from "../base/ControlPlane.sol";

/// @dev Shows that an upgrade took place.
contract MintGuardNext is MintGuard {
    function generation() external pure returns (uint256) {
        return 2;
    }
}

/// @dev No UUPS contract.
contract NoImplementation {
    uint256 public value;
}

/// @dev Proxies: theorem 15.
contract ProxiesTest is ControlPlane {
    /// @dev ERC-1967: keccak256("eip1967.proxy.implementation") - 1.
    bytes32 internal constant IMPLEMENTATION_SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    function _proxies() internal view returns (address[5] memory) {
        return [address(guard), address(compliance), address(reserves), address(mints), address(members)];
    }

    /// @dev An `initialize` call of each contract that would give the caller the control.
    function _initializers() internal view returns (bytes[5] memory) {
        ISystemGuard.RoleGrant[] memory grants = new ISystemGuard.RoleGrant[](1);
        grants[0] = ISystemGuard.RoleGrant(Roles.ADMIN, STRANGER);
        return [
            abi.encodeCall(ISystemGuard.initialize, (grants, 2)),
            abi.encodeCall(IComplianceRegistry.initialize, (address(guard))),
            abi.encodeCall(IReserveRegistry.initialize, (address(guard), 1, _terms())),
            abi.encodeCall(IMintGuard.initialize, (address(guard), address(compliance), address(reserves), _limits())),
            abi.encodeCall(IMembershipRegistry.initialize, (address(guard), address(compliance)))
        ];
    }

    function _implementation(address proxy) internal view returns (address) {
        return address(uint160(uint256(vm.load(proxy, IMPLEMENTATION_SLOT))));
    }

    function test_theorem15_no_implementation_and_no_proxy_can_be_initialised_again() public {
        address[5] memory proxies = _proxies();
        bytes[5] memory calls = _initializers();
        bytes memory invalid = abi.encodeWithSelector(Initializable.InvalidInitialization.selector);
        for (uint256 i = 0; i < 5; ++i) {
            _refused(STRANGER, _implementation(proxies[i]), calls[i], invalid);
            _refused(STRANGER, proxies[i], calls[i], invalid);
            _refused(ADMIN, proxies[i], calls[i], invalid);
        }
    }

    function test_theorem15_a_proxy_is_never_created_uninitialised() public {
        address implementation = address(new MintGuard());
        vm.expectRevert(abi.encodeWithSelector(ERC1967Proxy.ERC1967ProxyUninitialized.selector));
        new ERC1967Proxy(implementation, "");
    }

    function testFuzz_theorem15_only_the_admin_upgrades(address caller) public {
        vm.assume(caller != ADMIN);
        address[5] memory proxies = _proxies();
        address next = address(new MintGuardNext());
        for (uint256 i = 0; i < 5; ++i) {
            vm.assume(caller != proxies[i]);
            _refused(
                caller,
                proxies[i],
                abi.encodeCall(UUPSUpgradeable.upgradeToAndCall, (next, "")),
                abi.encodeWithSelector(IGuarded.Unauthorized.selector, caller, Roles.ADMIN)
            );
        }
    }

    function test_theorem15_an_upgrade_keeps_the_storage() public {
        bytes32 id = _confirmed(1_000_000e6, "deposit-1");
        address next = address(new MintGuardNext());
        vm.prank(ADMIN);
        mints.upgradeToAndCall(next, "");
        vm.assertEq(_implementation(address(mints)), next);
        vm.assertEq(MintGuardNext(address(mints)).generation(), 2);
        vm.assertTrue(_state(id) == IMintGuard.MintState.Confirmed);
        vm.assertEq(mints.supplyOf(asset), 1_000_000e6);
        vm.assertEq(address(mints.systemGuard()), address(guard));
    }

    function test_theorem15_every_contract_can_be_upgraded_by_the_admin() public {
        address[5] memory next = [
            address(new SystemGuard()),
            address(new ComplianceRegistry()),
            address(new ReserveRegistry()),
            address(new MintGuard()),
            address(new MembershipRegistry())
        ];
        address[5] memory proxies = _proxies();
        for (uint256 i = 0; i < 5; ++i) {
            vm.prank(ADMIN);
            UUPSUpgradeable(proxies[i]).upgradeToAndCall(next[i], "");
            vm.assertEq(_implementation(proxies[i]), next[i]);
        }
    }

    function test_theorem15_what_is_no_uups_contract_is_no_implementation() public {
        address wrong = address(new NoImplementation());
        vm.prank(ADMIN);
        vm.expectRevert();
        mints.upgradeToAndCall(wrong, "");
    }

    function test_theorem15_an_implementation_cannot_be_upgraded_itself() public {
        address implementation = _implementation(address(mints));
        _refused(
            ADMIN,
            implementation,
            abi.encodeCall(UUPSUpgradeable.upgradeToAndCall, (implementation, "")),
            abi.encodeWithSelector(UUPSUpgradeable.UUPSUnauthorizedCallContext.selector)
        );
    }

    /// @dev The first slot of each namespace, computed here from its name, holds what its contract says it holds,
    /// and slot 0 holds nothing.
    function test_theorem15_storage_stands_in_its_erc7201_namespace() public view {
        address[4] memory guarded = [address(compliance), address(reserves), address(mints), address(members)];
        for (uint256 i = 0; i < 4; ++i) {
            vm.assertEq(
                vm.load(guarded[i], _erc7201("sovbank.storage.Guarded")), bytes32(uint256(uint160(address(guard))))
            );
        }
        vm.assertEq(
            vm.load(address(mints), _erc7201("sovbank.storage.MintGuard")),
            bytes32(uint256(uint160(address(compliance))))
        );
        vm.assertEq(
            vm.load(address(members), _erc7201("sovbank.storage.MembershipRegistry")),
            bytes32(uint256(uint160(address(compliance))))
        );
        vm.assertEq(vm.load(address(reserves), _erc7201("sovbank.storage.ReserveRegistry")), bytes32(uint256(2)));
        vm.assertEq(
            vm.load(address(guard), keccak256(abi.encode(ADMIN, _erc7201("sovbank.storage.SystemGuard")))), Roles.ADMIN
        );
        vm.assertTrue(
            vm.load(
                address(compliance),
                keccak256(abi.encode(bytes32("kyc-1"), _erc7201("sovbank.storage.ComplianceRegistry")))
            ) != 0
        );
        address[5] memory proxies = _proxies();
        for (uint256 i = 0; i < 5; ++i) {
            vm.assertEq(vm.load(proxies[i], 0), bytes32(0));
        }
    }

    /// @dev The fifth word of the ReserveRegistry's storage names who may link the MintGuard.
    function test_theorem5_the_deployer_is_forgotten_once_it_has_linked() public {
        bytes32 slot = bytes32(uint256(_erc7201("sovbank.storage.ReserveRegistry")) + 4);
        address implementation = address(new ReserveRegistry());
        bytes memory call = abi.encodeCall(IReserveRegistry.initialize, (address(guard), 2, _terms()));
        vm.prank(DEPLOYER);
        address unlinked = _proxy(implementation, call);
        vm.assertEq(vm.load(unlinked, slot), bytes32(uint256(uint160(DEPLOYER))));
        vm.assertEq(vm.load(address(reserves), slot), bytes32(0));
    }

    function test_addresses_without_code_are_refused_at_initialisation() public {
        address[3] memory implementations =
            [address(new ComplianceRegistry()), address(new MembershipRegistry()), address(new MintGuard())];
        bytes[3] memory calls = [
            abi.encodeCall(IComplianceRegistry.initialize, (STRANGER)),
            abi.encodeCall(IMembershipRegistry.initialize, (address(guard), STRANGER)),
            abi.encodeCall(IMintGuard.initialize, (address(guard), address(compliance), STRANGER, _limits()))
        ];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IGuarded.NotAContract.selector, STRANGER));
            new ERC1967Proxy(implementations[i], calls[i]);
        }
    }

    function _erc7201(string memory name) internal pure returns (bytes32) {
        return keccak256(abi.encode(uint256(keccak256(bytes(name))) - 1)) & ~bytes32(uint256(0xff));
    }
}
