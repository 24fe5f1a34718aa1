// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGuarded} from "../../src/interfaces/IGuarded.sol";
import {IMintGuard} from "../../src/interfaces/IMintGuard.sol";
import {Roles} from "../../src/lib/Roles.sol";
import {ControlPlane} from "../base/ControlPlane.sol";

/// @dev Burns: theorem 3.
contract MintGuardBurnsTest is ControlPlane {
    uint256 internal constant MILLION = 1_000_000e6;
    bytes32 internal constant REDEMPTION_ID = "redemption-1";
    bytes32 internal constant HASH = keccak256("burn");

    IMintGuard.BurnReason internal constant REDEMPTION = IMintGuard.BurnReason.Redemption;
    IMintGuard.BurnReason internal constant CLAWBACK = IMintGuard.BurnReason.Clawback;

    function setUp() public override {
        super.setUp();
        _confirmed(MILLION, "deposit-1");
    }

    function _record(bytes32 redemptionId, uint256 amount, bytes32 hash, IMintGuard.BurnReason reason)
        internal
        returns (bytes32)
    {
        vm.prank(BURN_RECORDER);
        return mints.recordBurn(redemptionId, asset, amount, hash, reason);
    }

    function _recordCall(bytes32 redemptionId, uint256 amount, bytes32 hash, IMintGuard.BurnReason reason)
        internal
        view
        returns (bytes memory)
    {
        return abi.encodeCall(IMintGuard.recordBurn, (redemptionId, asset, amount, hash, reason));
    }

    function test_theorem3_a_burn_counts_once_attested_by_the_second_role() public {
        bytes32 id = mints.burnId(REDEMPTION_ID, asset, 20_000e6, HASH, REDEMPTION);
        vm.expectEmit(address(mints));
        emit IMintGuard.BurnRecorded(id, asset, REDEMPTION_ID, 20_000e6, HASH, REDEMPTION, BURN_RECORDER);
        vm.assertEq(_record(REDEMPTION_ID, 20_000e6, HASH, REDEMPTION), id);
        vm.assertEq(mints.totals(asset).burned, 0);
        vm.assertEq(mints.burnOfRedemption(REDEMPTION_ID), id);

        vm.expectEmit(address(mints));
        emit IMintGuard.BurnAttested(id, asset, 20_000e6, BURN_ATTESTER);
        vm.prank(BURN_ATTESTER);
        mints.attestBurn(id);
        IMintGuard.Totals memory totals = mints.totals(asset);
        vm.assertEq(totals.confirmed, MILLION);
        vm.assertEq(totals.burned, 20_000e6);
        vm.assertEq(totals.supply, MILLION - 20_000e6);
        IMintGuard.Burn memory burn = mints.burnOf(id);
        vm.assertTrue(burn.state == IMintGuard.BurnState.Attested);
        vm.assertEq(burn.proposer, BURN_RECORDER);
        vm.assertEq(burn.attester, BURN_ATTESTER);
        _refused(
            BURN_ATTESTER,
            address(mints),
            abi.encodeCall(IMintGuard.attestBurn, (id)),
            abi.encodeWithSelector(
                IMintGuard.WrongBurnState.selector, id, IMintGuard.BurnState.Attested, IMintGuard.BurnState.Proposed
            )
        );
    }

    function test_theorem3_a_redemption_is_named_and_nothing_else_is() public {
        _refused(
            BURN_RECORDER,
            address(mints),
            _recordCall(0, 1, HASH, REDEMPTION),
            abi.encodeWithSelector(IMintGuard.RedemptionIdMissing.selector)
        );
        for (uint8 i = 1; i <= uint8(type(IMintGuard.BurnReason).max); ++i) {
            IMintGuard.BurnReason reason = IMintGuard.BurnReason(i);
            _refused(
                BURN_RECORDER,
                address(mints),
                _recordCall(REDEMPTION_ID, 1, HASH, reason),
                abi.encodeWithSelector(IMintGuard.RedemptionIdUnexpected.selector, reason, REDEMPTION_ID)
            );
            _record(0, 1, keccak256(abi.encode(i)), reason);
        }
    }

    function test_theorem3_a_redemption_and_a_transaction_are_burned_once() public {
        bytes32 id = _record(REDEMPTION_ID, 5e6, HASH, REDEMPTION);
        address target = address(mints);
        _refused(
            BURN_RECORDER,
            target,
            _recordCall(REDEMPTION_ID, 5e6, HASH, REDEMPTION),
            abi.encodeWithSelector(IMintGuard.AlreadyRecorded.selector, id, IMintGuard.BurnState.Proposed)
        );
        _refused(
            BURN_RECORDER,
            target,
            _recordCall(REDEMPTION_ID, 5e6, "other hash", REDEMPTION),
            abi.encodeWithSelector(IMintGuard.RedemptionUsed.selector, REDEMPTION_ID, id)
        );
        _refused(
            BURN_RECORDER,
            target,
            _recordCall("redemption-2", 5e6, HASH, REDEMPTION),
            abi.encodeWithSelector(IMintGuard.XrplHashUsed.selector, HASH, id)
        );
    }

    function test_theorem3_the_transaction_of_a_mint_is_no_burn_nor_the_other_way_round() public {
        bytes32 minted = keccak256(abi.encode("xrpl", bytes32("deposit-1")));
        bytes32 mintId = mints.usedBy(minted);
        _refused(
            BURN_RECORDER,
            address(mints),
            _recordCall(0, 1, minted, CLAWBACK),
            abi.encodeWithSelector(IMintGuard.XrplHashUsed.selector, minted, mintId)
        );
        bytes32 burnId = _record(0, 1, HASH, CLAWBACK);
        bytes32 approved = _approved(MILLION, "deposit-2");
        _refused(
            CONFIRMER,
            address(mints),
            abi.encodeCall(IMintGuard.confirmMint, (approved, MILLION, HASH)),
            abi.encodeWithSelector(IMintGuard.XrplHashUsed.selector, HASH, burnId)
        );
    }

    function test_theorem3_a_withdrawn_proposal_frees_its_names() public {
        bytes32 id = _record(REDEMPTION_ID, 5e6, HASH, REDEMPTION);
        vm.expectEmit(address(mints));
        emit IMintGuard.BurnWithdrawn(id, asset, 5e6, BURN_ATTESTER);
        vm.prank(BURN_ATTESTER);
        mints.withdrawBurn(id);
        vm.assertEq(mints.usedBy(HASH), 0);
        vm.assertEq(mints.burnOfRedemption(REDEMPTION_ID), 0);
        _refused(
            BURN_ATTESTER,
            address(mints),
            abi.encodeCall(IMintGuard.attestBurn, (id)),
            abi.encodeWithSelector(IMintGuard.UnknownBurn.selector, id)
        );
        bytes32 right = _record(REDEMPTION_ID, 6e6, HASH, REDEMPTION);
        vm.prank(BURN_ATTESTER);
        mints.attestBurn(right);
        _refused(
            BURN_RECORDER,
            address(mints),
            abi.encodeCall(IMintGuard.withdrawBurn, (right)),
            abi.encodeWithSelector(
                IMintGuard.WrongBurnState.selector, right, IMintGuard.BurnState.Attested, IMintGuard.BurnState.Proposed
            )
        );
    }

    function test_theorem3_no_more_is_burned_than_there_is() public {
        bytes32 id = _record(0, MILLION + 1, HASH, CLAWBACK);
        _refused(
            BURN_ATTESTER,
            address(mints),
            abi.encodeCall(IMintGuard.attestBurn, (id)),
            abi.encodeWithSelector(IMintGuard.BurnExceedsSupply.selector, asset, MILLION + 1, MILLION)
        );
        _refused(
            BURN_RECORDER,
            address(mints),
            _recordCall(0, 0, "h", CLAWBACK),
            abi.encodeWithSelector(IMintGuard.ZeroAmount.selector)
        );
        _refused(
            BURN_RECORDER,
            address(mints),
            _recordCall(0, 1, 0, CLAWBACK),
            abi.encodeWithSelector(IMintGuard.ZeroXrplHash.selector)
        );
        _refused(
            BURN_RECORDER,
            address(mints),
            abi.encodeCall(IMintGuard.recordBurn, (0, "unlisted", 1, HASH, CLAWBACK)),
            abi.encodeWithSelector(IMintGuard.UnknownAsset.selector, bytes32("unlisted"))
        );
    }

    function test_theorem7_a_burn_is_a_fact_and_goes_through_while_paused() public {
        _pause();
        bytes32 id = _record(0, 1e6, HASH, CLAWBACK);
        vm.prank(BURN_ATTESTER);
        mints.attestBurn(id);
        vm.assertEq(mints.supplyOf(asset), MILLION - 1e6);
    }

    function test_theorem5_who_changed_role_does_not_attest_his_own_proposal() public {
        bytes32 id = _record(0, 1e6, HASH, CLAWBACK);
        vm.startPrank(ADMIN);
        guard.revokeRole(Roles.BURN_RECORDER, BURN_RECORDER);
        guard.grantRole(Roles.BURN_ATTESTER, BURN_RECORDER);
        vm.stopPrank();
        _refused(
            BURN_RECORDER,
            address(mints),
            abi.encodeCall(IMintGuard.attestBurn, (id)),
            abi.encodeWithSelector(IMintGuard.SameAddress.selector, id, BURN_RECORDER)
        );
    }

    function testFuzz_theorem5_recording_and_attesting_are_two_roles(uint256 seed, address stranger) public {
        bytes32[] memory roles = guard.roles();
        uint256 pick = seed % (roles.length + 1);
        address caller = pick == roles.length ? stranger : guard.holdersOf(roles[pick])[0];
        bytes32 role = guard.roleOf(caller);
        bytes32 id = _record(0, 1e6, HASH, CLAWBACK);
        if (role != Roles.BURN_RECORDER) {
            _refused(
                caller,
                address(mints),
                _recordCall(0, 1, "h", CLAWBACK),
                abi.encodeWithSelector(IGuarded.Unauthorized.selector, caller, Roles.BURN_RECORDER)
            );
        }
        if (role != Roles.BURN_ATTESTER) {
            _refused(
                caller,
                address(mints),
                abi.encodeCall(IMintGuard.attestBurn, (id)),
                abi.encodeWithSelector(IGuarded.Unauthorized.selector, caller, Roles.BURN_ATTESTER)
            );
        }
        if (role != Roles.BURN_RECORDER && role != Roles.BURN_ATTESTER) {
            _refused(
                caller,
                address(mints),
                abi.encodeCall(IMintGuard.withdrawBurn, (id)),
                abi.encodeWithSelector(IGuarded.Unauthorized.selector, caller, Roles.BURN_RECORDER)
            );
        }
    }
}
