// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMintGuard} from "../../src/interfaces/IMintGuard.sol";
import {IReserveRegistry} from "../../src/interfaces/IReserveRegistry.sol";
import {Roles} from "../../src/lib/Roles.sol";
import {ControlPlane} from "../base/ControlPlane.sol";

/// @dev Attacks on attestations (theorems 4, 11 and 12): out of order, replayed, by too few, near the largest numbers.
contract ReserveAttacksTest is ControlPlane {
    uint128 internal constant LARGEST = type(uint128).max;

    function _submitRefused(
        IReserveRegistry.ReserveReport memory report,
        bytes[] memory signatures,
        bytes memory refusal
    ) internal {
        _refused(
            reporters[0],
            address(reserves),
            abi.encodeCall(IReserveRegistry.submitAttestation, (report, signatures)),
            refusal
        );
    }

    function _submit(IReserveRegistry.ReserveReport memory report, bytes[] memory signatures) internal {
        vm.prank(reporters[2]);
        reserves.submitAttestation(report, signatures);
    }

    /// @dev Whatever dates come in whatever order, those accepted never run backwards, ahead of time or beyond the age.
    function testFuzz_theorem4_accepted_dates_only_run_forward(uint32[12] memory seeds) public {
        uint64 last = reserves.asOf(asset);
        for (uint256 i = 0; i < seeds.length; ++i) {
            vm.warp(block.timestamp + (seeds[i] % 7 == 0 ? seeds[i] % 2 days : 0));
            IReserveRegistry.ReserveReport memory report = _report(asset, RESERVES + i, 0);
            report.asOf = uint64(block.timestamp + 100 - ((seeds[i] >> 8) % 1.1 days));
            bytes[] memory signatures = _sign(report, 2);
            vm.prank(reporters[1]);
            (bool done,) =
                address(reserves).call(abi.encodeCall(IReserveRegistry.submitAttestation, (report, signatures)));
            bool fresh = report.asOf <= block.timestamp && block.timestamp - report.asOf <= MAX_AGE;
            vm.assertEq(done, fresh && report.asOf >= last);
            if (done) last = report.asOf;
            vm.assertEq(reserves.asOf(asset), last);
            vm.assertEq(reserves.maxAllowedSupply(asset) != 0, block.timestamp - last <= MAX_AGE);
        }
    }

    /// @dev Two quorums who disagree: the report that comes first stands, the other has to be signed again.
    function test_theorem4_of_two_reports_with_one_nonce_one_is_accepted() public {
        vm.warp(block.timestamp + 1);
        IReserveRegistry.ReserveReport memory high = _report(asset, 2 * RESERVES, 0);
        IReserveRegistry.ReserveReport memory low = _report(asset, RESERVES / 2, 0);
        bytes[] memory forHigh = _sign(high, 2);
        bytes[] memory forLow = _sign(low, 3);
        _submit(low, forLow);
        vm.assertEq(reserves.maxAllowedSupply(asset), RESERVES / 2);
        _submitRefused(high, forHigh, abi.encodeWithSelector(IReserveRegistry.WrongNonce.selector, asset, 2, 3));
        vm.assertEq(reserves.maxAllowedSupply(asset), RESERVES / 2);
    }

    /// @dev Signatures over different reports are no quorum for either.
    function test_theorem4_reporters_who_signed_different_reports_are_no_quorum() public {
        IReserveRegistry.ReserveReport memory mine = _report(asset, 2 * RESERVES, 0);
        IReserveRegistry.ReserveReport memory theirs = _report(asset, RESERVES / 2, 0);
        bytes[] memory signatures = _sign(mine, 2);
        signatures[1] = _signature(reporterKeys[1], reserves.hashReport(theirs));
        vm.prank(reporters[0]);
        (bool done, bytes memory answer) =
            address(reserves).call(abi.encodeCall(IReserveRegistry.submitAttestation, (mine, signatures)));
        vm.assertFalse(done);
        vm.assertEq(bytes32(bytes4(answer)), bytes32(IReserveRegistry.NotAReporter.selector));
    }

    function test_theorem4_a_report_of_one_asset_is_none_of_another() public {
        IReserveRegistry.ReserveReport memory report = _report(asset, RESERVES, 0);
        bytes[] memory signatures = _sign(report, 2);
        report.asset = otherAsset;
        report.nonce = reserves.nextNonce(otherAsset);
        vm.prank(reporters[0]);
        (bool done,) = address(reserves).call(abi.encodeCall(IReserveRegistry.submitAttestation, (report, signatures)));
        vm.assertFalse(done);
        vm.assertEq(reserves.maxAllowedSupply(otherAsset), 0);
    }

    /// @dev Nobody who signs with another role counts, nor a reporter who has since got another role.
    function test_theorem5_a_reporter_with_another_role_by_now_counts_no_more() public {
        IReserveRegistry.ReserveReport memory report = _report(asset, RESERVES, 0);
        bytes[] memory signatures = _sign(report, 2);
        vm.startPrank(ADMIN);
        guard.revokeRole(Roles.RESERVE_REPORTER, reporters[1]);
        guard.grantRole(Roles.APPROVER, reporters[1]);
        vm.stopPrank();
        _submitRefused(
            report, signatures, abi.encodeWithSelector(IReserveRegistry.NotAReporter.selector, 1, reporters[1])
        );
    }

    /// @dev The 64-byte form, a v of 0 or 1, an empty and an overlong signature, and one that recovers nobody.
    function test_theorem4_a_signature_has_one_form() public {
        IReserveRegistry.ReserveReport memory report = _report(asset, RESERVES, 0);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(reporterKeys[0], reserves.hashReport(report));
        bytes32 compact = bytes32(uint256(s) | (uint256(v - 27) << 255));
        bytes[6] memory forms = [
            abi.encodePacked(r, compact),
            abi.encodePacked(r, s, v - 27),
            bytes(""),
            abi.encodePacked(r, s, v, uint8(0)),
            abi.encodePacked(bytes32(0), s, v),
            new bytes(65)
        ];
        bytes[] memory signatures = _sign(report, 2);
        for (uint256 i = 0; i < forms.length; ++i) {
            signatures[1] = signatures[0];
            signatures[0] = forms[i];
            _submitRefused(report, signatures, abi.encodeWithSelector(IReserveRegistry.BadSignature.selector, 0));
            signatures[0] = signatures[1];
        }
    }

    function test_theorem13_more_signatures_than_reporters_are_not_looked_at() public {
        IReserveRegistry.ReserveReport memory report = _report(asset, RESERVES, 0);
        _submitRefused(
            report, new bytes[](17), abi.encodeWithSelector(IReserveRegistry.TooManySignatures.selector, 17, 16)
        );
    }

    function testFuzz_theorem11_figures_near_the_limit_are_neither_cut_nor_wrapped(uint256 total, uint256 encumbered)
        public
    {
        if (total % 4 != 0) total = LARGEST - (total % 3);
        if (encumbered % 4 != 0) encumbered = LARGEST - (encumbered % 3);
        IReserveRegistry.ReserveReport memory report = _report(asset, total, encumbered);
        bytes[] memory signatures = _sign(report, 2);
        if (total > LARGEST || encumbered > LARGEST) {
            uint256 figure = total > LARGEST ? total : encumbered;
            _submitRefused(
                report,
                signatures,
                abi.encodeWithSelector(IReserveRegistry.FigureTooLarge.selector, figure, uint256(LARGEST))
            );
            vm.assertEq(reserves.maxAllowedSupply(asset), RESERVES);
        } else {
            _submit(report, signatures);
            vm.assertEq(reserves.maxAllowedSupply(asset), total > encumbered ? total - encumbered : 0);
        }
    }

    /// @dev Taken off the list and put back, an asset starts without capacity; the last report's nonce and date still bind.
    function test_theorem4_a_relisted_asset_has_no_capacity_until_it_is_attested_again() public {
        IReserveRegistry.ReserveReport memory first = _report(asset, RESERVES, 0);
        bytes[] memory signatures = _sign(first, 2);
        _submit(first, signatures);
        vm.startPrank(ADMIN);
        reserves.delistReserveAsset(asset);
        vm.assertEq(reserves.totalReservesUsd(asset), 0);
        reserves.setMaxAge(asset, MAX_AGE);
        vm.stopPrank();
        vm.assertEq(reserves.maxAllowedSupply(asset), 0);
        vm.assertEq(mints.headroom(asset), 0);
        _submitRefused(first, signatures, abi.encodeWithSelector(IReserveRegistry.WrongNonce.selector, asset, 2, 3));
        IReserveRegistry.ReserveReport memory older = _report(asset, RESERVES, 0);
        older.asOf -= 1;
        bytes[] memory forOlder = _sign(older, 2);
        _submitRefused(
            older,
            forOlder,
            abi.encodeWithSelector(IReserveRegistry.NotNewer.selector, asset, older.asOf, older.asOf + 1)
        );
        _attest(asset, RESERVES, 0);
        vm.assertEq(reserves.maxAllowedSupply(asset), RESERVES);
    }

    /// @dev The boundary of a shortfall: a capacity equal to the supply is none, one less is, and only an attestation
    /// ends it, not a burn and not time.
    function test_theorem12_the_exact_unit_of_a_shortfall() public {
        bytes32 id = _confirmed(1_000_000e6, "deposit-1");
        vm.assertTrue(_state(id) == IMintGuard.MintState.Confirmed);
        _attest(asset, 1_000_000e6 + 5, 5);
        vm.assertEq(reserves.maxAllowedSupply(asset), 1_000_000e6);
        _attest(asset, 1_000_000e6 + 4, 5);
        vm.assertTrue(reserves.attestationOf(asset).shortfall);
        vm.assertEq(reserves.maxAllowedSupply(asset), 0);
        vm.prank(BURN_RECORDER);
        bytes32 burn = mints.recordBurn(0, asset, 2, "burn", IMintGuard.BurnReason.Clawback);
        vm.prank(BURN_ATTESTER);
        mints.attestBurn(burn);
        vm.assertEq(reserves.maxAllowedSupply(asset), 0);
        vm.warp(block.timestamp + 10);
        _attest(asset, 1_000_000e6 + 4, 5);
        vm.assertFalse(reserves.attestationOf(asset).shortfall);
        vm.assertEq(reserves.maxAllowedSupply(asset), 1_000_000e6 - 1);
    }

    /// @dev A shortened age takes capacity at once, whatever was attested under the longer one.
    function testFuzz_theorem4_a_shortened_age_takes_capacity_at_once(uint64 age, uint64 waited) public {
        age = uint64(_bound(age, 1, MAX_AGE));
        waited = uint64(_bound(waited, 0, MAX_AGE));
        vm.warp(START + waited);
        vm.assertEq(reserves.maxAllowedSupply(asset), RESERVES);
        vm.prank(ADMIN);
        reserves.setMaxAge(asset, age);
        vm.assertEq(reserves.maxAllowedSupply(asset), waited <= age ? RESERVES : 0);
    }
}
