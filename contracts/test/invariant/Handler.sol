// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMintGuard} from "../../src/interfaces/IMintGuard.sol";
import {ControlPlane} from "../base/ControlPlane.sol";

/// @dev Does at random what people do with the control plane, and keeps books of its own beside it.
contract Handler is ControlPlane {
    bytes32[] internal _ids;
    bytes32[] internal _burnIds;
    uint256 internal _salt;

    /// @dev Books: what must hold about each id and about the totals.
    mapping(bytes32 id => IMintGuard.MintState) public lastState;
    mapping(bytes32 id => uint256) public confirmations;
    mapping(bytes32 hash => uint256) internal _hashUses;
    uint256 public held;
    uint256 public confirmed;
    uint256 public burned;
    bool public heldBeyondCeiling;
    bool public approvedBeyondCeiling;
    bool public movedWhilePaused;
    bool public wrongTransition;
    bool public hashUsedTwice;

    /// @dev How often each kind of step went through, so that a run that does nothing is noticed.
    mapping(bytes32 step => uint256) public done;

    function ids() external view returns (bytes32[] memory) {
        return _ids;
    }

    function burnIds() external view returns (bytes32[] memory) {
        return _burnIds;
    }

    function mintGuard() external view returns (IMintGuard) {
        return mints;
    }

    function assetKey() external view returns (bytes32) {
        return asset;
    }

    function request(uint256 amount, uint256 lifetime) external {
        amount = _bound(amount, 1, 1_500_000e6);
        uint64 expiry = uint64(block.timestamp + _bound(lifetime, 1, 2 days));
        vm.prank(REQUESTER);
        try mints.requestMint(asset, treasury, amount, bytes32(++_salt), expiry) returns (bytes32 id) {
            _ids.push(id);
            held += amount;
            if (_committed() > _ceiling()) heldBeyondCeiling = true;
            if (guard.isPaused()) movedWhilePaused = true;
            _move(id, IMintGuard.MintState.None, IMintGuard.MintState.Held);
            ++done["request"];
        } catch {}
    }

    function approve(uint256 seed) external {
        bytes32 id = _pick(_ids, seed);
        vm.prank(APPROVER);
        try mints.approveMint(id) {
            if (_committed() > _ceiling()) approvedBeyondCeiling = true;
            if (guard.isPaused()) movedWhilePaused = true;
            _move(id, IMintGuard.MintState.Held, IMintGuard.MintState.Approved);
            ++done["approve"];
        } catch {}
    }

    function extend(uint256 seed, uint256 lifetime) external {
        bytes32 id = _pick(_ids, seed);
        uint64 expiry = uint64(block.timestamp + _bound(lifetime, 1, 20 days));
        vm.prank(APPROVER);
        try mints.extendMint(id, expiry) {
            if (guard.isPaused()) movedWhilePaused = true;
            ++done["extend"];
        } catch {}
    }

    /// @dev Sometimes with another amount, sometimes with a hash that was used before.
    function confirm(uint256 seed, uint256 hashSeed, uint8 amountSeed) external {
        bool rightAmount = amountSeed % 8 != 0;
        bytes32 id = _pick(_ids, seed);
        uint256 amount = mints.requestOf(id).amount;
        bytes32 hash = _hash(hashSeed);
        vm.prank(CONFIRMER);
        try mints.confirmMint(id, rightAmount ? amount : amount + 1, hash) {
            held -= amount;
            confirmed += amount;
            ++confirmations[id];
            _use(hash);
            if (!rightAmount) wrongTransition = true;
            _move(id, IMintGuard.MintState.Approved, IMintGuard.MintState.Confirmed);
            ++done["confirm"];
        } catch {}
    }

    function cancel(uint256 seed, uint256 whoSeed) external {
        bytes32 id = _pick(_ids, seed);
        uint256 amount = mints.requestOf(id).amount;
        IMintGuard.MintState before = _state(id);
        address who = [REQUESTER, APPROVER, CONFIRMER][whoSeed % 3];
        vm.prank(who);
        try mints.cancelMint(id, 0) {
            held -= amount;
            if (before == IMintGuard.MintState.Approved && who != CONFIRMER) wrongTransition = true;
            _move(id, before, IMintGuard.MintState.Cancelled);
            if (before != IMintGuard.MintState.Held && before != IMintGuard.MintState.Approved) wrongTransition = true;
            ++done["cancel"];
        } catch {}
    }

    function recordBurn(uint256 amount, uint256 hashSeed, uint8 reasonSeed) external {
        IMintGuard.BurnReason reason = IMintGuard.BurnReason(reasonSeed % 4);
        bytes32 redemptionId = reason == IMintGuard.BurnReason.Redemption ? bytes32(1 + (hashSeed % 50)) : bytes32(0);
        bytes32 hash = _hash(hashSeed);
        amount = _bound(amount, 1, 2_000_000e6);
        vm.prank(BURN_RECORDER);
        try mints.recordBurn(redemptionId, asset, amount, hash, reason) returns (bytes32 id) {
            _burnIds.push(id);
            _use(hash);
            ++done["recordBurn"];
        } catch {}
    }

    function attestBurn(uint256 seed) external {
        bytes32 id = _pick(_burnIds, seed);
        uint256 amount = mints.burnOf(id).amount;
        vm.prank(BURN_ATTESTER);
        try mints.attestBurn(id) {
            burned += amount;
            ++done["attestBurn"];
        } catch {}
    }

    function withdrawBurn(uint256 seed) external {
        bytes32 id = _pick(_burnIds, seed);
        bytes32 hash = mints.burnOf(id).xrplTxHash;
        vm.prank(BURN_ATTESTER);
        try mints.withdrawBurn(id) {
            --_hashUses[hash];
            ++done["withdrawBurn"];
        } catch {}
    }

    function attest(uint256 total, uint256 encumbered) external {
        _attest(asset, _bound(total, RESERVES / 4, 4 * RESERVES), _bound(encumbered, 0, RESERVES / 4));
        ++done["attest"];
    }

    function setCap(uint256 cap, uint256 burst) external {
        vm.prank(ADMIN);
        mints.setLimits(
            IMintGuard.AssetLimits(
                asset, uint128(_bound(cap, CAP / 4, 4 * CAP)), uint128(_bound(burst, BURST / 4, BURST)), 20 * RATE
            )
        );
    }

    /// @dev Seldom, or nothing else would happen.
    function pause(uint256 seed) external {
        if (seed % 4 != 0) return;
        vm.prank(guardians[seed % 3]);
        guard.pause("drill");
    }

    function unpause() external {
        uint64 pauseId = guard.pauseState().pauseId;
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(guardians[i]);
            try guard.unpause(pauseId) {} catch {}
        }
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + _bound(time, 1, 8 hours));
    }

    function _committed() internal view returns (uint256) {
        IMintGuard.Totals memory totals = mints.totals(asset);
        return totals.supply + totals.held;
    }

    function _ceiling() internal view returns (uint256) {
        uint256 cap = mints.limits(asset).globalCap;
        uint256 capacity = reserves.maxAllowedSupply(asset);
        return cap < capacity ? cap : capacity;
    }

    function _move(bytes32 id, IMintGuard.MintState from, IMintGuard.MintState to) internal {
        if (lastState[id] != from || _state(id) != to) wrongTransition = true;
        lastState[id] = to;
    }

    function _use(bytes32 hash) internal {
        if (++_hashUses[hash] > 1) hashUsedTwice = true;
    }

    /// @dev One of a few hashes, so that they are tried more than once.
    function _hash(uint256 seed) internal pure returns (bytes32) {
        return keccak256(abi.encode("xrpl", seed % 200));
    }

    /// @dev Any entry, the last ones more often.
    function _pick(bytes32[] storage list, uint256 seed) internal view returns (bytes32) {
        uint256 length = list.length;
        if (length == 0) return 0;
        if (seed % 3 == 0 || length < 8) return list[(seed >> 2) % length];
        return list[length - 1 - ((seed >> 2) % 8)];
    }
}
