// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1822Proxiable} from "@openzeppelin/contracts/interfaces/draft-IERC1822.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
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

/// @dev Claims to be upgradeable, with another slot.
contract WrongSlot is IERC1822Proxiable {
    function proxiableUUID() external pure returns (bytes32) {
        return keccak256("somewhere else");
    }
}

/// @dev Would destroy or rewrite what it is called from.
contract Wrecker {
    function wreck(bytes32 slot) external {
        assembly {
            sstore(slot, 0)
        }
    }
}

/// @dev A next version with a step of its own to take once.
contract MintGuardWithStep is MintGuard {
    function takeStep(uint64 version) external reinitializer(version) {}
}

/// @dev Attacks on proxies and their implementations (theorem 15).
contract UpgradeAttacksTest is ControlPlane {
    bytes32 internal constant IMPLEMENTATION_SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;
    bytes32 internal constant INITIALIZABLE_SLOT = 0xf0c57e16840df040f15088dc2f81fe391c3923bec73e23a9662efc9c229c6a00;

    function _proxies() internal view returns (address[5] memory) {
        return [address(guard), address(compliance), address(reserves), address(mints), address(members)];
    }

    function _implementations() internal returns (address[5] memory) {
        return [
            address(new SystemGuard()),
            address(new ComplianceRegistry()),
            address(new ReserveRegistry()),
            address(new MintGuard()),
            address(new MembershipRegistry())
        ];
    }

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

    /// @dev A fresh implementation is locked by its constructor, for every version number there is.
    function test_theorem15_an_implementation_is_locked_from_birth() public {
        address[5] memory implementations = _implementations();
        bytes[5] memory calls = _initializers();
        bytes memory invalid = abi.encodeWithSelector(Initializable.InvalidInitialization.selector);
        for (uint256 i = 0; i < 5; ++i) {
            vm.assertEq(vm.load(implementations[i], INITIALIZABLE_SLOT), bytes32(uint256(type(uint64).max)));
            _refused(DEPLOYER, implementations[i], calls[i], invalid);
            _refused(
                ADMIN,
                implementations[i],
                abi.encodeCall(UUPSUpgradeable.upgradeToAndCall, (implementations[i], "")),
                abi.encodeWithSelector(UUPSUpgradeable.UUPSUnauthorizedCallContext.selector)
            );
        }
        address next = address(new MintGuardWithStep());
        _refused(STRANGER, next, abi.encodeCall(MintGuardWithStep.takeStep, (type(uint64).max)), invalid);
    }

    /// @dev An upgrade that initialises again in the same transaction fails whole: the old code stays.
    function test_theorem15_an_upgrade_cannot_initialise_again() public {
        address[5] memory implementations = _implementations();
        address[5] memory proxies = _proxies();
        bytes[5] memory calls = _initializers();
        for (uint256 i = 0; i < 5; ++i) {
            address before = _implementation(proxies[i]);
            _refused(
                ADMIN,
                proxies[i],
                abi.encodeCall(UUPSUpgradeable.upgradeToAndCall, (implementations[i], calls[i])),
                abi.encodeWithSelector(Initializable.InvalidInitialization.selector)
            );
            vm.assertEq(_implementation(proxies[i]), before);
        }
        vm.assertEq(guard.roleOf(STRANGER), 0);
    }

    /// @dev A new version may take one step, in the transaction of the upgrade; nobody takes it twice.
    function test_theorem15_a_later_version_initialises_once() public {
        address next = address(new MintGuardWithStep());
        vm.prank(ADMIN);
        mints.upgradeToAndCall(next, abi.encodeCall(MintGuardWithStep.takeStep, (2)));
        bytes memory invalid = abi.encodeWithSelector(Initializable.InvalidInitialization.selector);
        _refused(STRANGER, address(mints), abi.encodeCall(MintGuardWithStep.takeStep, (2)), invalid);
        _refused(STRANGER, address(mints), _initializers()[3], invalid);
    }

    /// @dev Nobody but the admin upgrades: no holder of another role, no former admin, no pause opens the way.
    function test_theorem15_no_role_but_the_admin_upgrades_paused_or_not() public {
        address[5] memory implementations = _implementations();
        address[5] memory proxies = _proxies();
        bytes32[] memory roles = guard.roles();
        vm.startPrank(ADMIN);
        guard.grantRole(Roles.ADMIN, address(0xAD2));
        vm.stopPrank();
        vm.prank(address(0xAD2));
        guard.renounceRole();
        for (uint256 paused = 0; paused < 2; ++paused) {
            if (paused == 1) _pause();
            for (uint256 i = 0; i < 5; ++i) {
                bytes memory call = abi.encodeCall(UUPSUpgradeable.upgradeToAndCall, (implementations[i], ""));
                for (uint256 j = 0; j < roles.length; ++j) {
                    if (roles[j] == Roles.ADMIN) continue;
                    _upgradeRefused(guard.holdersOf(roles[j])[0], proxies[i], call);
                }
                _upgradeRefused(address(0xAD2), proxies[i], call);
                _upgradeRefused(DEPLOYER, proxies[i], call);
                _upgradeRefused(proxies[(i + 1) % 5], proxies[i], call);
            }
        }
        vm.prank(ADMIN);
        mints.upgradeToAndCall(implementations[3], "");
        vm.assertEq(_implementation(address(mints)), implementations[3]);
        vm.assertTrue(guard.isPaused());
    }

    function _upgradeRefused(address caller, address proxy, bytes memory call) internal {
        _refused(caller, proxy, call, abi.encodeWithSelector(IGuarded.Unauthorized.selector, caller, Roles.ADMIN));
    }

    function test_theorem15_only_an_implementation_of_this_standard_is_taken() public {
        address wrongSlot = address(new WrongSlot());
        _refused(
            ADMIN,
            address(mints),
            abi.encodeCall(UUPSUpgradeable.upgradeToAndCall, (wrongSlot, "")),
            abi.encodeWithSelector(UUPSUpgradeable.UUPSUnsupportedProxiableUUID.selector, keccak256("somewhere else"))
        );
        address wrecker = address(new Wrecker());
        _refused(
            ADMIN,
            address(guard),
            abi.encodeCall(
                UUPSUpgradeable.upgradeToAndCall, (wrecker, abi.encodeCall(Wrecker.wreck, (IMPLEMENTATION_SLOT)))
            ),
            abi.encodeWithSelector(ERC1967Utils.ERC1967InvalidImplementation.selector, wrecker)
        );
        address[2] memory nobody = [address(0), STRANGER];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(ADMIN);
            (bool done,) = address(guard).call(abi.encodeCall(UUPSUpgradeable.upgradeToAndCall, (nobody[i], bytes(""))));
            vm.assertFalse(done);
        }
        // A proxy of ours behind a proxy would answer for itself.
        vm.prank(ADMIN);
        (bool proxied,) =
            address(mints).call(abi.encodeCall(UUPSUpgradeable.upgradeToAndCall, (address(reserves), bytes(""))));
        vm.assertFalse(proxied);
    }

    /// @dev Between two versions: all five keep what they knew.
    function test_theorem15_an_upgrade_of_all_five_keeps_every_answer() public {
        bytes32 confirmed = _confirmed(1_000_000e6, "deposit-1");
        bytes32 approved = _approved(2_000_000e6, "deposit-2");
        vm.prank(MEMBERSHIP);
        members.issue(customer, "nft-1", IMembershipRegistry.MembershipTier.Basic);
        _pause();
        bytes memory before = _answers(confirmed, approved);
        address[5] memory implementations = _implementations();
        address[5] memory proxies = _proxies();
        for (uint256 i = 0; i < 5; ++i) {
            vm.prank(ADMIN);
            UUPSUpgradeable(proxies[i]).upgradeToAndCall(implementations[i], "");
        }
        vm.assertEq(_answers(confirmed, approved), before);
    }

    function _answers(bytes32 confirmed, bytes32 approved) internal view returns (bytes memory) {
        return abi.encode(
            abi.encode(mints.requestOf(confirmed), mints.requestOf(approved), mints.totals(asset), mints.limits(asset)),
            abi.encode(reserves.attestationOf(asset), reserves.nextNonce(asset), reserves.maxAgeOf(asset)),
            abi.encode(compliance.customerOf("kyc-1"), compliance.isWhitelisted(treasury)),
            abi.encode(members.membershipOf(customer), members.isMember(customer)),
            abi.encode(guard.pauseState(), guard.holdersOf(Roles.GUARDIAN), guard.deployer()),
            reserves.hashReport(_report(asset, RESERVES, 0))
        );
    }

    /// @dev Money sent along with nothing to do would be stuck in a proxy.
    function test_theorem15_no_contract_takes_money() public {
        address[5] memory proxies = _proxies();
        vm.deal(ADMIN, 5 ether);
        address next = address(new MintGuard());
        for (uint256 i = 0; i < 5; ++i) {
            vm.prank(ADMIN);
            (bool taken,) = proxies[i].call{value: 1}("");
            vm.assertFalse(taken);
        }
        vm.prank(ADMIN);
        (bool done, bytes memory answer) =
            address(mints).call{value: 1}(abi.encodeCall(UUPSUpgradeable.upgradeToAndCall, (next, "")));
        vm.assertFalse(done);
        vm.assertEq(answer, abi.encodeWithSelector(ERC1967Utils.ERC1967NonPayable.selector));
    }

    /// @dev The namespaces of the five contracts, their base and OpenZeppelin's do not meet.
    function test_theorem15_no_two_namespaces_meet() public pure {
        bytes32[8] memory slots = [
            _erc7201("sovbank.storage.Guarded"),
            _erc7201("sovbank.storage.SystemGuard"),
            _erc7201("sovbank.storage.ComplianceRegistry"),
            _erc7201("sovbank.storage.ReserveRegistry"),
            _erc7201("sovbank.storage.MintGuard"),
            _erc7201("sovbank.storage.MembershipRegistry"),
            _erc7201("openzeppelin.storage.Initializable"),
            _erc7201("openzeppelin.storage.EIP712")
        ];
        vm.assertEq(slots[6], INITIALIZABLE_SLOT);
        for (uint256 i = 0; i < 8; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                uint256 a = uint256(slots[i]);
                uint256 b = uint256(slots[j]);
                vm.assertTrue((a > b ? a - b : b - a) > 2 ** 64);
            }
        }
    }

    function _erc7201(string memory name) internal pure returns (bytes32) {
        return keccak256(abi.encode(uint256(keccak256(bytes(name))) - 1)) & ~bytes32(uint256(0xff));
    }

    /// @dev A proxy created without a call has no owner to steal it: it does not come to be.
    function test_theorem15_nobody_comes_between_creation_and_initialisation() public {
        address[5] memory implementations = _implementations();
        for (uint256 i = 0; i < 5; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ERC1967Proxy.ERC1967ProxyUninitialized.selector));
            new ERC1967Proxy(implementations[i], "");
        }
    }
}
