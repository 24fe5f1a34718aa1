// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMintGuard} from "../../src/interfaces/IMintGuard.sol";
import {ControlPlane} from "../base/ControlPlane.sol";

/// @dev Limits and the rate (theorem 6), listing (theorem 13), and that the views say what the calls do.
contract MintGuardLimitsTest is ControlPlane {
    struct Hold {
        bytes32 id;
        uint256 time;
        uint256 amount;
        bool cancelled;
    }

    uint128 internal constant SMALL_BURST = 1000;
    uint128 internal constant SMALL_RATE = 3;

    Hold[] internal holds;

    function _setLimits(uint128 cap, uint128 burst, uint128 rate) internal {
        vm.prank(ADMIN);
        mints.setLimits(IMintGuard.AssetLimits(asset, cap, burst, rate));
    }

    function _rateRefused(uint256 amount, uint256 available) internal {
        _refused(
            REQUESTER,
            address(mints),
            abi.encodeCall(IMintGuard.requestMint, (asset, treasury, amount, "too much", _soon())),
            abi.encodeWithSelector(IMintGuard.RateExceeded.selector, asset, amount, available)
        );
    }

    function test_theorem6_the_burst_is_refilled_by_the_second() public {
        _setLimits(CAP, SMALL_BURST, SMALL_RATE);
        _request(SMALL_BURST, "deposit-1");
        _rateRefused(1, 0);
        vm.warp(block.timestamp + 100);
        vm.assertEq(mints.rateAvailable(asset), 300);
        _rateRefused(301, 300);
        _request(300, "deposit-2");
        vm.warp(block.timestamp + 10 days);
        _attest(asset, RESERVES, 0);
        vm.assertEq(mints.rateAvailable(asset), SMALL_BURST);
        vm.assertEq(mints.headroom(asset), SMALL_BURST);
    }

    function test_theorem6_cancelling_gives_back_what_was_not_refilled_since() public {
        _setLimits(CAP, SMALL_BURST, SMALL_RATE);
        bytes32 id = _request(SMALL_BURST, "deposit-1");
        vm.warp(block.timestamp + 100);
        vm.prank(REQUESTER);
        mints.cancelMint(id, 0);
        vm.assertEq(mints.rateAvailable(asset), SMALL_BURST);

        id = _request(SMALL_BURST, "deposit-2");
        vm.warp(block.timestamp + 1000);
        _request(SMALL_BURST, "deposit-3");
        vm.prank(REQUESTER);
        mints.cancelMint(id, 0);
        vm.assertEq(mints.rateAvailable(asset), 0);
    }

    function test_theorem6_a_change_of_limits_gives_nothing_back() public {
        _setLimits(CAP, SMALL_BURST, SMALL_RATE);
        bytes32 id = _request(SMALL_BURST, "deposit-1");
        _setLimits(CAP, SMALL_BURST, 0);
        vm.prank(REQUESTER);
        mints.cancelMint(id, 0);
        vm.assertEq(mints.rateAvailable(asset), 0);
        vm.assertEq(mints.totals(asset).held, 0);
    }

    function test_theorem6_a_raised_burst_is_not_filled_at_once_and_a_lowered_one_cuts() public {
        _setLimits(CAP, SMALL_BURST, SMALL_RATE);
        vm.assertEq(mints.rateAvailable(asset), SMALL_BURST);
        _setLimits(CAP, 2 * SMALL_BURST, SMALL_RATE);
        vm.assertEq(mints.rateAvailable(asset), SMALL_BURST);
        _setLimits(CAP, 10, SMALL_RATE);
        vm.assertEq(mints.rateAvailable(asset), 10);
    }

    /// @dev Any order of requests, cancellations and pauses between them; every window that ends now is checked.
    function testFuzz_theorem6_no_window_holds_more_than_burst_and_rate(uint256[24] memory seeds) public {
        _setLimits(CAP, SMALL_BURST, SMALL_RATE);
        for (uint256 i = 0; i < seeds.length; ++i) {
            vm.warp(block.timestamp + ((seeds[i] >> 8) % 400));
            if (seeds[i] % 3 == 0 && holds.length > 0) _cancel((seeds[i] >> 32) % holds.length);
            else _hold((seeds[i] >> 32) % (SMALL_BURST + 1), i);
            _requireWindows();
        }
    }

    function _hold(uint256 wish, uint256 salt) internal {
        uint256 available = mints.rateAvailable(asset);
        uint256 amount = wish < available ? wish : available;
        if (amount == 0) return;
        holds.push(Hold(_request(amount, keccak256(abi.encode(salt))), block.timestamp, amount, false));
    }

    function _cancel(uint256 index) internal {
        Hold storage hold = holds[index];
        if (hold.cancelled) return;
        hold.cancelled = true;
        vm.prank(REQUESTER);
        mints.cancelMint(hold.id, 0);
    }

    function _requireWindows() internal view {
        uint256 sum;
        for (uint256 i = holds.length; i > 0; --i) {
            Hold storage hold = holds[i - 1];
            if (!hold.cancelled) sum += hold.amount;
            vm.assertLe(sum, SMALL_BURST + SMALL_RATE * (block.timestamp - hold.time));
        }
    }

    function testFuzz_theorem1_a_hold_never_passes_cap_or_reserves(
        uint64 cap,
        uint64 total,
        uint64 encumbered,
        uint64 first,
        uint64 second
    ) public {
        _setLimits(cap, type(uint64).max, 0);
        _attest(asset, total, encumbered);
        uint256 capacity = total > encumbered ? total - encumbered : 0;
        uint256 ceiling = cap < capacity ? cap : capacity;
        _try(first, "deposit-1");
        _try(second, "deposit-2");
        vm.assertLe(mints.totals(asset).held, ceiling);
    }

    function _try(uint256 amount, bytes32 bankReference) internal {
        vm.prank(REQUESTER);
        try mints.requestMint(asset, treasury, amount, bankReference, _soon()) {} catch {}
    }

    /// @dev What `canMint` answers is what `requestMint` does, whatever the arguments and the state.
    function testFuzz_can_mint_says_what_request_mint_does(
        uint256 amount,
        uint8 assetSeed,
        uint8 destinationSeed,
        uint8 referenceSeed,
        uint64 expiry,
        uint8 stateSeed
    ) public {
        _request(1e6, "used");
        if (stateSeed % 4 == 1) _pause();
        if (stateSeed % 4 == 2) vm.warp(START + 2 days);
        if (stateSeed % 4 == 3) _setLimits(5e6, 2e6, 1);
        amount = amount % 3 == 0 ? _bound(amount, 0, 6e6) : _bound(amount, 0, 2 * RESERVES);
        if (expiry % 4 != 0) expiry = uint64(block.timestamp + (expiry % 31 days));
        bytes32 which = [asset, otherAsset, bytes32("unlisted")][assetSeed % 3];
        bytes32 destination = [treasury, customer, bytes32("stranger")][destinationSeed % 3];
        bytes32 bankReference = [bytes32("used"), bytes32("fresh"), bytes32(0)][referenceSeed % 3];
        (bool allowed, bytes memory refusal) = mints.canMint(which, destination, amount, bankReference, expiry);
        vm.prank(REQUESTER);
        (bool done, bytes memory answer) = address(mints)
            .call(abi.encodeCall(IMintGuard.requestMint, (which, destination, amount, bankReference, expiry)));
        vm.assertEq(done, allowed);
        if (!done) vm.assertEq(answer, refusal);
        else vm.assertEq(refusal, "");
    }

    function test_theorem11_assets_share_neither_reserves_nor_limits() public {
        vm.assertEq(mints.headroom(otherAsset), 0);
        _refused(
            REQUESTER,
            address(mints),
            abi.encodeCall(IMintGuard.requestMint, (otherAsset, treasury, 1, "deposit-1", _soon())),
            abi.encodeWithSelector(IMintGuard.ReserveCapacityExceeded.selector, otherAsset, 1, 0)
        );
        _attest(otherAsset, 10, 0);
        vm.assertEq(mints.headroom(otherAsset), 10);
        _request(BURST, "deposit-1");
        vm.assertEq(mints.headroom(otherAsset), 10);
    }

    function test_theorem13_assets_are_bounded_and_can_be_removed_when_unused() public {
        bytes32 id = _confirmed(1e6, "deposit-1");
        vm.assertTrue(_state(id) == IMintGuard.MintState.Confirmed);
        vm.prank(BURN_RECORDER);
        bytes32 burn = mints.recordBurn(0, asset, 1e6, "burn", IMintGuard.BurnReason.Clawback);
        bytes memory delist = abi.encodeCall(IMintGuard.delistAsset, (asset));
        _refused(
            ADMIN, address(mints), delist, abi.encodeWithSelector(IMintGuard.AssetInUse.selector, asset, 1e6, 0, 1)
        );
        vm.prank(BURN_ATTESTER);
        mints.attestBurn(burn);
        vm.expectEmit(address(mints));
        emit IMintGuard.AssetDelisted(asset);
        vm.prank(ADMIN);
        mints.delistAsset(asset);
        vm.assertEq(mints.assets().length, 1);
        vm.assertEq(mints.limits(asset).asset, 0);
        vm.assertEq(mints.totals(asset).confirmed, 1e6);
        _refused(ADMIN, address(mints), delist, abi.encodeWithSelector(IMintGuard.UnknownAsset.selector, asset));
        vm.startPrank(ADMIN);
        for (uint256 i = 1; i < mints.MAX_ASSETS(); ++i) {
            mints.setLimits(IMintGuard.AssetLimits(bytes32(i), 1, 1, 1));
        }
        vm.stopPrank();
        _refused(
            ADMIN,
            address(mints),
            abi.encodeCall(IMintGuard.setLimits, (IMintGuard.AssetLimits(asset, 1, 1, 1))),
            abi.encodeWithSelector(IMintGuard.TooManyAssets.selector, 16)
        );
        _refused(
            ADMIN,
            address(mints),
            abi.encodeCall(IMintGuard.setLimits, (IMintGuard.AssetLimits(0, 1, 1, 1))),
            abi.encodeWithSelector(IMintGuard.ZeroAsset.selector)
        );
    }

    function test_limits_are_read_as_they_were_set() public {
        vm.expectEmit(address(mints));
        emit IMintGuard.LimitsSet(asset, 7, 8, 9);
        _setLimits(7, 8, 9);
        IMintGuard.AssetLimits memory set = mints.limits(asset);
        vm.assertEq(set.asset, asset);
        vm.assertEq(set.globalCap, 7);
        vm.assertEq(set.burst, 8);
        vm.assertEq(set.ratePerSecond, 9);
    }
}
