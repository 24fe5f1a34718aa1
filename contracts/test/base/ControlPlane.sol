// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";

import {ComplianceRegistry} from "../../src/ComplianceRegistry.sol";
import {MembershipRegistry} from "../../src/MembershipRegistry.sol";
import {MintGuard} from "../../src/MintGuard.sol";
import {ReserveRegistry} from "../../src/ReserveRegistry.sol";
import {SystemGuard} from "../../src/SystemGuard.sol";
import {IComplianceRegistry} from "../../src/interfaces/IComplianceRegistry.sol";
import {IMintGuard} from "../../src/interfaces/IMintGuard.sol";
import {IReserveRegistry} from "../../src/interfaces/IReserveRegistry.sol";
import {ISystemGuard} from "../../src/interfaces/ISystemGuard.sol";
import {Roles} from "../../src/lib/Roles.sol";
import {Cheats} from "./Cheats.sol";

/// @dev A whole control plane, deployed as docs/control-plane.md says, with one asset, a treasury and a customer.
abstract contract ControlPlane is Cheats {
    uint256 internal constant START = 1_800_000_000;
    uint64 internal constant MAX_AGE = 1 days;
    uint128 internal constant CAP = 10_000_000e6;
    uint128 internal constant BURST = 5_000_000e6;
    uint128 internal constant RATE = 50e6;
    uint256 internal constant RESERVES = 8_000_000e6;

    address internal constant DEPLOYER = address(0xD0);
    address internal constant ADMIN = address(0xAD);
    address internal constant REQUESTER = address(0xE1);
    address internal constant APPROVER = address(0xE2);
    address internal constant CONFIRMER = address(0xE3);
    address internal constant BURN_RECORDER = address(0xE4);
    address internal constant BURN_ATTESTER = address(0xE5);
    address internal constant COMPLIANCE = address(0xE6);
    address internal constant MEMBERSHIP = address(0xE7);
    address internal constant STRANGER = address(0xBAD);

    bytes32 internal namespace;
    bytes32 internal asset;
    bytes32 internal otherAsset;
    bytes32 internal treasury;
    bytes32 internal customer;

    SystemGuard internal guard;
    ComplianceRegistry internal compliance;
    ReserveRegistry internal reserves;
    MintGuard internal mints;
    MembershipRegistry internal members;

    uint256[3] internal reporterKeys = [uint256(0xA11), 0xA12, 0xA13];
    address[3] internal reporters;
    address[3] internal guardians = [address(0xF1), address(0xF2), address(0xF3)];

    function setUp() public virtual {
        vm.warp(START);
        _deploy();
        _admit();
        _attest(asset, RESERVES, 0);
    }

    function _deploy() internal {
        for (uint256 i = 0; i < 3; ++i) {
            reporters[i] = vm.addr(reporterKeys[i]);
        }
        vm.startPrank(DEPLOYER);
        guard = SystemGuard(_proxy(address(new SystemGuard()), abi.encodeCall(ISystemGuard.initialize, (_grants(), 2))));
        compliance = ComplianceRegistry(
            _proxy(address(new ComplianceRegistry()), abi.encodeCall(IComplianceRegistry.initialize, (address(guard))))
        );
        namespace = keccak256(abi.encode(bytes32("xrpl"), uint256(21338)));
        asset = keccak256(abi.encodePacked(namespace, bytes20(hex"11"), bytes20("FTHUSD")));
        otherAsset = keccak256(abi.encodePacked(namespace, bytes20(hex"22"), bytes20("USDF")));
        treasury = keccak256(abi.encodePacked(namespace, bytes20(hex"33")));
        customer = keccak256(abi.encodePacked(namespace, bytes20(hex"44")));
        reserves = ReserveRegistry(
            _proxy(
                address(new ReserveRegistry()),
                abi.encodeCall(IReserveRegistry.initialize, (address(guard), 2, _terms()))
            )
        );
        mints = MintGuard(
            _proxy(
                address(new MintGuard()),
                abi.encodeCall(
                    IMintGuard.initialize, (address(guard), address(compliance), address(reserves), _limits())
                )
            )
        );
        members = MembershipRegistry(
            _proxy(
                address(new MembershipRegistry()),
                abi.encodeCall(MembershipRegistry.initialize, (address(guard), address(compliance)))
            )
        );
        reserves.linkMintGuard(address(mints));
        vm.stopPrank();
    }

    function _admit() internal {
        vm.prank(ADMIN);
        compliance.whitelistInternal("bank", treasury, uint64(block.timestamp + 365 days));
        vm.prank(COMPLIANCE);
        compliance.whitelistCustomer(
            "kyc-1", customer, IComplianceRegistry.RiskTier.Low, uint64(block.timestamp + 365 days)
        );
    }

    function _proxy(address implementation, bytes memory call) internal returns (address) {
        return address(new ERC1967Proxy(implementation, call));
    }

    function _grants() internal view returns (ISystemGuard.RoleGrant[] memory grants) {
        grants = new ISystemGuard.RoleGrant[](14);
        grants[0] = ISystemGuard.RoleGrant(Roles.ADMIN, ADMIN);
        grants[1] = ISystemGuard.RoleGrant(Roles.REQUESTER, REQUESTER);
        grants[2] = ISystemGuard.RoleGrant(Roles.APPROVER, APPROVER);
        grants[3] = ISystemGuard.RoleGrant(Roles.CONFIRMER, CONFIRMER);
        grants[4] = ISystemGuard.RoleGrant(Roles.BURN_RECORDER, BURN_RECORDER);
        grants[5] = ISystemGuard.RoleGrant(Roles.BURN_ATTESTER, BURN_ATTESTER);
        grants[6] = ISystemGuard.RoleGrant(Roles.COMPLIANCE, COMPLIANCE);
        grants[7] = ISystemGuard.RoleGrant(Roles.MEMBERSHIP, MEMBERSHIP);
        for (uint256 i = 0; i < 3; ++i) {
            grants[8 + i] = ISystemGuard.RoleGrant(Roles.RESERVE_REPORTER, reporters[i]);
            grants[11 + i] = ISystemGuard.RoleGrant(Roles.GUARDIAN, guardians[i]);
        }
    }

    function _terms() internal view returns (IReserveRegistry.AssetTerms[] memory terms) {
        terms = new IReserveRegistry.AssetTerms[](2);
        terms[0] = IReserveRegistry.AssetTerms(asset, MAX_AGE);
        terms[1] = IReserveRegistry.AssetTerms(otherAsset, MAX_AGE);
    }

    function _limits() internal view returns (IMintGuard.AssetLimits[] memory list) {
        list = new IMintGuard.AssetLimits[](2);
        list[0] = IMintGuard.AssetLimits(asset, CAP, BURST, RATE);
        list[1] = IMintGuard.AssetLimits(otherAsset, CAP, BURST, RATE);
    }

    /// @dev A report dated now that reporters 0 and 1 sign and reporter 0 submits.
    function _attest(bytes32 which, uint256 total, uint256 encumbered) internal {
        IReserveRegistry.ReserveReport memory report = _report(which, total, encumbered);
        bytes[] memory signatures = _sign(report, 2);
        vm.prank(reporters[0]);
        reserves.submitAttestation(report, signatures);
    }

    function _report(bytes32 which, uint256 total, uint256 encumbered)
        internal
        view
        returns (IReserveRegistry.ReserveReport memory)
    {
        return IReserveRegistry.ReserveReport({
            asset: which,
            totalReserves: total,
            encumbered: encumbered,
            asOf: uint64(block.timestamp),
            nonce: reserves.nextNonce(which),
            documentHash: keccak256("report")
        });
    }

    function _sign(IReserveRegistry.ReserveReport memory report, uint256 count)
        internal
        view
        returns (bytes[] memory signatures)
    {
        bytes32 digest = reserves.hashReport(report);
        signatures = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            signatures[i] = _signature(reporterKeys[i], digest);
        }
    }

    function _signature(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _soon() internal view returns (uint64) {
        return uint64(block.timestamp + 1 hours);
    }

    function _request(uint256 amount, bytes32 bankReference) internal returns (bytes32) {
        vm.prank(REQUESTER);
        return mints.requestMint(asset, treasury, amount, bankReference, _soon());
    }

    function _approved(uint256 amount, bytes32 bankReference) internal returns (bytes32 id) {
        id = _request(amount, bankReference);
        vm.prank(APPROVER);
        mints.approveMint(id);
    }

    function _confirmed(uint256 amount, bytes32 bankReference) internal returns (bytes32 id) {
        id = _approved(amount, bankReference);
        vm.prank(CONFIRMER);
        mints.confirmMint(id, amount, keccak256(abi.encode("xrpl", bankReference)));
    }

    function _pause() internal {
        vm.prank(guardians[0]);
        guard.pause("drill");
    }

    function _state(bytes32 id) internal view returns (IMintGuard.MintState) {
        return mints.requestOf(id).state;
    }
}
