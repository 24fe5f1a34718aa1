// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IComplianceRegistry} from "../../src/interfaces/IComplianceRegistry.sol";
import {IMintGuard} from "../../src/interfaces/IMintGuard.sol";
import {ControlPlane} from "../base/ControlPlane.sol";

/// @dev Attacks on holds, ids and burns (theorems 1, 2, 3, 6 and 9): the last second, the largest number, the second try.
contract MintAttacksTest is ControlPlane {
    uint128 internal constant LARGEST = type(uint128).max;
    bytes32 internal constant HASH = keccak256("payment");

    function _setLimits(bytes32 which, uint128 cap, uint128 burst, uint128 rate) internal {
        vm.prank(ADMIN);
        mints.setLimits(IMintGuard.AssetLimits(which, cap, burst, rate));
    }

    /// @dev A rate that stands in nobody's way: a bucket that was raised fills within a second.
    function _unhurried(uint128 cap) internal {
        _setLimits(asset, cap, LARGEST, LARGEST);
        vm.warp(block.timestamp + 1);
    }

    function _requestCall(uint256 amount, bytes32 bankReference) internal view returns (bytes memory) {
        return abi.encodeCall(IMintGuard.requestMint, (asset, treasury, amount, bankReference, _soon()));
    }

    function _burn(uint256 amount, bytes32 hash) internal {
        vm.prank(BURN_RECORDER);
        bytes32 id = mints.recordBurn(0, asset, amount, hash, IMintGuard.BurnReason.Clawback);
        vm.prank(BURN_ATTESTER);
        mints.attestBurn(id);
    }

    /// @dev Everything that was ever confirmed is counted in 128 bits. What could not be confirmed for want of room in
    /// that count is not held either, so that a fact can always be recorded.
    function test_theorem1_what_could_not_be_counted_is_never_held() public {
        _unhurried(LARGEST);
        _attest(asset, LARGEST, 0);
        _confirmed(LARGEST - 10, "deposit-1");
        _burn(LARGEST - 10, "burn-1");
        vm.warp(block.timestamp + 1);
        bytes memory refusal = abi.encodeWithSelector(IMintGuard.AmountTooLarge.selector, 11, 10);
        _refused(REQUESTER, address(mints), _requestCall(11, "deposit-2"), refusal);
        (bool allowed, bytes memory answer) = mints.canMint(asset, treasury, 11, "deposit-2", _soon());
        vm.assertFalse(allowed);
        vm.assertEq(answer, refusal);
        _request(4, "deposit-2");
        _refused(
            REQUESTER,
            address(mints),
            _requestCall(7, "deposit-3"),
            abi.encodeWithSelector(IMintGuard.AmountTooLarge.selector, 7, 6)
        );
        _confirmed(6, "deposit-3");
        vm.assertEq(mints.totals(asset).confirmed, LARGEST - 4);
        vm.assertEq(mints.supplyOf(asset), 6);
        _refused(
            REQUESTER,
            address(mints),
            _requestCall(1, "deposit-4"),
            abi.encodeWithSelector(IMintGuard.AmountTooLarge.selector, 1, 0)
        );
    }

    /// @dev Near the largest number, every accepted request can be approved, confirmed and burned, and nothing wraps.
    function testFuzz_theorem1_amounts_near_the_limit_neither_wrap_nor_get_stuck(uint128[6] memory seeds) public {
        _unhurried(LARGEST);
        _attest(asset, LARGEST, 0);
        uint256 confirmed;
        uint256 burned;
        for (uint256 i = 0; i < seeds.length; ++i) {
            uint256 amount = i % 2 == 0 ? LARGEST / 2 - (seeds[i] % 1000) : seeds[i];
            vm.prank(REQUESTER);
            (bool done,) = address(mints).call(_requestCall(amount, bytes32(i + 1)));
            if (done) {
                bytes32 id = mints.mintId(asset, treasury, amount, bytes32(i + 1));
                vm.prank(APPROVER);
                mints.approveMint(id);
                vm.prank(CONFIRMER);
                mints.confirmMint(id, amount, keccak256(abi.encode(i)));
                confirmed += amount;
                if (seeds[i] % 2 == 0) {
                    _burn(amount, keccak256(abi.encode("burn", i)));
                    burned += amount;
                }
            }
            vm.assertEq(mints.totals(asset).confirmed, confirmed);
            vm.assertEq(mints.supplyOf(asset), confirmed - burned);
            vm.assertLe(confirmed - burned, LARGEST);
            vm.warp(block.timestamp + 1);
        }
    }

    function testFuzz_theorem1_no_amount_beyond_128_bits_is_cut(uint256 amount) public {
        amount = _bound(amount, uint256(LARGEST) + 1, type(uint256).max);
        _unhurried(LARGEST);
        _attest(asset, LARGEST, 0);
        bytes memory refusal = abi.encodeWithSelector(IMintGuard.AmountTooLarge.selector, amount, LARGEST);
        _refused(REQUESTER, address(mints), _requestCall(amount, "deposit-1"), refusal);
        _refused(
            BURN_RECORDER,
            address(mints),
            abi.encodeCall(IMintGuard.recordBurn, (0, asset, amount, HASH, IMintGuard.BurnReason.Fee)),
            refusal
        );
        bytes32 id = _approved(1, "deposit-1");
        _refused(
            CONFIRMER,
            address(mints),
            abi.encodeCall(IMintGuard.confirmMint, (id, amount, HASH)),
            abi.encodeWithSelector(IMintGuard.AmountMismatch.selector, id, amount, 1)
        );
    }

    /// @dev To the unit: what fills the room is held, one more is not; a freed unit can be held again.
    function testFuzz_theorem1_the_ceiling_is_exact(uint64 capSeed, uint64 totalSeed, uint64 firstSeed) public {
        uint256 cap = _bound(capSeed, 2, 1e15);
        uint256 total = _bound(totalSeed, 2, 1e15);
        _unhurried(uint128(cap));
        _attest(asset, total, 0);
        uint256 ceiling = cap < total ? cap : total;
        uint256 first = _bound(firstSeed, 1, ceiling - 1);
        bytes32 id = _request(first, "deposit-1");
        bytes memory refusal = cap <= total
            ? abi.encodeWithSelector(IMintGuard.GlobalCapExceeded.selector, asset, ceiling + 1, cap)
            : abi.encodeWithSelector(IMintGuard.ReserveCapacityExceeded.selector, asset, ceiling + 1, total);
        _refused(REQUESTER, address(mints), _requestCall(ceiling - first + 1, "deposit-2"), refusal);
        _request(ceiling - first, "deposit-2");
        vm.assertEq(mints.headroom(asset), 0);
        vm.prank(REQUESTER);
        mints.cancelMint(id, 0);
        vm.assertEq(mints.totals(asset).held, ceiling - first);
        _request(first, "deposit-3");
    }

    /// @dev Reserves that fall under what is held stop approval, signature and request; confirming what was signed
    /// moves the amount from held to supply and makes no new room.
    function testFuzz_theorem1_fallen_reserves_make_no_room(uint256 dropSeed) public {
        bytes32 approved = _approved(3_000_000e6, "deposit-1");
        bytes32 held = _request(2_000_000e6, "deposit-2");
        uint256 capacity = _bound(dropSeed, 0, 5_000_000e6 - 1);
        vm.warp(block.timestamp + 1);
        _attest(asset, capacity, 0);
        (bool executable,) = mints.isExecutable(approved);
        vm.assertFalse(executable);
        bytes memory refusal =
            abi.encodeWithSelector(IMintGuard.ReserveCapacityExceeded.selector, asset, 5_000_000e6, capacity);
        _refused(APPROVER, address(mints), abi.encodeCall(IMintGuard.approveMint, (held)), refusal);
        vm.prank(CONFIRMER);
        mints.confirmMint(approved, 3_000_000e6, HASH);
        vm.assertEq(mints.totals(asset).supply, 3_000_000e6);
        vm.assertEq(mints.headroom(asset), 0);
        _refused(APPROVER, address(mints), abi.encodeCall(IMintGuard.approveMint, (held)), refusal);
        _refused(
            REQUESTER,
            address(mints),
            _requestCall(1, "deposit-3"),
            abi.encodeWithSelector(IMintGuard.ReserveCapacityExceeded.selector, asset, 5_000_000e6 + 1, capacity)
        );
    }

    /// @dev The last second of a request, of its whitelisting and of its attestation: in, and one second later out.
    function test_theorem2_the_exact_second_of_every_clock() public {
        uint64 expiry = uint64(block.timestamp + 10);
        vm.startPrank(REQUESTER);
        bytes32 first = mints.requestMint(asset, treasury, 1, "deposit-1", expiry);
        bytes32 second = mints.requestMint(asset, treasury, 1, "deposit-2", expiry);
        vm.stopPrank();
        vm.warp(expiry);
        vm.prank(APPROVER);
        mints.approveMint(first);
        (bool executable,) = mints.isExecutable(first);
        vm.assertTrue(executable);
        vm.warp(uint256(expiry) + 1);
        bytes memory expired = abi.encodeWithSelector(IMintGuard.RequestExpired.selector, second, expiry);
        _refused(APPROVER, address(mints), abi.encodeCall(IMintGuard.approveMint, (second)), expired);
        (executable,) = mints.isExecutable(first);
        vm.assertFalse(executable);
    }

    function test_theorem8_a_whitelisting_ends_at_its_second() public {
        uint64 until = uint64(block.timestamp + 100);
        bytes32 account = keccak256("short-lived");
        vm.prank(COMPLIANCE);
        compliance.whitelistCustomer("kyc-2", account, IComplianceRegistry.RiskTier.Low, until);
        vm.startPrank(REQUESTER);
        bytes32 first = mints.requestMint(asset, account, 1, "deposit-1", until + 100);
        bytes32 second = mints.requestMint(asset, account, 1, "deposit-2", until + 100);
        vm.stopPrank();
        vm.warp(until - 1);
        vm.prank(APPROVER);
        mints.approveMint(first);
        (bool executable,) = mints.isExecutable(first);
        vm.assertTrue(executable);
        vm.warp(until);
        bytes memory refusal = abi.encodeWithSelector(IMintGuard.NotWhitelisted.selector, account);
        _refused(APPROVER, address(mints), abi.encodeCall(IMintGuard.approveMint, (second)), refusal);
        bytes memory why;
        (executable, why) = mints.isExecutable(first);
        vm.assertFalse(executable);
        vm.assertEq(why, refusal);
    }

    function test_theorem4_an_attestation_ends_after_its_last_second() public {
        bytes32 id = _approved(1, "deposit-1");
        vm.prank(APPROVER);
        mints.extendMint(id, uint64(START + 10 days));
        vm.warp(START + MAX_AGE);
        (bool executable,) = mints.isExecutable(id);
        vm.assertTrue(executable);
        vm.warp(START + MAX_AGE + 1);
        bytes memory why;
        (executable, why) = mints.isExecutable(id);
        vm.assertFalse(executable);
        vm.assertEq(why, abi.encodeWithSelector(IMintGuard.ReserveCapacityExceeded.selector, asset, 1, 0));
    }

    /// @dev Signed before the pause, looked at during it, allowed again after it: the answer follows the pause.
    function test_theorem7_what_was_approved_before_a_pause_is_not_executable_during_it() public {
        bytes32 id = _approved(1, "deposit-1");
        _pause();
        (bool executable,) = mints.isExecutable(id);
        vm.assertFalse(executable);
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(guardians[i]);
            guard.unpause(1);
        }
        (executable,) = mints.isExecutable(id);
        vm.assertTrue(executable);
    }

    /// @dev Confirmed twice, with the same hash or another; confirmed after it was cancelled; cancelled after it was
    /// confirmed: refused by everybody, and totals stand still.
    function testFuzz_theorem2_final_is_final(bytes32 hash, bool cancelled) public {
        vm.assume(hash != 0);
        bytes32 id = _approved(1e6, "deposit-1");
        vm.prank(CONFIRMER);
        if (cancelled) mints.cancelMint(id, hash);
        else mints.confirmMint(id, 1e6, hash);
        IMintGuard.MintState state = _state(id);
        IMintGuard.Totals memory before = mints.totals(asset);
        bytes memory wrong =
            abi.encodeWithSelector(IMintGuard.WrongMintState.selector, id, state, IMintGuard.MintState.Approved);
        _refused(CONFIRMER, address(mints), abi.encodeCall(IMintGuard.confirmMint, (id, 1e6, hash)), wrong);
        _refused(CONFIRMER, address(mints), abi.encodeCall(IMintGuard.confirmMint, (id, 1e6, ~hash)), wrong);
        address[4] memory everybody = [REQUESTER, APPROVER, CONFIRMER, ADMIN];
        for (uint256 i = 0; i < 4; ++i) {
            vm.prank(everybody[i]);
            (bool done,) = address(mints).call(abi.encodeCall(IMintGuard.cancelMint, (id, 0)));
            vm.assertFalse(done);
            vm.prank(everybody[i]);
            (done,) =
                address(mints).call(abi.encodeCall(IMintGuard.extendMint, (id, uint64(block.timestamp + 2 hours))));
            vm.assertFalse(done);
        }
        IMintGuard.Totals memory totals = mints.totals(asset);
        vm.assertEq(abi.encode(totals), abi.encode(before));
        vm.assertEq(mints.requestOf(id).xrplTxHash, cancelled ? bytes32(0) : hash);
        vm.assertEq(mints.usedBy(hash), cancelled ? bytes32(0) : id);
    }

    /// @dev A cancelled id is never requested again, with any expiry, by any requester; its deposit backs another mint.
    function testFuzz_theorem9_a_cancelled_id_stays_cancelled(uint64 lifetime) public {
        bytes32 id = _request(1e6, "deposit-1");
        vm.prank(REQUESTER);
        mints.cancelMint(id, 0);
        uint64 expiry = uint64(block.timestamp + _bound(lifetime, 1, 30 days));
        _refused(
            REQUESTER,
            address(mints),
            abi.encodeCall(IMintGuard.requestMint, (asset, treasury, 1e6, "deposit-1", expiry)),
            abi.encodeWithSelector(IMintGuard.AlreadyRequested.selector, id, IMintGuard.MintState.Cancelled)
        );
        bytes32 other = _request(2e6, "deposit-1");
        vm.assertTrue(other != id);
        vm.assertEq(mints.requestOfBankReference("deposit-1"), other);
    }

    /// @dev One deposit never backs two mints at once: not of two assets, not of two destinations, not once confirmed.
    function test_theorem9_a_deposit_backs_one_mint_over_all_assets_and_destinations() public {
        _attest(otherAsset, RESERVES, 0);
        bytes32 id = _confirmed(1e6, "deposit-1");
        bytes memory used = abi.encodeWithSelector(IMintGuard.BankReferenceUsed.selector, bytes32("deposit-1"), id);
        _refused(
            REQUESTER,
            address(mints),
            abi.encodeCall(IMintGuard.requestMint, (otherAsset, treasury, 1e6, "deposit-1", _soon())),
            used
        );
        _refused(
            REQUESTER,
            address(mints),
            abi.encodeCall(IMintGuard.requestMint, (asset, customer, 1e6, "deposit-1", _soon())),
            used
        );
    }

    /// @dev The ids of two networks differ for the same issuer, currency, account, amount and deposit.
    function testFuzz_theorem10_an_id_binds_its_network(uint32 network, uint32 other, uint128 amount) public view {
        vm.assume(network != other);
        bytes32 here = mints.xrplNamespace(network);
        bytes32 there = mints.xrplNamespace(other);
        bytes20 issuer = bytes20(hex"11");
        bytes20 account = bytes20(hex"33");
        bytes32 first =
            mints.mintId(mints.assetKey(here, issuer, "FTHUSD"), mints.accountKey(here, account), amount, "deposit-1");
        bytes32 second = mints.mintId(
            mints.assetKey(there, issuer, "FTHUSD"), mints.accountKey(there, account), amount, "deposit-1"
        );
        vm.assertTrue(first != second);
    }

    /// @dev A mint's id is never a burn's, whatever their values.
    function testFuzz_theorem9_no_mint_id_is_a_burn_id(bytes32[4] memory words, uint256 amount, uint8 reason)
        public
        view
    {
        vm.assertTrue(
            mints.mintId(words[0], words[1], amount, words[2])
                != mints.burnId(words[3], words[0], amount, words[1], IMintGuard.BurnReason(reason % 4))
        );
    }

    /// @dev The same transaction under another redemption, asset, amount or reason is still the same transaction.
    function testFuzz_theorem3_one_transaction_is_one_burn(uint8 reason, uint128 amount, bool other) public {
        _confirmed(2e6, "deposit-1");
        vm.prank(BURN_RECORDER);
        bytes32 id = mints.recordBurn("redemption-1", asset, 1e6, HASH, IMintGuard.BurnReason.Redemption);
        if (amount % 2 == 0) {
            vm.prank(BURN_ATTESTER);
            mints.attestBurn(id);
        }
        IMintGuard.BurnReason why = IMintGuard.BurnReason(reason % 4);
        bytes32 redemption = why == IMintGuard.BurnReason.Redemption ? bytes32("redemption-2") : bytes32(0);
        amount = uint128(_bound(amount, 1, 1e6));
        _refused(
            BURN_RECORDER,
            address(mints),
            abi.encodeCall(IMintGuard.recordBurn, (redemption, other ? otherAsset : asset, amount, HASH, why)),
            abi.encodeWithSelector(IMintGuard.XrplHashUsed.selector, HASH, id)
        );
        _refused(
            BURN_RECORDER,
            address(mints),
            abi.encodeCall(
                IMintGuard.recordBurn,
                ("redemption-1", other ? otherAsset : asset, amount, "another", IMintGuard.BurnReason.Redemption)
            ),
            abi.encodeWithSelector(IMintGuard.RedemptionUsed.selector, bytes32("redemption-1"), id)
        );
    }

    /// @dev An attested burn is final: neither attested again, nor withdrawn, nor recorded again.
    function test_theorem3_an_attested_burn_is_final() public {
        _confirmed(2e6, "deposit-1");
        vm.prank(BURN_RECORDER);
        bytes32 id = mints.recordBurn("redemption-1", asset, 1e6, HASH, IMintGuard.BurnReason.Redemption);
        vm.prank(BURN_ATTESTER);
        mints.attestBurn(id);
        bytes memory wrong = abi.encodeWithSelector(
            IMintGuard.WrongBurnState.selector, id, IMintGuard.BurnState.Attested, IMintGuard.BurnState.Proposed
        );
        _refused(BURN_ATTESTER, address(mints), abi.encodeCall(IMintGuard.attestBurn, (id)), wrong);
        _refused(BURN_RECORDER, address(mints), abi.encodeCall(IMintGuard.withdrawBurn, (id)), wrong);
        _refused(
            BURN_RECORDER,
            address(mints),
            abi.encodeCall(IMintGuard.recordBurn, ("redemption-1", asset, 1e6, HASH, IMintGuard.BurnReason.Redemption)),
            abi.encodeWithSelector(IMintGuard.AlreadyRecorded.selector, id, IMintGuard.BurnState.Attested)
        );
        vm.assertEq(mints.supplyOf(asset), 1e6);
    }

    /// @dev Proposals that together pass the supply: each may be proposed, those beyond the supply are not attested.
    function testFuzz_theorem3_burns_never_pass_the_supply(uint64[5] memory amounts) public {
        _confirmed(1e15 / 1000, "deposit-1");
        uint256 supply = mints.supplyOf(asset);
        for (uint256 i = 0; i < amounts.length; ++i) {
            uint256 amount = _bound(amounts[i], 1, 4e11);
            vm.prank(BURN_RECORDER);
            bytes32 id = mints.recordBurn(0, asset, amount, bytes32(i + 1), IMintGuard.BurnReason.DirectPayment);
            if (amount > supply) {
                _refused(
                    BURN_ATTESTER,
                    address(mints),
                    abi.encodeCall(IMintGuard.attestBurn, (id)),
                    abi.encodeWithSelector(IMintGuard.BurnExceedsSupply.selector, asset, amount, supply)
                );
            } else {
                vm.prank(BURN_ATTESTER);
                mints.attestBurn(id);
                supply -= amount;
            }
            vm.assertEq(mints.supplyOf(asset), supply);
        }
    }

    function test_theorem3_a_reason_that_is_none_of_the_four_is_refused() public {
        bytes memory call = abi.encodeWithSelector(IMintGuard.recordBurn.selector, bytes32(0), asset, 1, HASH, 4);
        _refused(BURN_RECORDER, address(mints), call, "");
    }

    /// @dev No order of limits, requests and cancellations fills a bucket beyond burst, however large the numbers.
    function testFuzz_theorem6_the_largest_rates_do_not_wrap(uint128 burst, uint128 rate, uint32 time) public {
        _setLimits(asset, LARGEST, burst, rate);
        _attest(asset, LARGEST, 0);
        uint256 amount = mints.rateAvailable(asset);
        vm.assertEq(amount, BURST < burst ? BURST : burst);
        if (amount == 0) return;
        bytes32 id = _request(amount, "deposit-1");
        vm.assertEq(mints.rateAvailable(asset), 0);
        vm.warp(block.timestamp + time);
        uint256 refilled = uint256(rate) * time;
        vm.assertEq(mints.rateAvailable(asset), refilled < burst ? refilled : burst);
        vm.prank(REQUESTER);
        mints.cancelMint(id, 0);
        uint256 expected = refilled < amount ? amount : (refilled < burst ? refilled : burst);
        vm.assertEq(mints.rateAvailable(asset), expected);
    }
}
