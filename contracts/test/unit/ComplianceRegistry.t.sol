// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IComplianceRegistry} from "../../src/interfaces/IComplianceRegistry.sol";
import {IGuarded} from "../../src/interfaces/IGuarded.sol";
import {Roles} from "../../src/lib/Roles.sol";
import {ControlPlane} from "../base/ControlPlane.sol";

contract ComplianceRegistryTest is ControlPlane {
    IComplianceRegistry.RiskTier internal constant UNKNOWN = IComplianceRegistry.RiskTier.Unknown;
    IComplianceRegistry.RiskTier internal constant LOW = IComplianceRegistry.RiskTier.Low;
    IComplianceRegistry.RiskTier internal constant MEDIUM = IComplianceRegistry.RiskTier.Medium;
    IComplianceRegistry.RiskTier internal constant HIGH = IComplianceRegistry.RiskTier.High;
    IComplianceRegistry.RiskTier internal constant BLOCKED = IComplianceRegistry.RiskTier.Blocked;
    IComplianceRegistry.RiskTier internal constant INTERNAL = IComplianceRegistry.RiskTier.Internal;

    bytes32 internal constant KYC = "kyc-1";
    bytes32 internal constant CASE = "case-7";

    function _year() internal view returns (uint64) {
        return uint64(block.timestamp + 365 days);
    }

    function _block() internal {
        vm.prank(COMPLIANCE);
        compliance.blockCustomer(KYC, CASE);
    }

    function _whitelistCall(bytes32 kycId, bytes32 key, IComplianceRegistry.RiskTier tier, uint64 expiry)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IComplianceRegistry.whitelistCustomer, (kycId, key, tier, expiry));
    }

    function test_customer_and_treasury_are_whitelisted_until_their_expiry() public {
        vm.assertTrue(compliance.isWhitelisted(customer));
        vm.assertTrue(compliance.isWhitelisted(treasury));
        vm.assertTrue(compliance.riskTierOf(customer) == LOW);
        vm.assertTrue(compliance.riskTierOf(treasury) == INTERNAL);
        vm.assertFalse(compliance.isWhitelisted("nobody"));
        vm.assertTrue(compliance.riskTierOf("nobody") == UNKNOWN);
        uint64 expiry = compliance.customerOf(KYC).expiry;
        vm.warp(expiry - 1);
        vm.assertTrue(compliance.isWhitelisted(customer));
        vm.warp(expiry);
        vm.assertFalse(compliance.isWhitelisted(customer));
        vm.assertTrue(compliance.riskTierOf(customer) == LOW);
    }

    function test_theorem8_what_is_refused() public {
        bytes32 key = "account";
        uint64 now_ = uint64(block.timestamp);
        uint256 latest = block.timestamp + compliance.MAX_VALIDITY();
        address target = address(compliance);
        _refused(
            COMPLIANCE,
            target,
            _whitelistCall(0, key, LOW, _year()),
            abi.encodeWithSelector(IComplianceRegistry.ZeroKycId.selector)
        );
        _refused(
            COMPLIANCE,
            target,
            _whitelistCall("kyc-2", 0, LOW, _year()),
            abi.encodeWithSelector(IComplianceRegistry.ZeroAccountKey.selector)
        );
        IComplianceRegistry.RiskTier[3] memory wrong = [UNKNOWN, BLOCKED, INTERNAL];
        for (uint256 i = 0; i < wrong.length; ++i) {
            _refused(
                COMPLIANCE,
                target,
                _whitelistCall("kyc-2", key, wrong[i], _year()),
                abi.encodeWithSelector(IComplianceRegistry.TierNotAllowed.selector, wrong[i])
            );
        }
        _refused(
            COMPLIANCE,
            target,
            _whitelistCall("kyc-2", key, LOW, now_),
            abi.encodeWithSelector(IComplianceRegistry.ExpiryOutOfRange.selector, now_, now_ + 1, latest)
        );
        _refused(
            COMPLIANCE,
            target,
            _whitelistCall("kyc-2", key, LOW, type(uint64).max),
            abi.encodeWithSelector(IComplianceRegistry.ExpiryOutOfRange.selector, type(uint64).max, now_ + 1, latest)
        );
    }

    function test_theorem8_one_kyc_id_one_customer_and_one_account_one_customer() public {
        _refused(
            COMPLIANCE,
            address(compliance),
            _whitelistCall(KYC, "account", HIGH, _year()),
            abi.encodeWithSelector(IComplianceRegistry.KycIdTaken.selector, KYC)
        );
        _refused(
            COMPLIANCE,
            address(compliance),
            _whitelistCall("kyc-2", customer, LOW, _year()),
            abi.encodeWithSelector(IComplianceRegistry.AccountTaken.selector, customer, KYC)
        );
        vm.prank(COMPLIANCE);
        compliance.removeAccount(KYC, customer);
        _refused(
            COMPLIANCE,
            address(compliance),
            _whitelistCall("kyc-2", customer, LOW, _year()),
            abi.encodeWithSelector(IComplianceRegistry.AccountTaken.selector, customer, KYC)
        );
    }

    function test_accounts_come_and_go_within_one_customer() public {
        vm.startPrank(COMPLIANCE);
        compliance.addAccount(KYC, "second");
        vm.assertTrue(compliance.isWhitelisted("second"));
        compliance.removeAccount(KYC, customer);
        vm.assertFalse(compliance.isWhitelisted(customer));
        vm.assertTrue(compliance.isWhitelisted("second"));
        compliance.addAccount(KYC, customer);
        vm.assertTrue(compliance.isWhitelisted(customer));
        vm.assertEq(compliance.customerOf(KYC).accounts, 2);
        vm.stopPrank();
        _refused(
            COMPLIANCE,
            address(compliance),
            abi.encodeCall(IComplianceRegistry.addAccount, (KYC, customer)),
            abi.encodeWithSelector(IComplianceRegistry.AccountTaken.selector, customer, KYC)
        );
        _refused(
            COMPLIANCE,
            address(compliance),
            abi.encodeCall(IComplianceRegistry.removeAccount, (KYC, treasury)),
            abi.encodeWithSelector(IComplianceRegistry.NotTheCustomersAccount.selector, KYC, treasury)
        );
    }

    function test_theorem13_a_customers_accounts_are_bounded() public {
        vm.startPrank(COMPLIANCE);
        for (uint256 i = 1; i < 32; ++i) {
            compliance.addAccount(KYC, bytes32(i));
        }
        vm.stopPrank();
        _refused(
            COMPLIANCE,
            address(compliance),
            abi.encodeCall(IComplianceRegistry.addAccount, (KYC, "more")),
            abi.encodeWithSelector(IComplianceRegistry.TooManyAccounts.selector, KYC, 32)
        );
    }

    function test_theorem8_blocked_is_absorbing() public {
        vm.expectEmit(address(compliance));
        emit IComplianceRegistry.CustomerBlocked(KYC, CASE, COMPLIANCE);
        _block();
        vm.assertFalse(compliance.isWhitelisted(customer));
        vm.assertTrue(compliance.riskTierOf(customer) == BLOCKED);
        bytes memory blocked = abi.encodeWithSelector(IComplianceRegistry.CustomerIsBlocked.selector, KYC);
        address target = address(compliance);
        _refused(COMPLIANCE, target, abi.encodeCall(IComplianceRegistry.renew, (KYC, LOW, _year())), blocked);
        _refused(COMPLIANCE, target, abi.encodeCall(IComplianceRegistry.addAccount, (KYC, "second")), blocked);
        _refused(
            COMPLIANCE,
            target,
            _whitelistCall(KYC, "second", LOW, _year()),
            abi.encodeWithSelector(IComplianceRegistry.KycIdTaken.selector, KYC)
        );
        vm.prank(COMPLIANCE);
        compliance.removeAccount(KYC, customer);
        vm.assertTrue(compliance.riskTierOf(customer) == BLOCKED);
    }

    function test_theorem8_an_unblock_takes_two_roles_and_the_delay() public {
        _block();
        uint64 expiry = _year();
        vm.prank(COMPLIANCE);
        compliance.requestUnblock(KYC, HIGH, expiry, "cleared");
        uint64 from = uint64(block.timestamp + 48 hours);
        bytes memory execute = abi.encodeCall(IComplianceRegistry.executeUnblock, (KYC, HIGH, expiry));
        address target = address(compliance);
        _refused(
            ADMIN, target, execute, abi.encodeWithSelector(IComplianceRegistry.UnblockTooEarly.selector, KYC, from)
        );
        vm.warp(from - 1);
        _refused(
            ADMIN, target, execute, abi.encodeWithSelector(IComplianceRegistry.UnblockTooEarly.selector, KYC, from)
        );
        vm.warp(from);
        _refused(
            COMPLIANCE, target, execute, abi.encodeWithSelector(IGuarded.Unauthorized.selector, COMPLIANCE, Roles.ADMIN)
        );
        _refused(
            ADMIN,
            target,
            abi.encodeCall(IComplianceRegistry.executeUnblock, (KYC, LOW, expiry)),
            abi.encodeWithSelector(IComplianceRegistry.UnblockDiffers.selector, KYC, HIGH, expiry)
        );
        vm.expectEmit(target);
        emit IComplianceRegistry.CustomerUnblocked(KYC, HIGH, expiry, ADMIN);
        vm.prank(ADMIN);
        compliance.executeUnblock(KYC, HIGH, expiry);
        vm.assertTrue(compliance.isWhitelisted(customer));
        vm.assertTrue(compliance.riskTierOf(customer) == HIGH);
        _refused(ADMIN, target, execute, abi.encodeWithSelector(IComplianceRegistry.NoUnblockRequest.selector, KYC));
    }

    function test_theorem8_who_changed_role_does_not_execute_his_own_request() public {
        _block();
        uint64 expiry = _year();
        vm.prank(COMPLIANCE);
        compliance.requestUnblock(KYC, HIGH, expiry, "cleared");
        vm.startPrank(ADMIN);
        guard.revokeRole(Roles.COMPLIANCE, COMPLIANCE);
        guard.grantRole(Roles.ADMIN, COMPLIANCE);
        vm.stopPrank();
        vm.warp(block.timestamp + 48 hours);
        _refused(
            COMPLIANCE,
            address(compliance),
            abi.encodeCall(IComplianceRegistry.executeUnblock, (KYC, HIGH, expiry)),
            abi.encodeWithSelector(IComplianceRegistry.SelfUnblock.selector, KYC, COMPLIANCE)
        );
    }

    function test_theorem8_another_block_voids_the_request_to_unblock() public {
        _block();
        uint64 expiry = _year();
        vm.prank(COMPLIANCE);
        compliance.requestUnblock(KYC, LOW, expiry, "cleared");
        _refused(
            COMPLIANCE,
            address(compliance),
            abi.encodeCall(IComplianceRegistry.requestUnblock, (KYC, MEDIUM, expiry, "cleared")),
            abi.encodeWithSelector(IComplianceRegistry.UnblockPending.selector, KYC, uint64(block.timestamp + 48 hours))
        );
        vm.expectEmit(address(compliance));
        emit IComplianceRegistry.UnblockCancelled(KYC, COMPLIANCE);
        _block();
        vm.warp(block.timestamp + 48 hours);
        _refused(
            ADMIN,
            address(compliance),
            abi.encodeCall(IComplianceRegistry.executeUnblock, (KYC, LOW, expiry)),
            abi.encodeWithSelector(IComplianceRegistry.NoUnblockRequest.selector, KYC)
        );
    }

    function test_theorem8_a_request_to_unblock_can_be_withdrawn_by_either_role() public {
        _block();
        uint64 expiry = _year();
        address[2] memory either = [ADMIN, COMPLIANCE];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(COMPLIANCE);
            compliance.requestUnblock(KYC, LOW, expiry, "cleared");
            vm.prank(either[i]);
            compliance.cancelUnblock(KYC);
            vm.assertEq(compliance.unblockRequestOf(KYC).executableFrom, 0);
        }
        _refused(
            STRANGER,
            address(compliance),
            abi.encodeCall(IComplianceRegistry.cancelUnblock, (KYC)),
            abi.encodeWithSelector(IGuarded.Unauthorized.selector, STRANGER, Roles.COMPLIANCE)
        );
    }

    function test_unblock_requests_that_make_no_sense() public {
        address target = address(compliance);
        uint64 expiry = _year();
        _refused(
            COMPLIANCE,
            target,
            abi.encodeCall(IComplianceRegistry.requestUnblock, (KYC, LOW, expiry, CASE)),
            abi.encodeWithSelector(IComplianceRegistry.CustomerNotBlocked.selector, KYC)
        );
        _refused(
            COMPLIANCE,
            target,
            abi.encodeCall(IComplianceRegistry.blockCustomer, (KYC, bytes32(0))),
            abi.encodeWithSelector(IComplianceRegistry.ZeroReason.selector)
        );
        _refused(
            COMPLIANCE,
            target,
            abi.encodeCall(IComplianceRegistry.blockCustomer, ("kyc-9", CASE)),
            abi.encodeWithSelector(IComplianceRegistry.UnknownCustomer.selector, bytes32("kyc-9"))
        );
        _block();
        _refused(
            COMPLIANCE,
            target,
            abi.encodeCall(IComplianceRegistry.requestUnblock, (KYC, INTERNAL, expiry, CASE)),
            abi.encodeWithSelector(IComplianceRegistry.TierNotAllowed.selector, INTERNAL)
        );
    }

    function test_the_bank_itself_is_the_admins_to_change() public {
        address target = address(compliance);
        bytes32 bank = "bank";
        _refused(
            COMPLIANCE,
            target,
            abi.encodeCall(IComplianceRegistry.renew, (bank, LOW, _year())),
            abi.encodeWithSelector(IComplianceRegistry.CustomerIsInternal.selector, bank)
        );
        _refused(
            COMPLIANCE,
            target,
            abi.encodeCall(IComplianceRegistry.addAccount, (bank, "mine")),
            abi.encodeWithSelector(IGuarded.Unauthorized.selector, COMPLIANCE, Roles.ADMIN)
        );
        _refused(
            COMPLIANCE,
            target,
            abi.encodeCall(IComplianceRegistry.whitelistInternal, ("mine", "mine", _year())),
            abi.encodeWithSelector(IGuarded.Unauthorized.selector, COMPLIANCE, Roles.ADMIN)
        );
        _refused(
            ADMIN,
            target,
            abi.encodeCall(IComplianceRegistry.renewInternal, (KYC, _year())),
            abi.encodeWithSelector(IComplianceRegistry.CustomerNotInternal.selector, KYC)
        );
        vm.startPrank(ADMIN);
        compliance.renewInternal(bank, _year());
        compliance.addAccount(bank, "redemption");
        vm.stopPrank();
        vm.assertTrue(compliance.riskTierOf("redemption") == INTERNAL);
    }

    function test_a_blocked_treasury_comes_back_as_internal_only() public {
        bytes32 bank = "bank";
        vm.startPrank(COMPLIANCE);
        compliance.blockCustomer(bank, CASE);
        compliance.requestUnblock(bank, INTERNAL, _year(), "cleared");
        vm.stopPrank();
        vm.assertFalse(compliance.isWhitelisted(treasury));
        uint64 expiry = compliance.unblockRequestOf(bank).expiry;
        vm.warp(block.timestamp + 48 hours);
        vm.prank(ADMIN);
        compliance.executeUnblock(bank, INTERNAL, expiry);
        vm.assertTrue(compliance.isWhitelisted(treasury));
    }

    function test_theorem7_while_paused_only_tightening_goes_through() public {
        _pause();
        bytes memory paused = abi.encodeWithSelector(IGuarded.SystemPaused.selector, 1);
        address target = address(compliance);
        _refused(COMPLIANCE, target, _whitelistCall("kyc-2", "account", LOW, _year()), paused);
        _refused(COMPLIANCE, target, abi.encodeCall(IComplianceRegistry.renew, (KYC, LOW, _year())), paused);
        _refused(COMPLIANCE, target, abi.encodeCall(IComplianceRegistry.addAccount, (KYC, "second")), paused);
        _refused(ADMIN, target, abi.encodeCall(IComplianceRegistry.renewInternal, ("bank", _year())), paused);
        _refused(ADMIN, target, abi.encodeCall(IComplianceRegistry.executeUnblock, (KYC, LOW, _year())), paused);
        _block();
        vm.prank(COMPLIANCE);
        compliance.removeAccount(KYC, customer);
    }

    function testFuzz_only_compliance_decides(address caller) public {
        vm.assume(caller != COMPLIANCE);
        bytes memory unauthorized = abi.encodeWithSelector(IGuarded.Unauthorized.selector, caller, Roles.COMPLIANCE);
        address target = address(compliance);
        _refused(caller, target, _whitelistCall("kyc-2", "account", LOW, _year()), unauthorized);
        _refused(caller, target, abi.encodeCall(IComplianceRegistry.renew, (KYC, LOW, _year())), unauthorized);
        _refused(caller, target, abi.encodeCall(IComplianceRegistry.blockCustomer, (KYC, CASE)), unauthorized);
        _refused(caller, target, abi.encodeCall(IComplianceRegistry.removeAccount, (KYC, customer)), unauthorized);
        _refused(
            caller, target, abi.encodeCall(IComplianceRegistry.requestUnblock, (KYC, LOW, _year(), CASE)), unauthorized
        );
    }

    function testFuzz_whitelisted_is_what_was_said(bytes32 kycId, bytes32 key, uint8 tierSeed, uint64 validity) public {
        vm.assume(kycId != 0 && kycId != KYC && kycId != "bank");
        vm.assume(key != 0 && key != customer && key != treasury);
        IComplianceRegistry.RiskTier tier = IComplianceRegistry.RiskTier(1 + (tierSeed % 3));
        uint64 expiry = uint64(block.timestamp + _bound(validity, 1, compliance.MAX_VALIDITY()));
        vm.prank(COMPLIANCE);
        compliance.whitelistCustomer(kycId, key, tier, expiry);
        vm.assertTrue(compliance.isWhitelisted(key));
        vm.assertTrue(compliance.riskTierOf(key) == tier);
        vm.warp(expiry);
        vm.assertFalse(compliance.isWhitelisted(key));
    }
}
