// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IComplianceRegistry} from "../../src/interfaces/IComplianceRegistry.sol";
import {IGuarded} from "../../src/interfaces/IGuarded.sol";
import {IMintGuard} from "../../src/interfaces/IMintGuard.sol";
import {ISystemGuard} from "../../src/interfaces/ISystemGuard.sol";
import {Roles} from "../../src/lib/Roles.sol";
import {ControlPlane} from "../base/ControlPlane.sol";

/// @dev Attacks on separation (theorem 5) and on the pause (theorem 7): one address in two roles over time, admins who
/// leave, guardians who come back.
contract RoleAttacksTest is ControlPlane {
    bytes32 internal constant HASH = keccak256("payment");

    function _regrant(address account, bytes32 from, bytes32 to) internal {
        vm.startPrank(ADMIN);
        guard.revokeRole(from, account);
        guard.grantRole(to, account);
        vm.stopPrank();
    }

    function test_theorem5_who_requested_or_approved_a_mint_never_ends_it_as_confirmer() public {
        bytes32 id = _approved(1e6, "deposit-1");
        _regrant(REQUESTER, Roles.REQUESTER, Roles.CONFIRMER);
        _regrant(APPROVER, Roles.APPROVER, Roles.CONFIRMER);
        address[2] memory actors = [REQUESTER, APPROVER];
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory same = abi.encodeWithSelector(IMintGuard.SameAddress.selector, id, actors[i]);
            _refused(actors[i], address(mints), abi.encodeCall(IMintGuard.confirmMint, (id, 1e6, HASH)), same);
            _refused(actors[i], address(mints), abi.encodeCall(IMintGuard.cancelMint, (id, HASH)), same);
        }
        vm.prank(CONFIRMER);
        mints.cancelMint(id, HASH);
        vm.assertTrue(_state(id) == IMintGuard.MintState.Cancelled);
    }

    /// @dev A held mint has no signed payment: whoever holds either role gives it up, his own too.
    function test_a_held_mint_can_be_given_up_by_its_requester_after_he_became_approver() public {
        bytes32 id = _request(1e6, "deposit-1");
        _regrant(REQUESTER, Roles.REQUESTER, Roles.APPROVER);
        vm.prank(REQUESTER);
        mints.cancelMint(id, 0);
        vm.assertEq(mints.totals(asset).held, 0);
    }

    /// @dev The order in which an address gives roles up and gets them never leaves it with two.
    function testFuzz_theorem5_no_order_of_grants_leaves_two_roles(uint256[16] memory seeds) public {
        bytes32[] memory roles = guard.roles();
        for (uint256 i = 0; i < seeds.length; ++i) {
            bytes32 role = roles[(seeds[i] >> 8) % roles.length];
            uint256 step = seeds[i] % 3;
            bytes32 before = guard.roleOf(STRANGER);
            vm.prank(step == 2 ? STRANGER : ADMIN);
            (bool done,) = address(guard)
                .call(
                    step == 0
                        ? abi.encodeCall(ISystemGuard.grantRole, (role, STRANGER))
                        : step == 1
                            ? abi.encodeCall(ISystemGuard.revokeRole, (role, STRANGER))
                            : abi.encodeCall(ISystemGuard.renounceRole, ())
                );
            vm.assertEq(done, step == 0 ? before == 0 : step == 1 ? before == role : before != 0);
            uint256 held;
            for (uint256 j = 0; j < roles.length; ++j) {
                address[] memory holders = guard.holdersOf(roles[j]);
                uint256 times;
                for (uint256 k = 0; k < holders.length; ++k) {
                    if (holders[k] == STRANGER) ++times;
                }
                vm.assertEq(times, guard.hasRole(roles[j], STRANGER) ? 1 : 0);
                held += times;
            }
            vm.assertEq(held, guard.roleOf(STRANGER) == 0 ? 0 : 1);
        }
    }

    function test_theorem5_a_revoked_role_acts_no_more_and_its_next_role_gives_no_past_power() public {
        _regrant(REQUESTER, Roles.REQUESTER, Roles.GUARDIAN);
        _refused(
            REQUESTER,
            address(mints),
            abi.encodeCall(IMintGuard.requestMint, (asset, treasury, 1, "deposit-1", _soon())),
            abi.encodeWithSelector(IGuarded.Unauthorized.selector, REQUESTER, Roles.REQUESTER)
        );
        _refused(
            REQUESTER,
            address(guard),
            abi.encodeCall(ISystemGuard.grantRole, (Roles.REQUESTER, STRANGER)),
            abi.encodeWithSelector(ISystemGuard.Unauthorized.selector, REQUESTER, Roles.ADMIN)
        );
    }

    /// @dev Two admins cannot leave one after the other, nor remove each other until nobody is left.
    function test_theorem5_of_two_admins_one_stays() public {
        vm.startPrank(ADMIN);
        guard.grantRole(Roles.ADMIN, STRANGER);
        guard.renounceRole();
        vm.stopPrank();
        _refused(
            ADMIN,
            address(guard),
            abi.encodeCall(ISystemGuard.grantRole, (Roles.ADMIN, ADMIN)),
            abi.encodeWithSelector(ISystemGuard.Unauthorized.selector, ADMIN, Roles.ADMIN)
        );
        bytes memory last = abi.encodeWithSelector(ISystemGuard.LastAdmin.selector, STRANGER);
        _refused(STRANGER, address(guard), abi.encodeCall(ISystemGuard.renounceRole, ()), last);
        _refused(STRANGER, address(guard), abi.encodeCall(ISystemGuard.revokeRole, (Roles.ADMIN, STRANGER)), last);
    }

    /// @dev An admin cannot give himself a second role, and giving up the first ends his power to grant.
    function test_theorem5_an_admin_is_nothing_else() public {
        vm.prank(ADMIN);
        guard.grantRole(Roles.ADMIN, STRANGER);
        bytes32[] memory roles = guard.roles();
        for (uint256 i = 0; i < roles.length; ++i) {
            _refused(
                ADMIN,
                address(guard),
                abi.encodeCall(ISystemGuard.grantRole, (roles[i], ADMIN)),
                abi.encodeWithSelector(ISystemGuard.RoleConflict.selector, ADMIN, Roles.ADMIN, roles[i])
            );
        }
        vm.startPrank(ADMIN);
        guard.renounceRole();
        vm.expectRevert(abi.encodeWithSelector(ISystemGuard.Unauthorized.selector, ADMIN, Roles.ADMIN));
        guard.grantRole(Roles.APPROVER, ADMIN);
        vm.stopPrank();
    }

    function test_theorem5_no_role_at_all_for_nobody_and_for_what_is_no_role() public {
        bytes32[] memory roles = guard.roles();
        for (uint256 i = 0; i < roles.length; ++i) {
            _refused(
                ADMIN,
                address(guard),
                abi.encodeCall(ISystemGuard.grantRole, (roles[i], address(0))),
                abi.encodeWithSelector(ISystemGuard.ZeroAccount.selector)
            );
            vm.assertFalse(guard.hasRole(roles[i], address(0)));
        }
        _refused(
            ADMIN,
            address(guard),
            abi.encodeCall(ISystemGuard.revokeRole, (bytes32(0), STRANGER)),
            abi.encodeWithSelector(ISystemGuard.NotAHolder.selector, bytes32(0), STRANGER)
        );
    }

    function test_theorem7_a_guardian_who_comes_back_has_not_agreed_to_lift_the_pause() public {
        _pause();
        vm.prank(guardians[0]);
        guard.unpause(1);
        vm.startPrank(ADMIN);
        guard.revokeRole(Roles.GUARDIAN, guardians[0]);
        guard.grantRole(Roles.GUARDIAN, guardians[0]);
        vm.stopPrank();
        vm.assertEq(guard.pauseState().approvals, 0);
        vm.prank(guardians[1]);
        vm.assertFalse(guard.unpause(1));
        vm.assertTrue(guard.isPaused());
        vm.prank(guardians[0]);
        vm.assertTrue(guard.unpause(1));
    }

    function test_theorem7_a_guardian_who_gives_up_his_role_takes_his_agreement_with_him() public {
        _pause();
        vm.startPrank(guardians[0]);
        guard.unpause(1);
        guard.renounceRole();
        vm.stopPrank();
        vm.prank(ADMIN);
        guard.grantRole(Roles.GUARDIAN, guardians[0]);
        vm.prank(guardians[1]);
        vm.assertFalse(guard.unpause(1));
    }

    /// @dev Neither the admin nor any other role lifts a pause, and a lifted one cannot be lifted again.
    function test_theorem7_the_admin_lifts_nothing() public {
        _pause();
        _refused(
            ADMIN,
            address(guard),
            abi.encodeCall(ISystemGuard.unpause, (1)),
            abi.encodeWithSelector(ISystemGuard.Unauthorized.selector, ADMIN, Roles.GUARDIAN)
        );
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(guardians[i]);
            guard.unpause(1);
        }
        _refused(
            guardians[2],
            address(guard),
            abi.encodeCall(ISystemGuard.unpause, (1)),
            abi.encodeWithSelector(ISystemGuard.NotPaused.selector)
        );
        vm.prank(guardians[2]);
        vm.assertEq(guard.pause("again"), 2);
        vm.assertEq(guard.pauseState().approvals, 0);
    }

    /// @dev A quorum that was lowered below the agreements in hand lifts nothing by itself; the next agreement, or a
    /// pause that is opened anew, does.
    function test_theorem7_a_lowered_quorum_lifts_nothing_by_itself() public {
        vm.prank(ADMIN);
        guard.setUnpauseQuorum(4);
        _pause();
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(guardians[i]);
            vm.assertFalse(guard.unpause(1));
        }
        vm.prank(ADMIN);
        guard.setUnpauseQuorum(2);
        vm.assertTrue(guard.isPaused());
        _pause();
        vm.prank(guardians[0]);
        vm.assertFalse(guard.unpause(2));
        vm.prank(guardians[1]);
        vm.assertTrue(guard.unpause(2));
    }

    /// @dev A compliance officer whom the admins make one of them cannot finish what he asked for.
    function test_theorem8_the_two_roles_of_an_unblock_are_two_addresses_whatever_the_order() public {
        vm.startPrank(COMPLIANCE);
        compliance.blockCustomer("kyc-1", "case");
        uint64 expiry = uint64(block.timestamp + 30 days);
        compliance.requestUnblock("kyc-1", IComplianceRegistry.RiskTier.Low, expiry, "cleared");
        vm.stopPrank();
        _regrant(COMPLIANCE, Roles.COMPLIANCE, Roles.ADMIN);
        vm.warp(block.timestamp + 48 hours);
        bytes memory execute =
            abi.encodeCall(IComplianceRegistry.executeUnblock, ("kyc-1", IComplianceRegistry.RiskTier.Low, expiry));
        _refused(
            COMPLIANCE,
            address(compliance),
            execute,
            abi.encodeWithSelector(IComplianceRegistry.SelfUnblock.selector, bytes32("kyc-1"), COMPLIANCE)
        );
        vm.prank(ADMIN);
        compliance.executeUnblock("kyc-1", IComplianceRegistry.RiskTier.Low, expiry);
        vm.assertTrue(compliance.isWhitelisted(customer));
    }
}
