// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGuarded} from "../../src/interfaces/IGuarded.sol";
import {IMembershipRegistry} from "../../src/interfaces/IMembershipRegistry.sol";
import {Roles} from "../../src/lib/Roles.sol";
import {ControlPlane} from "../base/ControlPlane.sol";

contract MembershipRegistryTest is ControlPlane {
    IMembershipRegistry.MembershipTier internal constant NONE = IMembershipRegistry.MembershipTier.None;
    IMembershipRegistry.MembershipTier internal constant BASIC = IMembershipRegistry.MembershipTier.Basic;
    IMembershipRegistry.MembershipTier internal constant PRO = IMembershipRegistry.MembershipTier.Pro;
    IMembershipRegistry.MembershipTier internal constant INTERNAL = IMembershipRegistry.MembershipTier.Internal;

    function _issue(bytes32 account, bytes32 nftokenId, IMembershipRegistry.MembershipTier tier) internal {
        vm.prank(MEMBERSHIP);
        members.issue(account, nftokenId, tier);
    }

    function _issueCall(bytes32 account, bytes32 nftokenId, IMembershipRegistry.MembershipTier tier)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IMembershipRegistry.issue, (account, nftokenId, tier));
    }

    function test_a_membership_is_issued_and_revoked() public {
        vm.expectEmit(address(members));
        emit IMembershipRegistry.MembershipIssued(customer, "nft-1", PRO, MEMBERSHIP);
        _issue(customer, "nft-1", PRO);
        vm.assertTrue(members.isMember(customer));
        vm.assertTrue(members.tierOf(customer) == PRO);
        vm.assertEq(members.accountOfNftoken("nft-1"), customer);

        vm.expectEmit(address(members));
        emit IMembershipRegistry.MembershipRevoked(customer, "nft-1", PRO, "left", MEMBERSHIP);
        vm.prank(MEMBERSHIP);
        members.revoke(customer, "nft-1", "left");
        vm.assertFalse(members.isMember(customer));
        vm.assertTrue(members.tierOf(customer) == NONE);
        vm.assertEq(members.membershipOf(customer).revokedAt, block.timestamp);
    }

    function test_an_nftoken_proves_one_membership_for_good() public {
        _issue(customer, "nft-1", BASIC);
        address target = address(members);
        bytes memory used = abi.encodeWithSelector(IMembershipRegistry.NftokenUsed.selector, bytes32("nft-1"), customer);
        _refused(MEMBERSHIP, target, _issueCall(treasury, "nft-1", INTERNAL), used);
        _refused(
            MEMBERSHIP,
            target,
            _issueCall(customer, "nft-2", BASIC),
            abi.encodeWithSelector(IMembershipRegistry.AlreadyMember.selector, customer, bytes32("nft-1"))
        );
        vm.prank(MEMBERSHIP);
        members.revoke(customer, "nft-1", 0);
        _refused(MEMBERSHIP, target, _issueCall(customer, "nft-1", BASIC), used);
        _issue(customer, "nft-2", BASIC);
        vm.assertTrue(members.isMember(customer));
    }

    function test_who_may_not_hold_is_no_member() public {
        _refused(
            MEMBERSHIP,
            address(members),
            _issueCall("stranger", "nft-1", BASIC),
            abi.encodeWithSelector(IMembershipRegistry.MemberNotWhitelisted.selector, bytes32("stranger"))
        );
        _issue(customer, "nft-1", BASIC);
        vm.prank(COMPLIANCE);
        compliance.blockCustomer("kyc-1", "case");
        vm.assertFalse(members.isMember(customer));
        vm.assertTrue(members.tierOf(customer) == BASIC);
    }

    function test_tier_internal_is_for_the_bank_alone() public {
        address target = address(members);
        _refused(
            MEMBERSHIP,
            target,
            _issueCall(customer, "nft-1", INTERNAL),
            abi.encodeWithSelector(IMembershipRegistry.TierDoesNotFit.selector, customer, INTERNAL)
        );
        _refused(
            MEMBERSHIP,
            target,
            _issueCall(treasury, "nft-1", PRO),
            abi.encodeWithSelector(IMembershipRegistry.TierDoesNotFit.selector, treasury, PRO)
        );
        _issue(treasury, "nft-1", INTERNAL);
        vm.assertTrue(members.isMember(treasury));
    }

    function test_what_makes_no_sense_is_refused() public {
        address target = address(members);
        _refused(
            MEMBERSHIP,
            target,
            _issueCall(customer, "nft-1", NONE),
            abi.encodeWithSelector(IMembershipRegistry.TierMissing.selector)
        );
        _refused(
            MEMBERSHIP,
            target,
            _issueCall(customer, 0, BASIC),
            abi.encodeWithSelector(IMembershipRegistry.ZeroNftokenId.selector)
        );
        _refused(
            MEMBERSHIP,
            target,
            abi.encodeCall(IMembershipRegistry.revoke, (customer, "nft-1", 0)),
            abi.encodeWithSelector(IMembershipRegistry.NotAMember.selector, customer)
        );
        _issue(customer, "nft-1", BASIC);
        _refused(
            MEMBERSHIP,
            target,
            abi.encodeCall(IMembershipRegistry.revoke, (customer, "nft-9", 0)),
            abi.encodeWithSelector(
                IMembershipRegistry.OtherNftoken.selector, customer, bytes32("nft-9"), bytes32("nft-1")
            )
        );
    }

    function test_theorem7_while_paused_members_leave_but_do_not_join() public {
        _issue(customer, "nft-1", BASIC);
        _pause();
        _refused(
            MEMBERSHIP,
            address(members),
            _issueCall(treasury, "nft-2", INTERNAL),
            abi.encodeWithSelector(IGuarded.SystemPaused.selector, 1)
        );
        vm.prank(MEMBERSHIP);
        members.revoke(customer, "nft-1", 0);
    }

    function testFuzz_only_the_membership_role_issues_and_revokes(address caller) public {
        vm.assume(caller != MEMBERSHIP);
        bytes memory unauthorized = abi.encodeWithSelector(IGuarded.Unauthorized.selector, caller, Roles.MEMBERSHIP);
        _refused(caller, address(members), _issueCall(customer, "nft-1", BASIC), unauthorized);
        _refused(
            caller, address(members), abi.encodeCall(IMembershipRegistry.revoke, (customer, "nft-1", 0)), unauthorized
        );
    }
}
