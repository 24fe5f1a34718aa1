// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGuarded} from "../../src/interfaces/IGuarded.sol";
import {IMintGuard} from "../../src/interfaces/IMintGuard.sol";
import {Roles} from "../../src/lib/Roles.sol";
import {ControlPlane} from "../base/ControlPlane.sol";

/// @dev Requests, approvals, confirmations and cancellations.
contract MintGuardMintsTest is ControlPlane {
    uint256 internal constant MILLION = 1_000_000e6;
    bytes32 internal constant HASH = keccak256("payment");

    function _requestCall(uint256 amount, bytes32 bankReference) internal view returns (bytes memory) {
        return abi.encodeCall(IMintGuard.requestMint, (asset, treasury, amount, bankReference, _soon()));
    }

    function _approveCall(bytes32 id) internal pure returns (bytes memory) {
        return abi.encodeCall(IMintGuard.approveMint, (id));
    }

    function _confirmCall(bytes32 id, uint256 amount, bytes32 hash) internal pure returns (bytes memory) {
        return abi.encodeCall(IMintGuard.confirmMint, (id, amount, hash));
    }

    function _requireNotExecutable(bytes32 id, bytes memory refusal) internal view {
        (bool executable, bytes memory why) = mints.isExecutable(id);
        vm.assertFalse(executable);
        vm.assertEq(why, refusal);
    }

    function test_a_mint_from_request_to_confirmation() public {
        bytes32 id = mints.mintId(asset, treasury, MILLION, "deposit-1");
        vm.expectEmit(address(mints));
        emit IMintGuard.MintRequested(id, asset, treasury, MILLION, "deposit-1", _soon(), REQUESTER);
        vm.assertEq(_request(MILLION, "deposit-1"), id);
        vm.assertEq(mints.totals(asset).held, MILLION);
        _requireNotExecutable(
            id,
            abi.encodeWithSelector(
                IMintGuard.WrongMintState.selector, id, IMintGuard.MintState.Held, IMintGuard.MintState.Approved
            )
        );

        vm.expectEmit(address(mints));
        emit IMintGuard.MintApproved(id, MILLION, APPROVER);
        vm.prank(APPROVER);
        mints.approveMint(id);
        (bool executable, bytes memory why) = mints.isExecutable(id);
        vm.assertTrue(executable);
        vm.assertEq(why, "");

        vm.expectEmit(address(mints));
        emit IMintGuard.MintConfirmed(id, asset, MILLION, HASH, CONFIRMER);
        vm.prank(CONFIRMER);
        mints.confirmMint(id, MILLION, HASH);
        IMintGuard.Totals memory totals = mints.totals(asset);
        vm.assertEq(totals.confirmed, MILLION);
        vm.assertEq(totals.held, 0);
        vm.assertEq(totals.supply, MILLION);
        vm.assertEq(mints.usedBy(HASH), id);

        IMintGuard.MintRequest memory request = mints.requestOf(id);
        vm.assertTrue(request.state == IMintGuard.MintState.Confirmed);
        vm.assertEq(request.asset, asset);
        vm.assertEq(request.destination, treasury);
        vm.assertEq(request.amount, MILLION);
        vm.assertEq(request.bankReferenceHash, "deposit-1");
        vm.assertEq(request.expiry, _soon());
        vm.assertEq(request.requester, REQUESTER);
        vm.assertEq(request.approver, APPROVER);
        vm.assertEq(request.xrplTxHash, HASH);
    }

    function test_theorem1_a_hold_beyond_reserves_is_refused() public {
        _confirmed(3 * MILLION, "deposit-1");
        vm.warp(block.timestamp + 23 hours);
        _request(3 * MILLION, "deposit-2");
        _refused(
            REQUESTER,
            address(mints),
            _requestCall(2 * MILLION + 1, "deposit-3"),
            abi.encodeWithSelector(IMintGuard.ReserveCapacityExceeded.selector, asset, 8 * MILLION + 1, 8 * MILLION)
        );
        _request(2 * MILLION, "deposit-3");
        vm.assertEq(mints.headroom(asset), 0);
    }

    function test_theorem1_a_hold_beyond_the_cap_is_refused() public {
        _attest(asset, 100 * MILLION, 0);
        vm.prank(ADMIN);
        mints.setLimits(IMintGuard.AssetLimits(asset, uint128(MILLION), BURST, RATE));
        _refused(
            REQUESTER,
            address(mints),
            _requestCall(MILLION + 1, "deposit-1"),
            abi.encodeWithSelector(IMintGuard.GlobalCapExceeded.selector, asset, MILLION + 1, MILLION)
        );
        _request(MILLION, "deposit-1");
    }

    function test_theorem1_a_drop_of_reserves_stops_approval_and_execution() public {
        bytes32 held = _request(MILLION, "deposit-1");
        bytes32 approved = _approved(MILLION, "deposit-2");
        _attest(asset, 2 * MILLION, 1);
        bytes memory refusal =
            abi.encodeWithSelector(IMintGuard.ReserveCapacityExceeded.selector, asset, 2 * MILLION, 2 * MILLION - 1);
        _refused(APPROVER, address(mints), _approveCall(held), refusal);
        _requireNotExecutable(approved, refusal);
        vm.prank(REQUESTER);
        mints.cancelMint(held, 0);
        (bool executable,) = mints.isExecutable(approved);
        vm.assertTrue(executable);
    }

    function test_theorem1_a_lowered_cap_stops_approval_and_execution() public {
        bytes32 approved = _approved(MILLION, "deposit-1");
        vm.prank(ADMIN);
        mints.setLimits(IMintGuard.AssetLimits(asset, uint128(MILLION - 1), BURST, RATE));
        _requireNotExecutable(
            approved, abi.encodeWithSelector(IMintGuard.GlobalCapExceeded.selector, asset, MILLION, MILLION - 1)
        );
    }

    function test_theorem4_stale_reserves_stop_request_approval_and_execution() public {
        vm.prank(REQUESTER);
        bytes32 held = mints.requestMint(asset, treasury, MILLION, "deposit-1", uint64(START + 3 days));
        vm.prank(REQUESTER);
        bytes32 approved = mints.requestMint(asset, treasury, MILLION, "deposit-2", uint64(START + 3 days));
        vm.prank(APPROVER);
        mints.approveMint(approved);
        vm.warp(START + MAX_AGE + 1);
        bytes memory stale = abi.encodeWithSelector(IMintGuard.ReserveCapacityExceeded.selector, asset, 2 * MILLION, 0);
        _refused(APPROVER, address(mints), _approveCall(held), stale);
        _requireNotExecutable(approved, stale);
        _refused(
            REQUESTER,
            address(mints),
            _requestCall(1, "deposit-3"),
            abi.encodeWithSelector(IMintGuard.ReserveCapacityExceeded.selector, asset, 2 * MILLION + 1, 0)
        );
    }

    function test_theorem2_no_state_is_entered_twice() public {
        bytes32 held = _request(MILLION, "held");
        bytes32 approved = _approved(MILLION, "approved");
        bytes32 confirmed = _confirmed(MILLION, "confirmed");
        bytes32 cancelled = _request(MILLION, "cancelled");
        vm.prank(APPROVER);
        mints.cancelMint(cancelled, 0);
        bytes32[4] memory ids = [held, approved, confirmed, cancelled];
        address target = address(mints);
        for (uint256 i = 0; i < 4; ++i) {
            IMintGuard.MintState state = _state(ids[i]);
            if (state != IMintGuard.MintState.Held) {
                _refused(APPROVER, target, _approveCall(ids[i]), _wrong(ids[i], IMintGuard.MintState.Held));
            }
            if (state != IMintGuard.MintState.Approved) {
                _refused(
                    CONFIRMER,
                    target,
                    _confirmCall(ids[i], MILLION, HASH),
                    _wrong(ids[i], IMintGuard.MintState.Approved)
                );
            }
        }
        bytes memory wrong = _wrong(confirmed, IMintGuard.MintState.Held);
        _refused(REQUESTER, target, abi.encodeCall(IMintGuard.cancelMint, (confirmed, 0)), wrong);
        wrong = _wrong(cancelled, IMintGuard.MintState.Held);
        _refused(REQUESTER, target, abi.encodeCall(IMintGuard.cancelMint, (cancelled, 0)), wrong);
        _refused(
            REQUESTER,
            target,
            _requestCall(MILLION, "cancelled"),
            abi.encodeWithSelector(IMintGuard.AlreadyRequested.selector, cancelled, IMintGuard.MintState.Cancelled)
        );
    }

    function _wrong(bytes32 id, IMintGuard.MintState needed) internal view returns (bytes memory) {
        return abi.encodeWithSelector(IMintGuard.WrongMintState.selector, id, _state(id), needed);
    }

    function test_theorem2_an_unknown_id_is_none() public {
        bytes32 id = "nothing";
        bytes memory unknown = abi.encodeWithSelector(IMintGuard.UnknownRequest.selector, id);
        _refused(APPROVER, address(mints), _approveCall(id), unknown);
        _refused(CONFIRMER, address(mints), _confirmCall(id, 1, HASH), unknown);
        _refused(REQUESTER, address(mints), abi.encodeCall(IMintGuard.cancelMint, (id, 0)), unknown);
        _requireNotExecutable(id, unknown);
    }

    function testFuzz_theorem2_confirming_needs_the_approved_amount(uint256 amount) public {
        vm.assume(amount != MILLION);
        bytes32 id = _approved(MILLION, "deposit-1");
        _refused(
            CONFIRMER,
            address(mints),
            _confirmCall(id, amount, HASH),
            abi.encodeWithSelector(IMintGuard.AmountMismatch.selector, id, amount, MILLION)
        );
    }

    function test_theorem2_an_xrpl_transaction_stands_for_one_mint() public {
        bytes32 first = _approved(MILLION, "deposit-1");
        bytes32 second = _approved(MILLION, "deposit-2");
        vm.prank(CONFIRMER);
        mints.confirmMint(first, MILLION, HASH);
        _refused(
            CONFIRMER,
            address(mints),
            _confirmCall(second, MILLION, HASH),
            abi.encodeWithSelector(IMintGuard.XrplHashUsed.selector, HASH, first)
        );
        _refused(
            CONFIRMER,
            address(mints),
            _confirmCall(second, MILLION, 0),
            abi.encodeWithSelector(IMintGuard.ZeroXrplHash.selector)
        );
    }

    function test_theorem9_the_same_request_with_another_expiry_is_the_same_request() public {
        bytes32 id = _request(MILLION, "deposit-1");
        uint64 expiry = mints.requestOf(id).expiry;
        vm.warp(block.timestamp + 30 minutes);
        _pause();
        _refused(
            REQUESTER,
            address(mints),
            _requestCall(MILLION, "deposit-1"),
            abi.encodeWithSelector(IMintGuard.AlreadyRequested.selector, id, IMintGuard.MintState.Held)
        );
        vm.assertEq(mints.requestOf(id).expiry, expiry);
        vm.assertEq(mints.totals(asset).held, MILLION);
    }

    function test_theorem9_a_bank_reference_backs_one_mint_at_a_time() public {
        bytes32 id = _request(MILLION, "deposit-1");
        _refused(
            REQUESTER,
            address(mints),
            _requestCall(MILLION + 1, "deposit-1"),
            abi.encodeWithSelector(IMintGuard.BankReferenceUsed.selector, bytes32("deposit-1"), id)
        );
        vm.prank(REQUESTER);
        mints.cancelMint(id, 0);
        vm.assertEq(mints.requestOfBankReference("deposit-1"), 0);
        _request(MILLION + 1, "deposit-1");
    }

    function test_what_is_incomplete_or_out_of_range_is_refused() public {
        address target = address(mints);
        uint256 latest = block.timestamp + mints.MAX_REQUEST_LIFETIME();
        uint64 now_ = uint64(block.timestamp);
        _refused(REQUESTER, target, _requestCall(0, "d"), abi.encodeWithSelector(IMintGuard.ZeroAmount.selector));
        uint256 limit = type(uint128).max;
        _refused(
            REQUESTER,
            target,
            _requestCall(limit + 1, "d"),
            abi.encodeWithSelector(IMintGuard.AmountTooLarge.selector, limit + 1, limit)
        );
        _refused(REQUESTER, target, _requestCall(1, 0), abi.encodeWithSelector(IMintGuard.ZeroBankReference.selector));
        uint64[2] memory expiries = [now_, uint64(latest + 1)];
        for (uint256 i = 0; i < 2; ++i) {
            _refused(
                REQUESTER,
                target,
                abi.encodeCall(IMintGuard.requestMint, (asset, treasury, 1, "d", expiries[i])),
                abi.encodeWithSelector(IMintGuard.ExpiryOutOfRange.selector, expiries[i], now_ + 1, latest)
            );
        }
        _refused(
            REQUESTER,
            target,
            abi.encodeCall(IMintGuard.requestMint, ("unlisted", treasury, 1, "d", _soon())),
            abi.encodeWithSelector(IMintGuard.UnknownAsset.selector, bytes32("unlisted"))
        );
        _refused(
            REQUESTER,
            target,
            abi.encodeCall(IMintGuard.requestMint, (asset, "stranger", 1, "d", _soon())),
            abi.encodeWithSelector(IMintGuard.NotWhitelisted.selector, bytes32("stranger"))
        );
    }

    function test_theorem8_the_destination_is_checked_at_every_step() public {
        vm.startPrank(REQUESTER);
        bytes32 held = mints.requestMint(asset, customer, MILLION, "deposit-1", _soon());
        bytes32 approved = mints.requestMint(asset, customer, MILLION, "deposit-2", _soon());
        vm.stopPrank();
        vm.prank(APPROVER);
        mints.approveMint(approved);
        vm.prank(COMPLIANCE);
        compliance.blockCustomer("kyc-1", "case");
        bytes memory refusal = abi.encodeWithSelector(IMintGuard.NotWhitelisted.selector, customer);
        _refused(APPROVER, address(mints), _approveCall(held), refusal);
        _requireNotExecutable(approved, refusal);
        _refused(
            REQUESTER,
            address(mints),
            abi.encodeCall(IMintGuard.requestMint, (asset, customer, 1, "deposit-3", _soon())),
            refusal
        );
    }

    function test_an_expired_request_is_neither_approved_nor_executed() public {
        bytes32 held = _request(MILLION, "deposit-1");
        bytes32 approved = _approved(MILLION, "deposit-2");
        uint64 expiry = mints.requestOf(held).expiry;
        vm.warp(expiry);
        (bool executable,) = mints.isExecutable(approved);
        vm.assertTrue(executable);
        vm.warp(expiry + 1);
        _refused(
            APPROVER,
            address(mints),
            _approveCall(held),
            abi.encodeWithSelector(IMintGuard.RequestExpired.selector, held, expiry)
        );
        _requireNotExecutable(approved, abi.encodeWithSelector(IMintGuard.RequestExpired.selector, approved, expiry));
        vm.assertEq(mints.totals(asset).held, 2 * MILLION);
    }

    function test_the_approver_can_move_an_expiry_later_only() public {
        bytes32 id = _approved(MILLION, "deposit-1");
        uint64 expiry = mints.requestOf(id).expiry;
        vm.warp(expiry + 1);
        bytes memory call = abi.encodeCall(IMintGuard.extendMint, (id, expiry));
        _refused(
            APPROVER,
            address(mints),
            call,
            abi.encodeWithSelector(IMintGuard.ExpiryNotLater.selector, id, expiry, expiry)
        );
        call = abi.encodeCall(IMintGuard.extendMint, (id, expiry + 60));
        _refused(
            REQUESTER,
            address(mints),
            call,
            abi.encodeWithSelector(IGuarded.Unauthorized.selector, REQUESTER, Roles.APPROVER)
        );
        vm.expectEmit(address(mints));
        emit IMintGuard.MintExtended(id, expiry, expiry + 60, APPROVER);
        vm.prank(APPROVER);
        mints.extendMint(id, expiry + 60);
        (bool executable,) = mints.isExecutable(id);
        vm.assertTrue(executable);
        bytes32 done = _confirmed(1, "deposit-2");
        _refused(
            APPROVER,
            address(mints),
            abi.encodeCall(IMintGuard.extendMint, (done, expiry + 60)),
            _wrong(done, IMintGuard.MintState.Held)
        );
    }

    function test_facts_are_recorded_after_expiry_block_shortfall_and_while_paused() public {
        vm.prank(REQUESTER);
        bytes32 id = mints.requestMint(asset, customer, MILLION, "deposit-1", _soon());
        vm.prank(APPROVER);
        mints.approveMint(id);
        vm.prank(COMPLIANCE);
        compliance.blockCustomer("kyc-1", "case");
        _attest(asset, 0, 0);
        _pause();
        vm.warp(block.timestamp + 10 days);
        vm.prank(CONFIRMER);
        mints.confirmMint(id, MILLION, HASH);
        vm.assertEq(mints.supplyOf(asset), MILLION);
    }

    function test_theorem7_while_paused_nothing_is_requested_approved_extended_or_executed() public {
        bytes32 held = _request(MILLION, "deposit-1");
        bytes32 approved = _approved(MILLION, "deposit-2");
        _pause();
        bytes memory paused = abi.encodeWithSelector(IGuarded.SystemPaused.selector, 1);
        _refused(REQUESTER, address(mints), _requestCall(1, "deposit-3"), paused);
        _refused(APPROVER, address(mints), _approveCall(held), paused);
        _refused(APPROVER, address(mints), abi.encodeCall(IMintGuard.extendMint, (held, _soon() + 9)), paused);
        _requireNotExecutable(approved, paused);
        vm.prank(CONFIRMER);
        mints.cancelMint(approved, 0);
        vm.prank(REQUESTER);
        mints.cancelMint(held, 0);
        vm.assertEq(mints.totals(asset).held, 0);
    }

    function test_cancelling_an_approved_mint_is_for_the_confirmer_and_a_held_one_for_the_others() public {
        bytes32 held = _request(MILLION, "deposit-1");
        bytes32 approved = _approved(MILLION, "deposit-2");
        address[2] memory proposers = [REQUESTER, APPROVER];
        for (uint256 i = 0; i < 2; ++i) {
            _refused(
                proposers[i],
                address(mints),
                abi.encodeCall(IMintGuard.cancelMint, (approved, HASH)),
                abi.encodeWithSelector(IGuarded.Unauthorized.selector, proposers[i], Roles.CONFIRMER)
            );
        }
        _refused(
            CONFIRMER,
            address(mints),
            abi.encodeCall(IMintGuard.cancelMint, (held, HASH)),
            abi.encodeWithSelector(IGuarded.Unauthorized.selector, CONFIRMER, Roles.REQUESTER)
        );
        vm.expectEmit(address(mints));
        emit IMintGuard.MintCancelled(approved, asset, MILLION, HASH, CONFIRMER);
        vm.prank(CONFIRMER);
        mints.cancelMint(approved, HASH);
    }

    function test_theorem5_who_changed_role_does_not_act_twice_on_one_mint() public {
        bytes32 held = _request(MILLION, "deposit-1");
        bytes32 approved = _approved(MILLION, "deposit-2");
        vm.startPrank(ADMIN);
        guard.revokeRole(Roles.REQUESTER, REQUESTER);
        guard.grantRole(Roles.APPROVER, REQUESTER);
        guard.revokeRole(Roles.APPROVER, APPROVER);
        guard.grantRole(Roles.CONFIRMER, APPROVER);
        vm.stopPrank();
        _refused(
            REQUESTER,
            address(mints),
            _approveCall(held),
            abi.encodeWithSelector(IMintGuard.SameAddress.selector, held, REQUESTER)
        );
        _refused(
            REQUESTER,
            address(mints),
            abi.encodeCall(IMintGuard.extendMint, (held, _soon() + 60)),
            abi.encodeWithSelector(IMintGuard.SameAddress.selector, held, REQUESTER)
        );
        _refused(
            APPROVER,
            address(mints),
            _confirmCall(approved, MILLION, HASH),
            abi.encodeWithSelector(IMintGuard.SameAddress.selector, approved, APPROVER)
        );
        vm.startPrank(ADMIN);
        guard.revokeRole(Roles.APPROVER, REQUESTER);
        guard.grantRole(Roles.CONFIRMER, REQUESTER);
        vm.stopPrank();
        _refused(
            REQUESTER,
            address(mints),
            _confirmCall(approved, MILLION, HASH),
            abi.encodeWithSelector(IMintGuard.SameAddress.selector, approved, REQUESTER)
        );
    }

    function testFuzz_theorem5_each_step_is_for_its_role_alone(uint256 seed, address stranger) public {
        Caller[] memory callers = _callers(stranger);
        Caller memory caller = callers[seed % callers.length];
        bytes32 held = _request(MILLION, "deposit-1");
        bytes32 approved = _approved(MILLION, "deposit-2");
        _onlyFor(Roles.REQUESTER, caller, _requestCall(1, "deposit-3"));
        _onlyFor(Roles.APPROVER, caller, _approveCall(held));
        _onlyFor(Roles.APPROVER, caller, abi.encodeCall(IMintGuard.extendMint, (held, _soon() + 60)));
        _onlyFor(Roles.CONFIRMER, caller, _confirmCall(approved, MILLION, HASH));
        _onlyFor(Roles.CONFIRMER, caller, abi.encodeCall(IMintGuard.cancelMint, (approved, 0)));
        _onlyFor(Roles.ADMIN, caller, abi.encodeCall(IMintGuard.delistAsset, (asset)));
        _onlyFor(
            Roles.ADMIN, caller, abi.encodeCall(IMintGuard.setLimits, (IMintGuard.AssetLimits(asset, CAP, BURST, RATE)))
        );
    }

    struct Caller {
        bytes32 role;
        address account;
    }

    function _callers(address stranger) internal view returns (Caller[] memory callers) {
        bytes32[] memory roles = guard.roles();
        callers = new Caller[](roles.length + 1);
        for (uint256 i = 0; i < roles.length; ++i) {
            callers[i] = Caller(roles[i], guard.holdersOf(roles[i])[0]);
        }
        callers[roles.length] = Caller(guard.roleOf(stranger), stranger);
    }

    function _onlyFor(bytes32 role, Caller memory caller, bytes memory call) internal {
        if (caller.role == role) return;
        _refused(
            caller.account,
            address(mints),
            call,
            abi.encodeWithSelector(IGuarded.Unauthorized.selector, caller.account, role)
        );
    }
}
