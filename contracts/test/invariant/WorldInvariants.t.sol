// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IComplianceRegistry} from "../../src/interfaces/IComplianceRegistry.sol";
import {IMembershipRegistry} from "../../src/interfaces/IMembershipRegistry.sol";
import {IMintGuard} from "../../src/interfaces/IMintGuard.sol";
import {IReserveRegistry} from "../../src/interfaces/IReserveRegistry.sol";
import {ISystemGuard} from "../../src/interfaces/ISystemGuard.sol";
import {Cheats} from "../base/Cheats.sol";
import {Books} from "./Books.sol";
import {World} from "./World.sol";

/// @dev Theorems 1 to 9, 11 and 12 over any order of steps in all five contracts, judged from their events alone (the
/// books revert at an event that a theorem forbids, and a step that reverts fails the run), and that those events tell
/// an indexer all that the contracts know.
contract WorldInvariants is Cheats {
    World internal world;

    function setUp() public {
        world = new World();
        world.setUp();
        _target(address(world));
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[32] memory steps = _steps();
        bytes4[] memory selectors = new bytes4[](steps.length);
        for (uint256 i = 0; i < steps.length; ++i) {
            selectors[i] = steps[i];
        }
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(world), selectors);
    }

    /// @dev What the others need more often stands here more than once.
    function _steps() internal pure returns (bytes4[32] memory) {
        return [
            World.request.selector,
            World.request.selector,
            World.request.selector,
            World.approve.selector,
            World.approve.selector,
            World.approve.selector,
            World.confirm.selector,
            World.confirm.selector,
            World.confirm.selector,
            World.cancel.selector,
            World.cancel.selector,
            World.extend.selector,
            World.recordBurn.selector,
            World.attestBurn.selector,
            World.withdrawBurn.selector,
            World.attest.selector,
            World.attest.selector,
            World.relist.selector,
            World.setCap.selector,
            World.pause.selector,
            World.unpause.selector,
            World.admit.selector,
            World.admit.selector,
            World.exclude.selector,
            World.askUnblock.selector,
            World.unblock.selector,
            World.member.selector,
            World.member.selector,
            World.wait.selector,
            World.turn.selector,
            World.blink.selector,
            World.renounce.selector
        ];
    }

    /// forge-config: default.invariant.runs = 16
    /// forge-config: default.invariant.depth = 250
    function invariant_theorems_hold_at_every_event_and_an_indexer_knows_all() public view {
        Books books = world.books();
        _requireSamePeople(books);
        _requireSameAssets(books);
        _requireSameRecords(books);
    }

    function _requireSamePeople(Books books) internal view {
        (ISystemGuard guard, IComplianceRegistry compliance,,, IMembershipRegistry members) = world.contracts();
        bytes32[] memory roles = guard.roles();
        for (uint256 i = 0; i < roles.length; ++i) {
            address[] memory holders = guard.holdersOf(roles[i]);
            vm.assertEq(holders.length, books.holders(roles[i]), "theorem 5: holders");
            for (uint256 j = 0; j < holders.length; ++j) {
                vm.assertEq(guard.roleOf(holders[j]), roles[i], "theorem 5: one address, one role");
                vm.assertEq(books.roleOf(holders[j]), roles[i], "theorem 5: role");
                vm.assertTrue(holders[j] != guard.deployer(), "theorem 5: the deployer holds a role");
            }
        }
        ISystemGuard.PauseState memory state = guard.pauseState();
        vm.assertEq(state.paused, books.paused(), "theorem 7: paused");
        if (state.paused) vm.assertEq(state.approvals, books.agreed(), "theorem 7: approvals");
        (, bytes32[8] memory accounts, bytes32[4] memory kyc) = world.names();
        for (uint256 i = 0; i < accounts.length; ++i) {
            vm.assertEq(compliance.isWhitelisted(accounts[i]), books.whitelisted(accounts[i]), "theorem 8: whitelisted");
            (bytes32 owner, bool inUse) = compliance.customerOfAccount(accounts[i]);
            vm.assertEq(owner, books.kycOf(accounts[i]), "theorem 8: customer");
            vm.assertEq(inUse, books.inUse(accounts[i]), "theorem 8: in use");
            bool isMember = books.nftokenOf(accounts[i]) != 0 && books.whitelisted(accounts[i]);
            vm.assertEq(members.isMember(accounts[i]), isMember, "member");
        }
        for (uint256 i = 0; i < kyc.length; ++i) {
            IComplianceRegistry.Customer memory customer = compliance.customerOf(kyc[i]);
            Books.Customer memory known = books.customer(kyc[i]);
            vm.assertTrue(customer.tier == known.tier && customer.expiry == known.expiry, "theorem 8: tier, expiry");
            vm.assertEq(customer.accounts, known.accounts, "theorem 8: accounts");
            vm.assertEq(compliance.unblockRequestOf(kyc[i]).executableFrom, known.unblockFrom, "theorem 8: unblock");
        }
    }

    function _requireSameAssets(Books books) internal view {
        (,, IReserveRegistry reserves, IMintGuard mints,) = world.contracts();
        (bytes32[2] memory assets,,) = world.names();
        for (uint256 i = 0; i < assets.length; ++i) {
            Books.Asset memory known = books.assetOf(assets[i]);
            IMintGuard.Totals memory totals = mints.totals(assets[i]);
            vm.assertEq(totals.confirmed, known.confirmed, "confirmed");
            vm.assertEq(totals.held, known.held, "held");
            vm.assertEq(totals.burned, known.burned, "burned");
            vm.assertEq(mints.limits(assets[i]).globalCap, known.cap, "cap");
            vm.assertEq(reserves.attestationOf(assets[i]).shortfall, known.shortfall, "theorem 12: shortfall");
            vm.assertEq(reserves.nextNonce(assets[i]), known.nonce + 1, "theorem 4: nonce");
            uint256 capacity = books.capacity(assets[i]);
            vm.assertEq(reserves.maxAllowedSupply(assets[i]), capacity, "theorems 4, 11, 12: capacity");
            uint256 ceiling = known.cap < capacity ? known.cap : capacity;
            uint256 committed = known.confirmed - known.burned + known.held;
            uint256 room = ceiling > committed ? ceiling - committed : 0;
            vm.assertLe(mints.headroom(assets[i]), room, "theorem 1: headroom");
        }
    }

    function _requireSameRecords(Books books) internal view {
        (,,, IMintGuard mints,) = world.contracts();
        (bytes32[] memory mintIds, bytes32[] memory burnIds) = world.ids();
        for (uint256 i = 0; i < mintIds.length; ++i) {
            IMintGuard.MintRequest memory mint = mints.requestOf(mintIds[i]);
            Books.Mint memory known = books.mintOf(mintIds[i]);
            vm.assertTrue(mint.state == known.state && mint.expiry == known.expiry, "theorem 2: state, expiry");
            vm.assertEq(mint.requester, known.requester);
            vm.assertEq(mint.approver, known.approver);
            vm.assertEq(mint.xrplTxHash, known.xrplTxHash, "theorem 2: hash");
            vm.assertEq(mints.usedBy(mint.xrplTxHash), books.usedBy(mint.xrplTxHash), "theorem 2: used by");
            vm.assertEq(
                mintIds[i],
                mints.mintId(known.asset, known.destination, known.amount, known.bankReference),
                "theorem 9: the id names it all"
            );
            (bool executable,) = mints.isExecutable(mintIds[i]);
            vm.assertEq(executable, _executable(books, known), "theorems 1, 4, 7, 8: executable");
        }
        for (uint256 i = 0; i < burnIds.length; ++i) {
            IMintGuard.Burn memory burn = mints.burnOf(burnIds[i]);
            Books.Burn memory known = books.burnOf(burnIds[i]);
            vm.assertTrue(burn.state == known.state && burn.amount == known.amount, "theorem 3: state, amount");
            bytes32 redemption = known.redemptionId;
            vm.assertEq(mints.burnOfRedemption(redemption), books.burnOfRedemption(redemption), "theorem 3: redemption");
        }
    }

    function _executable(Books books, Books.Mint memory mint) internal view returns (bool) {
        Books.Asset memory state = books.assetOf(mint.asset);
        uint256 committed = state.confirmed - state.burned + state.held;
        return mint.state == IMintGuard.MintState.Approved && !books.paused() && block.timestamp <= mint.expiry
            && books.whitelisted(mint.destination) && committed <= state.cap && committed <= books.capacity(mint.asset);
    }

    /// @dev A world in which a step is always refused would prove nothing about it.
    function test_every_kind_of_event_is_seen() public {
        bytes4[32] memory steps = _steps();
        for (uint256 i = 0; i < 2500; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            bytes memory arguments = abi.encode(seed >> 128, (seed >> 16) % 2 ** 64, seed % 2 ** 48);
            (bool gone, bytes memory why) = address(world).call(bytes.concat(steps[(seed >> 8) % 32], arguments));
            vm.assertEq(why, "");
            vm.assertTrue(gone);
        }
        bytes32[26] memory events = [
            ISystemGuard.RoleGranted.selector,
            ISystemGuard.RoleRevoked.selector,
            ISystemGuard.Paused.selector,
            ISystemGuard.UnpauseApproved.selector,
            ISystemGuard.Unpaused.selector,
            IComplianceRegistry.CustomerWhitelisted.selector,
            IComplianceRegistry.AccountAdded.selector,
            IComplianceRegistry.AccountRemoved.selector,
            IComplianceRegistry.CustomerRenewed.selector,
            IComplianceRegistry.CustomerBlocked.selector,
            IComplianceRegistry.UnblockRequested.selector,
            IComplianceRegistry.UnblockCancelled.selector,
            IComplianceRegistry.CustomerUnblocked.selector,
            IReserveRegistry.AttestationSubmitted.selector,
            IReserveRegistry.ReserveShortfall.selector,
            IReserveRegistry.ShortfallEnded.selector,
            IMintGuard.LimitsSet.selector,
            IMintGuard.MintRequested.selector,
            IMintGuard.MintApproved.selector,
            IMintGuard.MintExtended.selector,
            IMintGuard.MintConfirmed.selector,
            IMintGuard.MintCancelled.selector,
            IMintGuard.BurnRecorded.selector,
            IMintGuard.BurnAttested.selector,
            IMintGuard.BurnWithdrawn.selector,
            IMembershipRegistry.MembershipRevoked.selector
        ];
        // One bit for each event of the list that the run lacked.
        uint256 missing;
        for (uint256 i = 0; i < events.length; ++i) {
            if (world.books().seen(events[i]) < 2) missing |= 1 << i;
        }
        vm.assertEq(missing, 0);
    }
}
