// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IComplianceRegistry} from "../../src/interfaces/IComplianceRegistry.sol";
import {IMembershipRegistry} from "../../src/interfaces/IMembershipRegistry.sol";
import {IMintGuard} from "../../src/interfaces/IMintGuard.sol";
import {IReserveRegistry} from "../../src/interfaces/IReserveRegistry.sol";
import {ISystemGuard} from "../../src/interfaces/ISystemGuard.sol";
import {Roles} from "../../src/lib/Roles.sol";
import {Cheats, Vm} from "../base/Cheats.sol";

/// @dev An indexer that knows nothing but the events, and a second opinion: at each event it asks whether the
/// theorems, computed from earlier events alone, allowed it. It never reads a contract.
contract Books is Cheats {
    struct Mint {
        bytes32 asset;
        bytes32 destination;
        bytes32 bankReference;
        uint256 amount;
        uint64 expiry;
        uint256 requestedAt;
        IMintGuard.MintState state;
        address requester;
        address approver;
        bytes32 xrplTxHash;
    }

    struct Burn {
        bytes32 asset;
        bytes32 redemptionId;
        bytes32 xrplTxHash;
        uint256 amount;
        IMintGuard.BurnState state;
        address proposer;
    }

    struct Asset {
        uint256 confirmed;
        uint256 held;
        uint256 burned;
        uint256 cap;
        uint256 burst;
        uint256 rate;
        uint256 total;
        uint256 encumbered;
        uint64 asOf;
        uint64 nonce;
        uint64 maxAge;
        bool shortfall;
        bytes32[] mints;
    }

    struct Customer {
        IComplianceRegistry.RiskTier tier;
        uint64 expiry;
        uint256 accounts;
        address unblockAskedBy;
        uint256 unblockAskedAt;
        uint64 unblockFrom;
        bool blockedSinceAsked;
    }

    mapping(address account => bytes32) public roleOf;
    mapping(bytes32 role => uint256) public holders;
    bool public paused;
    uint64 public pauseId;
    uint256 public unpauseQuorum;
    address[] internal _agreed;

    mapping(bytes32 kycId => Customer) internal _customers;
    mapping(bytes32 account => bytes32) public kycOf;
    mapping(bytes32 account => bool) public inUse;

    mapping(bytes32 asset => Asset) internal _assets;
    mapping(bytes32 id => Mint) internal _mints;
    mapping(bytes32 id => Burn) internal _burns;
    mapping(bytes32 hash => bytes32) public usedBy;
    mapping(bytes32 bankReference => bytes32) public mintOfReference;
    mapping(bytes32 redemptionId => bytes32) public burnOfRedemption;

    mapping(bytes32 account => bytes32) public nftokenOf;
    mapping(bytes32 nftoken => bool) public nftokenUsed;

    /// @dev How often each event was seen, so that a run in which nothing happens is noticed.
    mapping(bytes32 topic => uint256) public seen;

    function customer(bytes32 kycId) external view returns (Customer memory) {
        return _customers[kycId];
    }

    function assetOf(bytes32 key) external view returns (Asset memory) {
        return _assets[key];
    }

    function mintOf(bytes32 id) external view returns (Mint memory) {
        return _mints[id];
    }

    function burnOf(bytes32 id) external view returns (Burn memory) {
        return _burns[id];
    }

    function agreed() external view returns (uint256) {
        return _agreed.length;
    }

    function capacity(bytes32 key) public view returns (uint256) {
        Asset storage asset = _assets[key];
        bool fresh = asset.asOf != 0 && asset.maxAge != 0 && block.timestamp - asset.asOf <= asset.maxAge;
        if (!fresh || asset.shortfall || asset.total <= asset.encumbered) return 0;
        return asset.total - asset.encumbered;
    }

    function whitelisted(bytes32 account) public view returns (bool) {
        Customer storage owner = _customers[kycOf[account]];
        bool good =
            owner.tier != IComplianceRegistry.RiskTier.Unknown && owner.tier != IComplianceRegistry.RiskTier.Blocked;
        return inUse[account] && good && block.timestamp < owner.expiry;
    }

    function take(Vm.Log[] calldata logs) external {
        for (uint256 i = 0; i < logs.length; ++i) {
            ++seen[logs[i].topics[0]];
            bool known = _roles(logs[i]) || _people(logs[i]) || _reserves(logs[i]) || _mint(logs[i]) || _burn(logs[i])
                || _membership(logs[i]);
            vm.assertTrue(known, "an event that no indexer knows");
        }
    }

    function _roles(Vm.Log calldata log) private returns (bool) {
        bytes32 topic = log.topics[0];
        if (topic == ISystemGuard.RoleGranted.selector) {
            address account = _address(log.topics[2]);
            vm.assertTrue(roleOf[account] == 0, "theorem 5: a second role");
            roleOf[account] = log.topics[1];
            ++holders[log.topics[1]];
        } else if (topic == ISystemGuard.RoleRevoked.selector) {
            address account = _address(log.topics[2]);
            vm.assertEq(roleOf[account], log.topics[1], "theorem 5: a role that was not held");
            delete roleOf[account];
            --holders[log.topics[1]];
            vm.assertTrue(holders[Roles.ADMIN] > 0, "theorem 5: nobody is left in charge");
            _disagree(account);
        } else if (topic == ISystemGuard.Paused.selector) {
            paused = true;
            pauseId = uint64(uint256(log.topics[1]));
            delete _agreed;
        } else if (topic == ISystemGuard.UnpauseApproved.selector) {
            address account = _address(log.topics[2]);
            vm.assertEq(roleOf[account], Roles.GUARDIAN, "theorem 7: no guardian");
            _disagree(account);
            _agreed.push(account);
        } else if (topic == ISystemGuard.Unpaused.selector) {
            vm.assertTrue(_agreed.length > 1 && _agreed.length >= unpauseQuorum, "theorem 7: lifted by too few");
            paused = false;
        } else if (topic == ISystemGuard.UnpauseQuorumSet.selector) {
            (, unpauseQuorum) = abi.decode(log.data, (uint8, uint8));
        } else {
            return false;
        }
        return true;
    }

    function _disagree(address account) private {
        for (uint256 i = 0; i < _agreed.length; ++i) {
            if (_agreed[i] == account) {
                _agreed[i] = _agreed[_agreed.length - 1];
                _agreed.pop();
            }
        }
    }

    function _people(Vm.Log calldata log) private returns (bool) {
        bytes32 topic = log.topics[0];
        Customer storage owner = _customers[log.topics.length > 1 ? log.topics[1] : bytes32(0)];
        bool blocked = owner.tier == IComplianceRegistry.RiskTier.Blocked;
        if (topic == IComplianceRegistry.CustomerWhitelisted.selector) {
            vm.assertTrue(owner.tier == IComplianceRegistry.RiskTier.Unknown, "theorem 8: a KYC id twice");
            (owner.tier, owner.expiry,) = abi.decode(log.data, (IComplianceRegistry.RiskTier, uint64, address));
            _bind(log, owner);
        } else if (topic == IComplianceRegistry.AccountAdded.selector) {
            vm.assertFalse(blocked, "theorem 8: a blocked customer got an account");
            _bind(log, owner);
        } else if (topic == IComplianceRegistry.AccountRemoved.selector) {
            inUse[log.topics[2]] = false;
            --owner.accounts;
        } else if (topic == IComplianceRegistry.CustomerRenewed.selector) {
            vm.assertFalse(blocked, "theorem 8: a blocked customer was renewed");
            (owner.tier, owner.expiry,) = abi.decode(log.data, (IComplianceRegistry.RiskTier, uint64, address));
        } else if (topic == IComplianceRegistry.CustomerBlocked.selector) {
            owner.tier = IComplianceRegistry.RiskTier.Blocked;
            owner.blockedSinceAsked = true;
        } else if (topic == IComplianceRegistry.UnblockRequested.selector) {
            vm.assertTrue(blocked && owner.unblockFrom == 0, "theorem 8: an unblock of who is not blocked");
            (,, owner.unblockFrom,, owner.unblockAskedBy) =
                abi.decode(log.data, (IComplianceRegistry.RiskTier, uint64, uint64, bytes32, address));
            owner.unblockAskedAt = block.timestamp;
            owner.blockedSinceAsked = false;
        } else if (topic == IComplianceRegistry.UnblockCancelled.selector) {
            owner.unblockFrom = 0;
        } else if (topic == IComplianceRegistry.CustomerUnblocked.selector) {
            address by;
            (owner.tier, owner.expiry, by) = abi.decode(log.data, (IComplianceRegistry.RiskTier, uint64, address));
            vm.assertTrue(owner.unblockFrom != 0, "theorem 8: unblocked without a request");
            vm.assertTrue(block.timestamp >= owner.unblockAskedAt + 48 hours, "theorem 8: unblocked without delay");
            vm.assertTrue(by != owner.unblockAskedBy, "theorem 8: unblocked by one");
            vm.assertFalse(owner.blockedSinceAsked, "theorem 8: unblocked in spite of another block");
            owner.unblockFrom = 0;
        } else {
            return false;
        }
        return true;
    }

    function _bind(Vm.Log calldata log, Customer storage owner) private {
        bytes32 account = log.topics[2];
        bool free = kycOf[account] == 0 || (kycOf[account] == log.topics[1] && !inUse[account]);
        vm.assertTrue(free, "theorem 8: an account of two customers");
        kycOf[account] = log.topics[1];
        inUse[account] = true;
        ++owner.accounts;
    }

    function _reserves(Vm.Log calldata log) private returns (bool) {
        bytes32 topic = log.topics[0];
        Asset storage asset = _assets[log.topics.length > 1 ? log.topics[1] : bytes32(0)];
        if (topic == IReserveRegistry.AttestationSubmitted.selector) {
            uint64 asOf;
            (asset.total, asset.encumbered, asOf,,) =
                abi.decode(log.data, (uint256, uint256, uint64, bytes32, address[]));
            vm.assertTrue(asOf >= asset.asOf && asOf <= block.timestamp, "theorem 4: out of order");
            vm.assertTrue(block.timestamp - asOf <= asset.maxAge, "theorem 4: stale from the start");
            vm.assertEq(uint256(log.topics[2]), asset.nonce + 1, "theorem 4: a nonce out of order");
            asset.asOf = asOf;
            ++asset.nonce;
            asset.shortfall =
                asset.total < asset.encumbered + asset.confirmed - asset.burned && asset.confirmed != asset.burned;
        } else if (topic == IReserveRegistry.ReserveShortfall.selector) {
            vm.assertTrue(asset.shortfall, "theorem 12: a shortfall that is none");
        } else if (topic == IReserveRegistry.ShortfallEnded.selector) {
            vm.assertFalse(asset.shortfall, "theorem 12: a shortfall that has not ended");
        } else if (topic == IReserveRegistry.MaxAgeSet.selector) {
            (, asset.maxAge) = abi.decode(log.data, (uint64, uint64));
        } else if (topic == IReserveRegistry.ReserveAssetDelisted.selector) {
            vm.assertEq(asset.confirmed, asset.burned, "theorem 11: reserves of a supply were given up");
            asset.maxAge = 0;
            asset.total = 0;
            asset.encumbered = 0;
        } else {
            return topic == IReserveRegistry.ReporterQuorumSet.selector
                || topic == IReserveRegistry.MintGuardLinked.selector || topic == keccak256("Initialized(uint64)")
                || topic == keccak256("Upgraded(address)");
        }
        return true;
    }

    function _mint(Vm.Log calldata log) private returns (bool) {
        bytes32 topic = log.topics[0];
        if (topic == IMintGuard.LimitsSet.selector) {
            Asset storage asset = _assets[log.topics[1]];
            (asset.cap, asset.burst, asset.rate) = abi.decode(log.data, (uint256, uint256, uint256));
            return true;
        }
        if (topic == IMintGuard.MintRequested.selector) {
            _requested(log);
            return true;
        }
        Mint storage mint = _mints[log.topics.length > 1 ? log.topics[1] : bytes32(0)];
        Asset storage state = _assets[mint.asset];
        if (topic == IMintGuard.MintApproved.selector) {
            vm.assertTrue(mint.state == IMintGuard.MintState.Held, "theorem 2: approved twice");
            mint.state = IMintGuard.MintState.Approved;
            mint.approver = _address(log.topics[2]);
            vm.assertTrue(mint.approver != mint.requester, "theorem 5: approved by its requester");
            vm.assertTrue(block.timestamp <= mint.expiry, "theorem 9: approved after its expiry");
            _live(mint);
        } else if (topic == IMintGuard.MintExtended.selector) {
            vm.assertFalse(paused, "theorem 7: extended while paused");
            vm.assertTrue(_open(mint), "theorem 2: a final mint was extended");
            (, mint.expiry) = abi.decode(log.data, (uint64, uint64));
        } else if (topic == IMintGuard.MintConfirmed.selector) {
            vm.assertTrue(mint.state == IMintGuard.MintState.Approved, "theorem 2: confirmed twice or unapproved");
            (uint256 amount, address by) = abi.decode(log.data, (uint256, address));
            vm.assertEq(amount, mint.amount, "theorem 2: another amount");
            vm.assertTrue(by != mint.requester && by != mint.approver, "theorem 5: confirmed by its own people");
            _use(log.topics[3], log.topics[1]);
            mint.xrplTxHash = log.topics[3];
            mint.state = IMintGuard.MintState.Confirmed;
            state.held -= amount;
            state.confirmed += amount;
        } else if (topic == IMintGuard.MintCancelled.selector) {
            (uint256 amount,, address by) = abi.decode(log.data, (uint256, bytes32, address));
            bool own = by == mint.requester || by == mint.approver;
            vm.assertTrue(_open(mint), "theorem 2: a final mint was cancelled");
            vm.assertFalse(mint.state == IMintGuard.MintState.Approved && own, "theorem 5: released by its own people");
            mint.state = IMintGuard.MintState.Cancelled;
            state.held -= amount;
            delete mintOfReference[mint.bankReference];
        } else {
            return false;
        }
        return true;
    }

    function _requested(Vm.Log calldata log) private {
        Mint storage mint = _mints[log.topics[1]];
        vm.assertTrue(mint.state == IMintGuard.MintState.None, "theorem 2: requested twice");
        mint.state = IMintGuard.MintState.Held;
        mint.asset = log.topics[2];
        mint.destination = log.topics[3];
        (mint.amount, mint.bankReference, mint.expiry, mint.requester) =
            abi.decode(log.data, (uint256, bytes32, uint64, address));
        mint.requestedAt = block.timestamp;
        vm.assertTrue(mint.expiry > block.timestamp, "theorem 9: requested after its expiry");
        vm.assertEq(mintOfReference[mint.bankReference], bytes32(0), "theorem 9: a deposit behind two mints");
        mintOfReference[mint.bankReference] = log.topics[1];
        Asset storage state = _assets[mint.asset];
        state.held += mint.amount;
        state.mints.push(log.topics[1]);
        _live(mint);
        _windows(state);
    }

    function _open(Mint storage mint) private view returns (bool) {
        return mint.state == IMintGuard.MintState.Held || mint.state == IMintGuard.MintState.Approved;
    }

    /// @dev What has to hold when a mint is requested and again when it is approved.
    function _live(Mint storage mint) private view {
        Asset storage state = _assets[mint.asset];
        uint256 committed = state.confirmed - state.burned + state.held;
        vm.assertLe(committed, state.cap, "theorem 1: beyond the cap");
        vm.assertLe(committed, capacity(mint.asset), "theorems 1, 4, 11, 12: beyond fresh reserves");
        vm.assertFalse(paused, "theorem 7: moved while paused");
        vm.assertTrue(whitelisted(mint.destination), "theorem 8: for who may not hold");
    }

    /// @dev Theorem 6, over every window that ends now. Burst and rate are never changed in these histories.
    function _windows(Asset storage state) private view {
        uint256 sum;
        for (uint256 i = state.mints.length; i > 0; --i) {
            Mint storage mint = _mints[state.mints[i - 1]];
            if (mint.state != IMintGuard.MintState.Cancelled) sum += mint.amount;
            vm.assertLe(sum, state.burst + state.rate * (block.timestamp - mint.requestedAt), "theorem 6: too fast");
        }
    }

    function _burn(Vm.Log calldata log) private returns (bool) {
        bytes32 topic = log.topics[0];
        Burn storage burn = _burns[log.topics.length > 1 ? log.topics[1] : bytes32(0)];
        if (topic == IMintGuard.BurnRecorded.selector) {
            vm.assertTrue(burn.state == IMintGuard.BurnState.None, "theorem 3: recorded twice");
            burn.state = IMintGuard.BurnState.Proposed;
            burn.asset = log.topics[2];
            burn.redemptionId = log.topics[3];
            IMintGuard.BurnReason reason;
            (burn.amount, burn.xrplTxHash, reason, burn.proposer) =
                abi.decode(log.data, (uint256, bytes32, IMintGuard.BurnReason, address));
            vm.assertEq(
                burn.redemptionId != 0, reason == IMintGuard.BurnReason.Redemption, "theorem 3: reason and redemption"
            );
            _use(burn.xrplTxHash, log.topics[1]);
            if (burn.redemptionId == 0) return true;
            vm.assertEq(burnOfRedemption[burn.redemptionId], bytes32(0), "theorem 3: a redemption burned twice");
            burnOfRedemption[burn.redemptionId] = log.topics[1];
        } else if (topic == IMintGuard.BurnAttested.selector) {
            (uint256 amount, address by) = abi.decode(log.data, (uint256, address));
            vm.assertTrue(burn.state == IMintGuard.BurnState.Proposed, "theorem 3: attested twice");
            vm.assertTrue(by != burn.proposer && amount == burn.amount, "theorem 3: attested by one");
            burn.state = IMintGuard.BurnState.Attested;
            Asset storage state = _assets[burn.asset];
            state.burned += amount;
            vm.assertLe(state.burned, state.confirmed, "theorem 3: more burned than minted");
        } else if (topic == IMintGuard.BurnWithdrawn.selector) {
            vm.assertTrue(burn.state == IMintGuard.BurnState.Proposed, "theorem 3: an attested burn was withdrawn");
            delete usedBy[burn.xrplTxHash];
            delete burnOfRedemption[burn.redemptionId];
            delete _burns[log.topics[1]];
        } else {
            return false;
        }
        return true;
    }

    function _use(bytes32 hash, bytes32 id) private {
        vm.assertTrue(hash != 0 && usedBy[hash] == 0, "theorems 2 and 3: a transaction used twice");
        usedBy[hash] = id;
    }

    function _membership(Vm.Log calldata log) private returns (bool) {
        bytes32 topic = log.topics[0];
        if (topic == IMembershipRegistry.MembershipIssued.selector) {
            vm.assertTrue(nftokenOf[log.topics[1]] == 0 && !nftokenUsed[log.topics[2]], "a token of two memberships");
            vm.assertTrue(whitelisted(log.topics[1]) && !paused, "a member who may not hold");
            nftokenOf[log.topics[1]] = log.topics[2];
            nftokenUsed[log.topics[2]] = true;
        } else if (topic == IMembershipRegistry.MembershipRevoked.selector) {
            vm.assertEq(nftokenOf[log.topics[1]], log.topics[2], "another token was revoked");
            delete nftokenOf[log.topics[1]];
        } else {
            return false;
        }
        return true;
    }

    function _address(bytes32 topic) private pure returns (address) {
        return address(uint160(uint256(topic)));
    }
}
