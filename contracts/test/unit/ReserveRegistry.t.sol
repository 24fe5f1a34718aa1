// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MintGuard} from "../../src/MintGuard.sol";
import {ReserveRegistry} from "../../src/ReserveRegistry.sol";
import {IGuarded} from "../../src/interfaces/IGuarded.sol";
import {IMintGuard} from "../../src/interfaces/IMintGuard.sol";
import {IReserveRegistry} from "../../src/interfaces/IReserveRegistry.sol";
import {Roles} from "../../src/lib/Roles.sol";
import {ControlPlane} from "../base/ControlPlane.sol";

contract ReserveRegistryTest is ControlPlane {
    uint256 internal constant SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    function _submitCall(IReserveRegistry.ReserveReport memory report, bytes[] memory signatures)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IReserveRegistry.submitAttestation, (report, signatures));
    }

    /// @dev Signs the report with two reporters and requires that it is refused with `refusal`.
    function _refusedReport(IReserveRegistry.ReserveReport memory report, bytes memory refusal) internal {
        bytes[] memory signatures = _sign(report, 2);
        _refused(reporters[0], address(reserves), _submitCall(report, signatures), refusal);
    }

    function test_an_attestation_gives_capacity_net_of_encumbrances() public {
        vm.warp(block.timestamp + 60);
        IReserveRegistry.ReserveReport memory report = _report(asset, 5_000_000e6, 1_200_000e6);
        bytes[] memory signatures = _sign(report, 2);
        address[] memory signers = new address[](2);
        signers[0] = reporters[0];
        signers[1] = reporters[1];
        vm.expectEmit(address(reserves));
        emit IReserveRegistry.AttestationSubmitted(
            asset, 2, 5_000_000e6, 1_200_000e6, report.asOf, report.documentHash, signers
        );
        vm.prank(reporters[2]);
        reserves.submitAttestation(report, signatures);
        vm.assertEq(reserves.maxAllowedSupply(asset), 3_800_000e6);
        vm.assertEq(reserves.totalReservesUsd(asset), 5_000_000e6);
        vm.assertEq(reserves.asOf(asset), block.timestamp);
        vm.assertEq(reserves.nextNonce(asset), 3);
        vm.assertTrue(reserves.isFresh(asset));
    }

    function testFuzz_theorem11_capacity_is_net_and_per_asset(uint128 total, uint128 encumbered) public {
        _attest(otherAsset, total, encumbered);
        vm.assertEq(reserves.maxAllowedSupply(otherAsset), total > encumbered ? total - encumbered : 0);
        vm.assertEq(reserves.maxAllowedSupply(asset), RESERVES);
    }

    function test_theorem4_a_stale_attestation_gives_no_capacity() public {
        vm.warp(START + MAX_AGE);
        vm.assertEq(reserves.maxAllowedSupply(asset), RESERVES);
        vm.warp(START + MAX_AGE + 1);
        vm.assertEq(reserves.maxAllowedSupply(asset), 0);
        vm.assertFalse(reserves.isFresh(asset));
        vm.assertEq(reserves.totalReservesUsd(asset), RESERVES);
    }

    function testFuzz_theorem4_capacity_needs_a_fresh_attestation(uint64 age, uint64 maxAge) public {
        maxAge = uint64(_bound(maxAge, 1, reserves.LONGEST_MAX_AGE()));
        vm.prank(ADMIN);
        reserves.setMaxAge(asset, maxAge);
        uint256 passed = _bound(age, 0, 3 * uint256(maxAge));
        vm.warp(START + passed);
        vm.assertEq(reserves.maxAllowedSupply(asset), passed <= maxAge ? RESERVES : 0);
    }

    function test_theorem4_stale_future_and_older_reports_are_refused() public {
        vm.warp(START + 10);
        IReserveRegistry.ReserveReport memory report = _report(asset, RESERVES, 0);
        report.asOf = uint64(block.timestamp + 1);
        _refusedReport(
            report, abi.encodeWithSelector(IReserveRegistry.FutureReport.selector, asset, report.asOf, block.timestamp)
        );
        report.asOf = uint64(START - 1);
        _refusedReport(report, abi.encodeWithSelector(IReserveRegistry.NotNewer.selector, asset, START - 1, START));
        vm.warp(START + 2 * MAX_AGE);
        report.asOf = uint64(block.timestamp - MAX_AGE - 1);
        _refusedReport(
            report,
            abi.encodeWithSelector(IReserveRegistry.StaleReport.selector, asset, report.asOf, block.timestamp - MAX_AGE)
        );
    }

    function test_theorem4_a_maximum_age_of_zero_is_refused() public {
        uint256 longest = reserves.LONGEST_MAX_AGE();
        _refused(
            ADMIN,
            address(reserves),
            abi.encodeCall(IReserveRegistry.setMaxAge, (asset, 0)),
            abi.encodeWithSelector(IReserveRegistry.MaxAgeOutOfRange.selector, 0, 1, longest)
        );
        _refused(
            ADMIN,
            address(reserves),
            abi.encodeCall(IReserveRegistry.setMaxAge, (asset, uint64(longest + 1))),
            abi.encodeWithSelector(IReserveRegistry.MaxAgeOutOfRange.selector, longest + 1, 1, longest)
        );
    }

    function test_a_correction_of_the_same_moment_replaces_the_figures() public {
        _attest(asset, RESERVES - 1, 0);
        vm.assertEq(reserves.maxAllowedSupply(asset), RESERVES - 1);
    }

    function test_a_report_is_used_once() public {
        IReserveRegistry.ReserveReport memory report = _report(asset, RESERVES, 0);
        bytes[] memory signatures = _sign(report, 2);
        vm.prank(reporters[0]);
        reserves.submitAttestation(report, signatures);
        _refused(
            reporters[0],
            address(reserves),
            _submitCall(report, signatures),
            abi.encodeWithSelector(IReserveRegistry.WrongNonce.selector, asset, 2, 3)
        );
    }

    function test_a_quorum_of_distinct_reporters_signs() public {
        IReserveRegistry.ReserveReport memory report = _report(asset, RESERVES, 0);
        bytes[] memory one = _sign(report, 1);
        _refused(
            reporters[0],
            address(reserves),
            _submitCall(report, one),
            abi.encodeWithSelector(IReserveRegistry.TooFewReporters.selector, 1, 2)
        );
        bytes[] memory twice = _sign(report, 2);
        twice[1] = twice[0];
        _refused(
            reporters[0],
            address(reserves),
            _submitCall(report, twice),
            abi.encodeWithSelector(IReserveRegistry.DuplicateReporter.selector, reporters[0])
        );
        bytes[] memory strange = _sign(report, 2);
        strange[1] = _signature(0xBAD, reserves.hashReport(report));
        _refused(
            reporters[0],
            address(reserves),
            _submitCall(report, strange),
            abi.encodeWithSelector(IReserveRegistry.NotAReporter.selector, 1, vm.addr(0xBAD))
        );
        bytes[] memory many = new bytes[](17);
        _refused(
            reporters[0],
            address(reserves),
            _submitCall(report, many),
            abi.encodeWithSelector(IReserveRegistry.TooManySignatures.selector, 17, 16)
        );
    }

    function test_a_removed_reporter_does_not_count() public {
        IReserveRegistry.ReserveReport memory report = _report(asset, RESERVES, 0);
        bytes[] memory signatures = _sign(report, 2);
        vm.prank(ADMIN);
        guard.revokeRole(Roles.RESERVE_REPORTER, reporters[1]);
        _refused(
            reporters[0],
            address(reserves),
            _submitCall(report, signatures),
            abi.encodeWithSelector(IReserveRegistry.NotAReporter.selector, 1, reporters[1])
        );
    }

    function test_the_other_form_of_a_signature_is_refused() public {
        IReserveRegistry.ReserveReport memory report = _report(asset, RESERVES, 0);
        bytes[] memory signatures = _sign(report, 2);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(reporterKeys[1], reserves.hashReport(report));
        bytes memory badSignature = abi.encodeWithSelector(IReserveRegistry.BadSignature.selector, 1);
        bytes[4] memory others = [
            abi.encodePacked(r, bytes32(SECP256K1_ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27)),
            abi.encodePacked(r, s, v - 27),
            abi.encodePacked(r, s),
            bytes("")
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            signatures[1] = others[i];
            _refused(reporters[0], address(reserves), _submitCall(report, signatures), badSignature);
        }
    }

    function testFuzz_a_changed_report_is_not_the_signed_one(uint8 field, uint128 change) public {
        IReserveRegistry.ReserveReport memory report = _report(asset, RESERVES, 10e6);
        bytes[] memory signatures = _sign(report, 2);
        bytes32 digest = reserves.hashReport(report);
        uint256 delta = _bound(change, 1, 1e12);
        field = field % 4;
        if (field == 0) report.totalReserves += delta;
        else if (field == 1) report.encumbered += delta;
        else if (field == 2) report.documentHash = bytes32(uint256(report.documentHash) ^ delta);
        else report.asset = otherAsset;
        if (field == 3) report.nonce = reserves.nextNonce(otherAsset);
        vm.assertTrue(reserves.hashReport(report) != digest);
        vm.prank(reporters[0]);
        (bool accepted,) = address(reserves).call(_submitCall(report, signatures));
        vm.assertFalse(accepted);
    }

    function test_a_report_for_another_deployment_or_chain_is_refused() public {
        IReserveRegistry.ReserveReport memory report = _report(asset, RESERVES, 0);
        bytes32 here = reserves.hashReport(report);
        ReserveRegistry other = ReserveRegistry(
            _proxy(
                address(new ReserveRegistry()),
                abi.encodeCall(IReserveRegistry.initialize, (address(guard), 2, _terms()))
            )
        );
        vm.assertTrue(here != other.hashReport(report));
        vm.chainId(block.chainid + 1);
        vm.assertTrue(here != reserves.hashReport(report));
    }

    function test_the_digest_is_eip712() public view {
        IReserveRegistry.ReserveReport memory report = _report(asset, RESERVES, 7);
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("sovbank ReserveRegistry"),
                keccak256("1"),
                block.chainid,
                address(reserves)
            )
        );
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "ReserveReport(bytes32 asset,uint256 totalReserves,uint256 encumbered,uint64 asOf,uint64 nonce,bytes32 documentHash)"
                ),
                report
            )
        );
        vm.assertEq(reserves.hashReport(report), keccak256(abi.encodePacked(hex"1901", domain, structHash)));
    }

    function test_figures_and_documents_are_required_to_make_sense() public {
        IReserveRegistry.ReserveReport memory report = _report(asset, RESERVES, 0);
        uint256 limit = type(uint128).max;
        report.totalReserves = limit + 1;
        _refusedReport(report, abi.encodeWithSelector(IReserveRegistry.FigureTooLarge.selector, limit + 1, limit));
        report = _report(asset, RESERVES, limit + 1);
        _refusedReport(report, abi.encodeWithSelector(IReserveRegistry.FigureTooLarge.selector, limit + 1, limit));
        report = _report(asset, RESERVES, 0);
        report.documentHash = 0;
        _refusedReport(report, abi.encodeWithSelector(IReserveRegistry.ZeroDocumentHash.selector));
        report = _report("unlisted", RESERVES, 0);
        _refusedReport(
            report, abi.encodeWithSelector(IReserveRegistry.UnknownReserveAsset.selector, bytes32("unlisted"))
        );
    }

    function test_theorem12_a_shortfall_leaves_no_capacity_until_a_better_attestation() public {
        _confirmed(1_000_000e6, "deposit-1");
        vm.warp(block.timestamp + 60);
        IReserveRegistry.ReserveReport memory report = _report(asset, 1_000_000e6, 1);
        bytes[] memory signatures = _sign(report, 2);
        vm.expectEmit(address(reserves));
        emit IReserveRegistry.ReserveShortfall(asset, 2, 1_000_000e6 - 1, 1_000_000e6);
        vm.prank(reporters[0]);
        reserves.submitAttestation(report, signatures);
        vm.assertEq(reserves.maxAllowedSupply(asset), 0);
        vm.assertTrue(reserves.attestationOf(asset).shortfall);

        report = _report(asset, 1_000_000e6, 0);
        signatures = _sign(report, 2);
        vm.expectEmit(address(reserves));
        emit IReserveRegistry.ShortfallEnded(asset, 3, 1_000_000e6, 1_000_000e6);
        vm.prank(reporters[0]);
        reserves.submitAttestation(report, signatures);
        vm.assertEq(reserves.maxAllowedSupply(asset), 1_000_000e6);
    }

    function testFuzz_only_reporters_submit(address caller) public {
        vm.assume(!guard.hasRole(Roles.RESERVE_REPORTER, caller));
        IReserveRegistry.ReserveReport memory report = _report(asset, RESERVES, 0);
        bytes[] memory signatures = _sign(report, 2);
        _refused(
            caller,
            address(reserves),
            _submitCall(report, signatures),
            abi.encodeWithSelector(IGuarded.Unauthorized.selector, caller, Roles.RESERVE_REPORTER)
        );
    }

    function test_theorem7_an_attestation_is_a_fact_and_goes_through_while_paused() public {
        _pause();
        _attest(asset, 1e6, 0);
        vm.assertEq(reserves.maxAllowedSupply(asset), 1e6);
    }

    function test_only_the_deployer_links_and_only_once() public {
        address registry = address(reserves);
        bytes memory again = abi.encodeCall(IReserveRegistry.linkMintGuard, (address(mints)));
        _refused(
            DEPLOYER, registry, again, abi.encodeWithSelector(IReserveRegistry.AlreadyLinked.selector, address(mints))
        );
        ReserveRegistry implementation = new ReserveRegistry();
        vm.prank(DEPLOYER);
        ReserveRegistry fresh = ReserveRegistry(
            _proxy(address(implementation), abi.encodeCall(IReserveRegistry.initialize, (address(guard), 2, _terms())))
        );
        _refused(
            STRANGER, address(fresh), again, abi.encodeWithSelector(IReserveRegistry.NotTheDeployer.selector, STRANGER)
        );
        _refused(
            DEPLOYER,
            address(fresh),
            again,
            abi.encodeWithSelector(IReserveRegistry.LinkMismatch.selector, address(mints))
        );
        _refused(
            DEPLOYER,
            address(fresh),
            abi.encodeCall(IReserveRegistry.linkMintGuard, (STRANGER)),
            abi.encodeWithSelector(IGuarded.NotAContract.selector, STRANGER)
        );
        vm.assertEq(fresh.maxAllowedSupply(asset), 0);
        IReserveRegistry.ReserveReport memory report = _report(asset, RESERVES, 0);
        bytes[] memory signatures = new bytes[](2);
        _refused(
            reporters[0],
            address(fresh),
            _submitCall(report, signatures),
            abi.encodeWithSelector(IReserveRegistry.NotLinked.selector)
        );
    }

    function test_the_admin_lists_and_delists_within_bounds() public {
        vm.startPrank(ADMIN);
        reserves.delistReserveAsset(otherAsset);
        vm.assertEq(reserves.reserveAssets().length, 1);
        vm.assertEq(reserves.maxAgeOf(otherAsset), 0);
        for (uint256 i = 1; i < reserves.MAX_ASSETS(); ++i) {
            reserves.setMaxAge(bytes32(i), 60);
        }
        vm.stopPrank();
        _refused(
            ADMIN,
            address(reserves),
            abi.encodeCall(IReserveRegistry.setMaxAge, ("more", 60)),
            abi.encodeWithSelector(IReserveRegistry.TooManyReserveAssets.selector, 16)
        );
        _confirmed(1e6, "deposit-1");
        _refused(
            ADMIN,
            address(reserves),
            abi.encodeCall(IReserveRegistry.delistReserveAsset, (asset)),
            abi.encodeWithSelector(IReserveRegistry.ReserveAssetInUse.selector, asset, 1e6)
        );
        _refused(
            ADMIN,
            address(reserves),
            abi.encodeCall(IReserveRegistry.setMaxAge, (bytes32(0), 60)),
            abi.encodeWithSelector(IReserveRegistry.ZeroReserveAsset.selector)
        );
    }

    function test_a_delisted_asset_has_no_capacity() public {
        vm.prank(ADMIN);
        reserves.delistReserveAsset(asset);
        vm.assertEq(reserves.maxAllowedSupply(asset), 0);
        vm.assertEq(reserves.nextNonce(asset), 2);
    }

    function testFuzz_only_the_admin_sets_terms(address caller) public {
        vm.assume(caller != ADMIN);
        bytes memory unauthorized = abi.encodeWithSelector(IGuarded.Unauthorized.selector, caller, Roles.ADMIN);
        address registry = address(reserves);
        _refused(caller, registry, abi.encodeCall(IReserveRegistry.setMaxAge, (asset, 60)), unauthorized);
        _refused(caller, registry, abi.encodeCall(IReserveRegistry.setReporterQuorum, (1)), unauthorized);
        _refused(caller, registry, abi.encodeCall(IReserveRegistry.delistReserveAsset, (asset)), unauthorized);
    }

    function test_the_quorum_is_never_zero() public {
        _refused(
            ADMIN,
            address(reserves),
            abi.encodeCall(IReserveRegistry.setReporterQuorum, (0)),
            abi.encodeWithSelector(IReserveRegistry.ReporterQuorumOutOfRange.selector, 0, 1, 16)
        );
        vm.prank(ADMIN);
        reserves.setReporterQuorum(3);
        IReserveRegistry.ReserveReport memory report = _report(asset, RESERVES, 0);
        _refusedReport(report, abi.encodeWithSelector(IReserveRegistry.TooFewReporters.selector, 2, 3));
    }
}
