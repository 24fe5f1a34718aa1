// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SystemGuard} from "../../src/SystemGuard.sol";
import {ISystemGuard} from "../../src/interfaces/ISystemGuard.sol";
import {Roles} from "../../src/lib/Roles.sol";
import {ControlPlane} from "../base/ControlPlane.sol";

contract SystemGuardTest is ControlPlane {
    function test_theorem5_every_role_has_its_holders_and_no_address_two() public view {
        bytes32[] memory roles = guard.roles();
        uint256 seen;
        for (uint256 i = 0; i < roles.length; ++i) {
            address[] memory holders = guard.holdersOf(roles[i]);
            vm.assertTrue(holders.length > 0);
            for (uint256 j = 0; j < holders.length; ++j) {
                vm.assertEq(guard.roleOf(holders[j]), roles[i]);
                ++seen;
            }
        }
        vm.assertEq(seen, _grants().length);
    }

    function test_theorem5_the_deployer_holds_nothing_and_never_will() public {
        vm.assertEq(guard.deployer(), DEPLOYER);
        vm.assertEq(guard.roleOf(DEPLOYER), 0);
        bytes32[] memory roles = guard.roles();
        for (uint256 i = 0; i < roles.length; ++i) {
            _refused(
                ADMIN,
                address(guard),
                abi.encodeCall(ISystemGuard.grantRole, (roles[i], DEPLOYER)),
                abi.encodeWithSelector(ISystemGuard.DeployerHoldsNothing.selector, DEPLOYER)
            );
        }
    }

    function test_theorem5_a_deployment_that_gives_its_deployer_a_role_fails() public {
        SystemGuard implementation = new SystemGuard();
        ISystemGuard.RoleGrant[] memory grants = _grants();
        grants[0].account = address(this);
        vm.expectRevert(abi.encodeWithSelector(ISystemGuard.DeployerHoldsNothing.selector, address(this)));
        _proxy(address(implementation), abi.encodeCall(ISystemGuard.initialize, (grants, 2)));
    }

    function test_theorem5_a_deployment_without_admin_fails() public {
        SystemGuard implementation = new SystemGuard();
        vm.expectRevert(abi.encodeWithSelector(ISystemGuard.NotAHolder.selector, Roles.ADMIN, address(0)));
        _proxy(address(implementation), abi.encodeCall(ISystemGuard.initialize, (new ISystemGuard.RoleGrant[](0), 2)));
    }

    function testFuzz_theorem5_no_second_role(uint256 holderSeed, uint256 roleSeed) public {
        ISystemGuard.RoleGrant[] memory grants = _grants();
        ISystemGuard.RoleGrant memory held = grants[holderSeed % grants.length];
        bytes32[] memory roles = guard.roles();
        bytes32 wanted = roles[roleSeed % roles.length];
        _refused(
            ADMIN,
            address(guard),
            abi.encodeCall(ISystemGuard.grantRole, (wanted, held.account)),
            abi.encodeWithSelector(ISystemGuard.RoleConflict.selector, held.account, held.role, wanted)
        );
    }

    function testFuzz_theorem5_only_the_admin_grants_and_revokes(address caller) public {
        vm.assume(caller != ADMIN);
        bytes memory unauthorized = abi.encodeWithSelector(ISystemGuard.Unauthorized.selector, caller, Roles.ADMIN);
        _refused(
            caller, address(guard), abi.encodeCall(ISystemGuard.grantRole, (Roles.REQUESTER, STRANGER)), unauthorized
        );
        _refused(
            caller, address(guard), abi.encodeCall(ISystemGuard.revokeRole, (Roles.REQUESTER, REQUESTER)), unauthorized
        );
        _refused(caller, address(guard), abi.encodeCall(ISystemGuard.setUnpauseQuorum, (3)), unauthorized);
    }

    function test_a_role_can_be_granted_revoked_and_given_up() public {
        vm.expectEmit(address(guard));
        emit ISystemGuard.RoleGranted(Roles.REQUESTER, STRANGER, ADMIN);
        vm.prank(ADMIN);
        guard.grantRole(Roles.REQUESTER, STRANGER);
        vm.assertEq(guard.holdersOf(Roles.REQUESTER).length, 2);

        vm.expectEmit(address(guard));
        emit ISystemGuard.RoleRevoked(Roles.REQUESTER, REQUESTER, ADMIN);
        vm.prank(ADMIN);
        guard.revokeRole(Roles.REQUESTER, REQUESTER);
        vm.assertFalse(guard.hasRole(Roles.REQUESTER, REQUESTER));
        vm.assertEq(guard.holdersOf(Roles.REQUESTER)[0], STRANGER);

        vm.prank(STRANGER);
        guard.renounceRole();
        vm.assertEq(guard.roleOf(STRANGER), 0);
        vm.assertEq(guard.holdersOf(Roles.REQUESTER).length, 0);
    }

    function test_the_last_admin_stays() public {
        bytes memory lastAdmin = abi.encodeWithSelector(ISystemGuard.LastAdmin.selector, ADMIN);
        _refused(ADMIN, address(guard), abi.encodeCall(ISystemGuard.renounceRole, ()), lastAdmin);
        _refused(ADMIN, address(guard), abi.encodeCall(ISystemGuard.revokeRole, (Roles.ADMIN, ADMIN)), lastAdmin);
        vm.startPrank(ADMIN);
        guard.grantRole(Roles.ADMIN, STRANGER);
        guard.renounceRole();
        vm.stopPrank();
        vm.assertEq(guard.holdersOf(Roles.ADMIN)[0], STRANGER);
    }

    function test_grants_and_revocations_that_make_no_sense() public {
        _refused(
            ADMIN,
            address(guard),
            abi.encodeCall(ISystemGuard.grantRole, ("auditor", STRANGER)),
            abi.encodeWithSelector(ISystemGuard.UnknownRole.selector, bytes32("auditor"))
        );
        _refused(
            ADMIN,
            address(guard),
            abi.encodeCall(ISystemGuard.grantRole, (bytes32(0), STRANGER)),
            abi.encodeWithSelector(ISystemGuard.UnknownRole.selector, bytes32(0))
        );
        _refused(
            ADMIN,
            address(guard),
            abi.encodeCall(ISystemGuard.grantRole, (Roles.REQUESTER, address(0))),
            abi.encodeWithSelector(ISystemGuard.ZeroAccount.selector)
        );
        _refused(
            ADMIN,
            address(guard),
            abi.encodeCall(ISystemGuard.revokeRole, (Roles.APPROVER, REQUESTER)),
            abi.encodeWithSelector(ISystemGuard.NotAHolder.selector, Roles.APPROVER, REQUESTER)
        );
        _refused(
            STRANGER,
            address(guard),
            abi.encodeCall(ISystemGuard.renounceRole, ()),
            abi.encodeWithSelector(ISystemGuard.NotAHolder.selector, bytes32(0), STRANGER)
        );
        vm.assertFalse(guard.hasRole(0, STRANGER));
    }

    function test_theorem13_the_holders_of_a_role_are_bounded() public {
        uint256 limit = guard.MAX_HOLDERS();
        vm.startPrank(ADMIN);
        for (uint160 i = 1; i < limit; ++i) {
            guard.grantRole(Roles.REQUESTER, address(0x1000 + i));
        }
        vm.stopPrank();
        _refused(
            ADMIN,
            address(guard),
            abi.encodeCall(ISystemGuard.grantRole, (Roles.REQUESTER, STRANGER)),
            abi.encodeWithSelector(ISystemGuard.TooManyHolders.selector, Roles.REQUESTER, limit)
        );
    }

    function test_theorem7_any_guardian_pauses_and_two_lift_it() public {
        vm.expectEmit(address(guard));
        emit ISystemGuard.Paused(1, guardians[2], "bank closed");
        vm.prank(guardians[2]);
        vm.assertEq(guard.pause("bank closed"), 1);
        vm.assertTrue(guard.isPaused());

        vm.prank(guardians[0]);
        vm.assertFalse(guard.unpause(1));
        vm.assertTrue(guard.isPaused());
        vm.assertEq(guard.pauseState().approvals, 1);

        _refused(
            guardians[0],
            address(guard),
            abi.encodeCall(ISystemGuard.unpause, (1)),
            abi.encodeWithSelector(ISystemGuard.AlreadyApprovedUnpause.selector, 1, guardians[0])
        );

        vm.expectEmit(address(guard));
        emit ISystemGuard.UnpauseApproved(1, guardians[1], 2, 2);
        vm.expectEmit(address(guard));
        emit ISystemGuard.Unpaused(1, guardians[1]);
        vm.prank(guardians[1]);
        vm.assertTrue(guard.unpause(1));
        vm.assertFalse(guard.isPaused());
    }

    function test_theorem7_pausing_again_voids_approvals() public {
        _pause();
        vm.prank(guardians[0]);
        guard.unpause(1);
        vm.prank(guardians[1]);
        guard.pause("still not");
        vm.assertEq(guard.pauseState().approvals, 0);
        _refused(
            guardians[2],
            address(guard),
            abi.encodeCall(ISystemGuard.unpause, (1)),
            abi.encodeWithSelector(ISystemGuard.WrongPause.selector, 1, 2)
        );
        vm.prank(guardians[2]);
        vm.assertFalse(guard.unpause(2));
    }

    function test_theorem7_a_removed_guardian_does_not_count() public {
        _pause();
        vm.prank(guardians[0]);
        guard.unpause(1);
        vm.prank(ADMIN);
        guard.revokeRole(Roles.GUARDIAN, guardians[0]);
        vm.prank(guardians[1]);
        vm.assertFalse(guard.unpause(1));
        vm.prank(guardians[2]);
        vm.assertTrue(guard.unpause(1));
    }

    function testFuzz_theorem7_only_guardians_pause_and_unpause(address caller) public {
        vm.assume(!guard.hasRole(Roles.GUARDIAN, caller));
        bytes memory unauthorized = abi.encodeWithSelector(ISystemGuard.Unauthorized.selector, caller, Roles.GUARDIAN);
        _refused(caller, address(guard), abi.encodeCall(ISystemGuard.pause, ("drill")), unauthorized);
        _pause();
        _refused(caller, address(guard), abi.encodeCall(ISystemGuard.unpause, (1)), unauthorized);
    }

    function test_theorem7_lifting_needs_more_than_one() public {
        _refused(
            ADMIN,
            address(guard),
            abi.encodeCall(ISystemGuard.setUnpauseQuorum, (1)),
            abi.encodeWithSelector(ISystemGuard.QuorumOutOfRange.selector, 1, 2, 16)
        );
        _refused(
            ADMIN,
            address(guard),
            abi.encodeCall(ISystemGuard.setUnpauseQuorum, (17)),
            abi.encodeWithSelector(ISystemGuard.QuorumOutOfRange.selector, 17, 2, 16)
        );
        vm.prank(ADMIN);
        guard.setUnpauseQuorum(3);
        _pause();
        vm.prank(guardians[0]);
        guard.unpause(1);
        vm.prank(guardians[1]);
        vm.assertFalse(guard.unpause(1));
    }

    function test_a_pause_has_a_reason_and_nothing_is_lifted_twice() public {
        _refused(
            guardians[0],
            address(guard),
            abi.encodeCall(ISystemGuard.pause, ("")),
            abi.encodeWithSelector(ISystemGuard.ReasonLength.selector, 0, 200)
        );
        _refused(
            guardians[0],
            address(guard),
            abi.encodeCall(ISystemGuard.pause, (string(new bytes(201)))),
            abi.encodeWithSelector(ISystemGuard.ReasonLength.selector, 201, 200)
        );
        _refused(
            guardians[0],
            address(guard),
            abi.encodeCall(ISystemGuard.unpause, (0)),
            abi.encodeWithSelector(ISystemGuard.NotPaused.selector)
        );
    }
}
