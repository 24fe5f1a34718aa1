// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMintGuard} from "../../src/interfaces/IMintGuard.sol";
import {Cheats} from "../base/Cheats.sol";
import {Handler} from "./Handler.sol";

/// @dev Theorems 1, 2, 3 and 7 over any order of steps.
contract MintInvariants is Cheats {
    Handler internal handler;

    function setUp() public {
        handler = new Handler();
        handler.setUp();
        _target(address(handler));
    }

    /// @dev The steps that the runner takes; everything else of the handler is for looking at it.
    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[] memory steps = new bytes4[](16);
        steps[0] = Handler.request.selector;
        steps[1] = Handler.request.selector;
        steps[2] = Handler.approve.selector;
        steps[3] = Handler.approve.selector;
        steps[4] = Handler.confirm.selector;
        steps[5] = Handler.confirm.selector;
        steps[6] = Handler.cancel.selector;
        steps[7] = Handler.recordBurn.selector;
        steps[8] = Handler.attestBurn.selector;
        steps[9] = Handler.withdrawBurn.selector;
        steps[10] = Handler.attest.selector;
        steps[11] = Handler.setCap.selector;
        steps[12] = Handler.pause.selector;
        steps[13] = Handler.unpause.selector;
        steps[14] = Handler.wait.selector;
        steps[15] = Handler.extend.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), steps);
    }

    /// @dev A handler whose every step is refused would prove nothing.
    function test_every_kind_of_step_goes_through() public {
        bytes4[] memory steps = this.targetSelectors()[0].selectors;
        for (uint256 i = 0; i < 600; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            bytes memory arguments = abi.encode(seed >> 128, (seed >> 16) % 2 ** 32, seed % 256);
            (bool gone,) = address(handler).call(bytes.concat(steps[(seed >> 8) % steps.length], arguments));
            vm.assertTrue(gone);
        }
        bytes32[8] memory kinds =
            [bytes32("request"), "approve", "extend", "confirm", "cancel", "recordBurn", "attestBurn", "withdrawBurn"];
        for (uint256 i = 0; i < kinds.length; ++i) {
            vm.assertTrue(handler.done(kinds[i]) > 2, string(abi.encodePacked(kinds[i])));
        }
    }

    function invariant_theorem1_no_hold_or_approval_passes_the_ceiling() public view {
        vm.assertFalse(handler.heldBeyondCeiling(), "a hold passed the cap or the reserves");
        vm.assertFalse(handler.approvedBeyondCeiling(), "an approval passed the cap or the reserves");
    }

    function invariant_theorem2_every_id_moves_forward_once() public view {
        vm.assertFalse(handler.wrongTransition(), "a state was entered from another than its predecessor");
        IMintGuard mints = handler.mintGuard();
        bytes32[] memory ids = handler.ids();
        for (uint256 i = 0; i < ids.length; ++i) {
            IMintGuard.MintRequest memory request = mints.requestOf(ids[i]);
            vm.assertTrue(request.state == handler.lastState(ids[i]), "a state changed without a step");
            bool isConfirmed = request.state == IMintGuard.MintState.Confirmed;
            vm.assertEq(handler.confirmations(ids[i]), isConfirmed ? 1 : 0);
            if (isConfirmed) vm.assertEq(mints.usedBy(request.xrplTxHash), ids[i]);
        }
    }

    function invariant_theorem2_and_3_an_xrpl_transaction_stands_for_one_thing() public view {
        vm.assertFalse(handler.hashUsedTwice(), "a transaction was used twice");
    }

    function invariant_totals_are_the_sums_of_their_parts() public view {
        IMintGuard mints = handler.mintGuard();
        IMintGuard.Totals memory totals = mints.totals(handler.assetKey());
        vm.assertEq(totals.held, handler.held());
        vm.assertEq(totals.confirmed, handler.confirmed());
        vm.assertEq(totals.burned, handler.burned());
        vm.assertEq(totals.supply, handler.confirmed() - handler.burned());
        (uint256 held, uint256 confirmed) = _sums(mints);
        vm.assertEq(totals.held, held);
        vm.assertEq(totals.confirmed, confirmed);
    }

    function invariant_theorem3_only_attested_burns_count() public view {
        IMintGuard mints = handler.mintGuard();
        uint256 burned;
        bytes32[] memory ids = handler.burnIds();
        for (uint256 i = 0; i < ids.length; ++i) {
            // An id that was withdrawn and recorded again stands twice in the list.
            bool seen;
            for (uint256 j = 0; j < i; ++j) {
                seen = seen || ids[j] == ids[i];
            }
            IMintGuard.Burn memory burn = mints.burnOf(ids[i]);
            if (!seen && burn.state == IMintGuard.BurnState.Attested) {
                burned += burn.amount;
                vm.assertTrue(burn.proposer != burn.attester);
            }
        }
        vm.assertEq(mints.totals(handler.assetKey()).burned, burned);
    }

    function invariant_theorem7_nothing_is_requested_or_approved_while_paused() public view {
        vm.assertFalse(handler.movedWhilePaused());
    }

    function _sums(IMintGuard mints) internal view returns (uint256 held, uint256 confirmed) {
        bytes32[] memory ids = handler.ids();
        for (uint256 i = 0; i < ids.length; ++i) {
            IMintGuard.MintRequest memory request = mints.requestOf(ids[i]);
            bool isHeld = request.state == IMintGuard.MintState.Held || request.state == IMintGuard.MintState.Approved;
            if (isHeld) held += request.amount;
            if (request.state == IMintGuard.MintState.Confirmed) confirmed += request.amount;
        }
    }
}
