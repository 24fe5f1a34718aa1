// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Guarded} from "./Guarded.sol";
import {IComplianceRegistry} from "./interfaces/IComplianceRegistry.sol";
import {IMintGuard} from "./interfaces/IMintGuard.sol";
import {IReserveRegistry} from "./interfaces/IReserveRegistry.sol";
import {AssetList} from "./lib/AssetList.sol";
import {Keys} from "./lib/Keys.sol";
import {RateLimit} from "./lib/RateLimit.sol";
import {Roles} from "./lib/Roles.sol";

/// @title MintGuard
/// @notice Holds, approves and records mints and burns, and keeps their totals per asset.
/// @dev Totals are kept, never summed (theorem 13). The only contracts called are the other four of the control plane,
/// and only their views.
contract MintGuard is IMintGuard, Guarded {
    using AssetList for AssetList.List;
    using RateLimit for RateLimit.Bucket;

    /// @dev An asset's totals, cap and rate. `proposedBurns` counts burns that are not attested yet.
    struct AssetState {
        uint128 confirmed;
        uint128 held;
        uint128 burned;
        uint128 globalCap;
        bool listed;
        uint64 proposedBurns;
        RateLimit.Bucket bucket;
    }

    /// @custom:storage-location erc7201:sovbank.storage.MintGuard
    struct MintGuardStorage {
        IComplianceRegistry compliance;
        IReserveRegistry reserves;
        AssetList.List assets;
        mapping(bytes32 asset => AssetState) states;
        mapping(bytes32 id => MintRequest) requests;
        mapping(bytes32 bankReferenceHash => bytes32) requestOfBankReference;
        mapping(bytes32 id => Burn) burns;
        mapping(bytes32 redemptionId => bytes32) burnOfRedemption;
        mapping(bytes32 xrplTxHash => bytes32) usedBy;
    }

    /// @notice The first word of a mint id's preimage.
    bytes32 public constant MINT_DOMAIN = "sovbank/mint/v1";

    /// @notice The first word of a burn id's preimage.
    bytes32 public constant BURN_DOMAIN = "sovbank/burn/v1";

    /// @notice How many assets may be listed (theorem 13).
    uint256 public constant MAX_ASSETS = 16;

    /// @notice The largest amount.
    uint256 public constant MAX_AMOUNT = type(uint128).max;

    /// @notice How far away the expiry of a request may be.
    uint256 public constant MAX_REQUEST_LIFETIME = 30 days;

    /// @dev keccak256(abi.encode(uint256(keccak256("sovbank.storage.MintGuard")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant MINT_GUARD_SLOT = 0x8be66a76d5f6037438fa7a3f4465d8ac10487934083d38e417d34b23bea4b900;

    /// @inheritdoc IMintGuard
    function initialize(address guard, address compliance_, address reserves_, AssetLimits[] calldata assets_)
        external
        initializer
    {
        _initGuarded(guard);
        _requireContract(compliance_);
        _requireContract(reserves_);
        _storage().compliance = IComplianceRegistry(compliance_);
        _storage().reserves = IReserveRegistry(reserves_);
        for (uint256 i = 0; i < assets_.length; ++i) {
            _setLimits(assets_[i]);
        }
    }

    /// @inheritdoc IMintGuard
    function requestMint(bytes32 asset, bytes32 destination, uint256 amount, bytes32 bankReferenceHash, uint64 expiry)
        external
        onlyRole(Roles.REQUESTER)
        returns (bytes32 id)
    {
        requireMintable(asset, destination, amount, bankReferenceHash, expiry);
        id = mintId(asset, destination, amount, bankReferenceHash);
        MintGuardStorage storage $ = _storage();
        AssetState storage state = $.states[asset];
        // At most MAX_AMOUNT, or it would not be mintable.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint128 held = uint128(amount);
        state.held += held;
        state.bucket.take(held);
        $.requestOfBankReference[bankReferenceHash] = id;
        MintRequest storage request = $.requests[id];
        request.asset = asset;
        request.destination = destination;
        request.bankReferenceHash = bankReferenceHash;
        request.amount = held;
        request.expiry = expiry;
        request.requestedAt = uint64(block.timestamp);
        request.state = MintState.Held;
        request.requester = msg.sender;
        request.limitsEpoch = state.bucket.epoch;
        emit MintRequested(id, asset, destination, amount, bankReferenceHash, expiry, msg.sender);
    }

    /// @inheritdoc IMintGuard
    function approveMint(bytes32 id) external onlyRole(Roles.APPROVER) {
        MintRequest storage request = _requestIn(id, MintState.Held);
        if (msg.sender == request.requester) revert SameAddress(id, msg.sender);
        _requireLive(id, request);
        request.state = MintState.Approved;
        request.approver = msg.sender;
        emit MintApproved(id, request.amount, msg.sender);
    }

    /// @inheritdoc IMintGuard
    function extendMint(bytes32 id, uint64 expiry) external onlyRole(Roles.APPROVER) whenNotPaused {
        MintRequest storage request = _storage().requests[id];
        if (request.state != MintState.Approved) request = _requestIn(id, MintState.Held);
        if (msg.sender == request.requester) revert SameAddress(id, msg.sender);
        uint64 previous = request.expiry;
        if (expiry <= previous) revert ExpiryNotLater(id, expiry, previous);
        _requireExpiry(expiry);
        request.expiry = expiry;
        emit MintExtended(id, previous, expiry, msg.sender);
    }

    /// @inheritdoc IMintGuard
    function confirmMint(bytes32 id, uint256 amount, bytes32 xrplTxHash) external onlyRole(Roles.CONFIRMER) {
        MintRequest storage request = _requestIn(id, MintState.Approved);
        _requireThirdParty(id, request);
        if (amount != request.amount) revert AmountMismatch(id, amount, request.amount);
        _useXrplHash(xrplTxHash, id);
        AssetState storage state = _storage().states[request.asset];
        state.held -= request.amount;
        state.confirmed += request.amount;
        request.state = MintState.Confirmed;
        request.xrplTxHash = xrplTxHash;
        emit MintConfirmed(id, request.asset, amount, xrplTxHash, msg.sender);
    }

    /// @inheritdoc IMintGuard
    function cancelMint(bytes32 id, bytes32 evidence) external {
        MintRequest storage request = _storage().requests[id];
        if (request.state == MintState.Approved) {
            _requireRole(Roles.CONFIRMER);
            _requireThirdParty(id, request);
        } else {
            _requireEither(Roles.REQUESTER, Roles.APPROVER);
            _requestIn(id, MintState.Held);
        }
        AssetState storage state = _storage().states[request.asset];
        state.held -= request.amount;
        state.bucket.giveBack(request.amount, request.requestedAt, request.limitsEpoch);
        delete _storage().requestOfBankReference[request.bankReferenceHash];
        request.state = MintState.Cancelled;
        emit MintCancelled(id, request.asset, request.amount, evidence, msg.sender);
    }

    /// @inheritdoc IMintGuard
    function recordBurn(bytes32 redemptionId, bytes32 asset, uint256 amount, bytes32 xrplTxHash, BurnReason reason)
        external
        onlyRole(Roles.BURN_RECORDER)
        returns (bytes32 id)
    {
        MintGuardStorage storage $ = _storage();
        id = burnId(redemptionId, asset, amount, xrplTxHash, reason);
        if ($.burns[id].state != BurnState.None) revert AlreadyRecorded(id, $.burns[id].state);
        _requireAmount(amount);
        _listed(asset);
        _bindReason(redemptionId, reason, id);
        _useXrplHash(xrplTxHash, id);
        Burn storage burn = $.burns[id];
        burn.asset = asset;
        burn.redemptionId = redemptionId;
        burn.xrplTxHash = xrplTxHash;
        // At most MAX_AMOUNT.
        // forge-lint: disable-next-line(unsafe-typecast)
        burn.amount = uint128(amount);
        burn.reason = reason;
        burn.state = BurnState.Proposed;
        burn.proposer = msg.sender;
        ++$.states[asset].proposedBurns;
        emit BurnRecorded(id, asset, redemptionId, amount, xrplTxHash, reason, msg.sender);
    }

    /// @inheritdoc IMintGuard
    function attestBurn(bytes32 id) external onlyRole(Roles.BURN_ATTESTER) {
        Burn storage burn = _proposedBurn(id);
        if (msg.sender == burn.proposer) revert SameAddress(id, msg.sender);
        AssetState storage state = _storage().states[burn.asset];
        uint256 supply = _supply(state);
        if (burn.amount > supply) revert BurnExceedsSupply(burn.asset, burn.amount, supply);
        state.burned += burn.amount;
        --state.proposedBurns;
        burn.state = BurnState.Attested;
        burn.attester = msg.sender;
        emit BurnAttested(id, burn.asset, burn.amount, msg.sender);
    }

    /// @inheritdoc IMintGuard
    function withdrawBurn(bytes32 id) external {
        _requireEither(Roles.BURN_RECORDER, Roles.BURN_ATTESTER);
        Burn memory burn = _proposedBurn(id);
        MintGuardStorage storage $ = _storage();
        delete $.usedBy[burn.xrplTxHash];
        if (burn.redemptionId != 0) delete $.burnOfRedemption[burn.redemptionId];
        --$.states[burn.asset].proposedBurns;
        delete $.burns[id];
        emit BurnWithdrawn(id, burn.asset, burn.amount, msg.sender);
    }

    /// @inheritdoc IMintGuard
    function setLimits(AssetLimits calldata limits_) external onlyRole(Roles.ADMIN) {
        _setLimits(limits_);
    }

    /// @inheritdoc IMintGuard
    function delistAsset(bytes32 asset) external onlyRole(Roles.ADMIN) {
        AssetState storage state = _listed(asset);
        uint256 supply = _supply(state);
        if (supply != 0 || state.held != 0 || state.proposedBurns != 0) {
            revert AssetInUse(asset, supply, state.held, state.proposedBurns);
        }
        _storage().assets.remove(asset);
        state.listed = false;
        emit AssetDelisted(asset);
    }

    /// @inheritdoc IMintGuard
    function canMint(bytes32 asset, bytes32 destination, uint256 amount, bytes32 bankReferenceHash, uint64 expiry)
        external
        view
        returns (bool allowed, bytes memory refusal)
    {
        try this.requireMintable(asset, destination, amount, bankReferenceHash, expiry) {
            return (true, "");
        } catch (bytes memory reason) {
            return (false, reason);
        }
    }

    /// @inheritdoc IMintGuard
    function isExecutable(bytes32 id) external view returns (bool executable, bytes memory refusal) {
        try this.requireExecutable(id) {
            return (true, "");
        } catch (bytes memory reason) {
            return (false, reason);
        }
    }

    /// @inheritdoc IMintGuard
    function requireMintable(
        bytes32 asset,
        bytes32 destination,
        uint256 amount,
        bytes32 bankReferenceHash,
        uint64 expiry
    ) public view {
        MintGuardStorage storage $ = _storage();
        // First, so that whoever repeats a request learns of it whatever else has changed.
        bytes32 id = mintId(asset, destination, amount, bankReferenceHash);
        if ($.requests[id].state != MintState.None) revert AlreadyRequested(id, $.requests[id].state);
        _requireNotPaused();
        AssetState storage state = _listed(asset);
        _requireAmount(amount);
        uint256 countable = _countable(state);
        if (amount > countable) revert AmountTooLarge(amount, countable);
        _requireExpiry(expiry);
        if (bankReferenceHash == 0) revert ZeroBankReference();
        bytes32 other = $.requestOfBankReference[bankReferenceHash];
        if (other != 0) revert BankReferenceUsed(bankReferenceHash, other);
        _requireWhitelisted(destination);
        _requireWithin(asset, state, amount);
        uint256 available = state.bucket.available();
        if (amount > available) revert RateExceeded(asset, amount, available);
    }

    /// @inheritdoc IMintGuard
    function requireExecutable(bytes32 id) public view {
        _requireLive(id, _requestIn(id, MintState.Approved));
    }

    /// @inheritdoc IMintGuard
    function requestOf(bytes32 id) external view returns (MintRequest memory) {
        return _storage().requests[id];
    }

    /// @inheritdoc IMintGuard
    function burnOf(bytes32 id) external view returns (Burn memory) {
        return _storage().burns[id];
    }

    /// @inheritdoc IMintGuard
    function usedBy(bytes32 xrplTxHash) external view returns (bytes32) {
        return _storage().usedBy[xrplTxHash];
    }

    /// @inheritdoc IMintGuard
    function requestOfBankReference(bytes32 bankReferenceHash) external view returns (bytes32) {
        return _storage().requestOfBankReference[bankReferenceHash];
    }

    /// @inheritdoc IMintGuard
    function burnOfRedemption(bytes32 redemptionId) external view returns (bytes32) {
        return _storage().burnOfRedemption[redemptionId];
    }

    /// @inheritdoc IMintGuard
    function totals(bytes32 asset) external view returns (Totals memory) {
        AssetState storage state = _storage().states[asset];
        return Totals(state.confirmed, state.held, state.burned, _supply(state));
    }

    /// @inheritdoc IMintGuard
    function supplyOf(bytes32 asset) external view returns (uint256) {
        return _supply(_storage().states[asset]);
    }

    /// @inheritdoc IMintGuard
    function limits(bytes32 asset) external view returns (AssetLimits memory) {
        AssetState storage state = _storage().states[asset];
        if (!state.listed) return AssetLimits(0, 0, 0, 0);
        return AssetLimits(asset, state.globalCap, state.bucket.burst, state.bucket.ratePerSecond);
    }

    /// @inheritdoc IMintGuard
    function rateAvailable(bytes32 asset) external view returns (uint256) {
        AssetState storage state = _storage().states[asset];
        return state.listed ? state.bucket.available() : 0;
    }

    /// @inheritdoc IMintGuard
    function headroom(bytes32 asset) external view returns (uint256) {
        AssetState storage state = _storage().states[asset];
        if (!state.listed) return 0;
        uint256 ceiling = _storage().reserves.maxAllowedSupply(asset);
        if (state.globalCap < ceiling) ceiling = state.globalCap;
        uint256 committed = _supply(state) + state.held;
        uint256 room = ceiling > committed ? ceiling - committed : 0;
        uint256 countable = _countable(state);
        if (countable < room) room = countable;
        uint256 available = state.bucket.available();
        return room < available ? room : available;
    }

    /// @inheritdoc IMintGuard
    function assets() external view returns (bytes32[] memory) {
        return _storage().assets.items;
    }

    /// @inheritdoc IMintGuard
    function compliance() external view returns (IComplianceRegistry) {
        return _storage().compliance;
    }

    /// @inheritdoc IMintGuard
    function reserves() external view returns (IReserveRegistry) {
        return _storage().reserves;
    }

    /// @inheritdoc IMintGuard
    function mintId(bytes32 asset, bytes32 destination, uint256 amount, bytes32 bankReferenceHash)
        public
        pure
        returns (bytes32)
    {
        return sha256(abi.encode(MINT_DOMAIN, asset, destination, amount, bankReferenceHash));
    }

    /// @inheritdoc IMintGuard
    function burnId(bytes32 redemptionId, bytes32 asset, uint256 amount, bytes32 xrplTxHash, BurnReason reason)
        public
        pure
        returns (bytes32)
    {
        return sha256(abi.encode(BURN_DOMAIN, redemptionId, asset, amount, xrplTxHash, reason));
    }

    /// @inheritdoc IMintGuard
    function xrplNamespace(uint32 networkId) external pure returns (bytes32) {
        return Keys.xrplNamespace(networkId);
    }

    /// @inheritdoc IMintGuard
    function accountKey(bytes32 namespace, bytes20 account) external pure returns (bytes32) {
        return Keys.account(namespace, account);
    }

    /// @inheritdoc IMintGuard
    function assetKey(bytes32 namespace, bytes20 issuer, bytes20 currency) external pure returns (bytes32) {
        return Keys.asset(namespace, issuer, currency);
    }

    /// @dev Everything that can have changed since the request: what approving and executing need alike.
    function _requireLive(bytes32 id, MintRequest storage request) private view {
        _requireNotPaused();
        if (block.timestamp > request.expiry) revert RequestExpired(id, request.expiry);
        _requireWhitelisted(request.destination);
        _requireWithin(request.asset, _storage().states[request.asset], 0);
    }

    /// @dev Theorem 1: supply and holds, and `extra` on top, stay within the cap and within fresh reserves.
    function _requireWithin(bytes32 asset, AssetState storage state, uint256 extra) private view {
        uint256 committed = _supply(state) + state.held + extra;
        if (committed > state.globalCap) revert GlobalCapExceeded(asset, committed, state.globalCap);
        uint256 capacity = _storage().reserves.maxAllowedSupply(asset);
        if (committed > capacity) revert ReserveCapacityExceeded(asset, committed, capacity);
    }

    function _requireWhitelisted(bytes32 destination) private view {
        if (!_storage().compliance.isWhitelisted(destination)) revert NotWhitelisted(destination);
    }

    function _requireExpiry(uint64 expiry) private view {
        uint256 latest = block.timestamp + MAX_REQUEST_LIFETIME;
        if (expiry <= block.timestamp || expiry > latest) revert ExpiryOutOfRange(expiry, block.timestamp + 1, latest);
    }

    function _requireAmount(uint256 amount) private pure {
        if (amount == 0) revert ZeroAmount();
        if (amount > MAX_AMOUNT) revert AmountTooLarge(amount, MAX_AMOUNT);
    }

    /// @dev What `confirmed`, which never falls, can still take up. Nothing beyond it is held, or the fact that it was
    /// minted could not be recorded.
    function _countable(AssetState storage state) private view returns (uint256) {
        return MAX_AMOUNT - state.confirmed - state.held;
    }

    /// @dev Theorem 5: who requested or approved the mint does not end it, whatever his role is by now.
    function _requireThirdParty(bytes32 id, MintRequest storage request) private view {
        if (msg.sender == request.requester || msg.sender == request.approver) revert SameAddress(id, msg.sender);
    }

    function _requestIn(bytes32 id, MintState needed) private view returns (MintRequest storage request) {
        request = _storage().requests[id];
        if (request.state == MintState.None) revert UnknownRequest(id);
        if (request.state != needed) revert WrongMintState(id, request.state, needed);
    }

    function _proposedBurn(bytes32 id) private view returns (Burn storage burn) {
        burn = _storage().burns[id];
        if (burn.state == BurnState.None) revert UnknownBurn(id);
        if (burn.state != BurnState.Proposed) revert WrongBurnState(id, burn.state, BurnState.Proposed);
    }

    function _listed(bytes32 asset) private view returns (AssetState storage state) {
        state = _storage().states[asset];
        if (!state.listed) revert UnknownAsset(asset);
    }

    function _supply(AssetState storage state) private view returns (uint256) {
        return state.confirmed - state.burned;
    }

    /// @dev Mints and burns share one set of hashes: a transaction is one of them, once.
    function _useXrplHash(bytes32 xrplTxHash, bytes32 id) private {
        if (xrplTxHash == 0) revert ZeroXrplHash();
        bytes32 other = _storage().usedBy[xrplTxHash];
        if (other != 0) revert XrplHashUsed(xrplTxHash, other);
        _storage().usedBy[xrplTxHash] = id;
    }

    /// @dev Theorem 3: a redemption is named and used once; every other reason stands alone.
    function _bindReason(bytes32 redemptionId, BurnReason reason, bytes32 id) private {
        if (reason != BurnReason.Redemption) {
            if (redemptionId != 0) revert RedemptionIdUnexpected(reason, redemptionId);
            return;
        }
        if (redemptionId == 0) revert RedemptionIdMissing();
        bytes32 other = _storage().burnOfRedemption[redemptionId];
        if (other != 0) revert RedemptionUsed(redemptionId, other);
        _storage().burnOfRedemption[redemptionId] = id;
    }

    function _setLimits(AssetLimits calldata limits_) private {
        if (limits_.asset == 0) revert ZeroAsset();
        MintGuardStorage storage $ = _storage();
        AssetState storage state = $.states[limits_.asset];
        if (!state.listed) {
            if ($.assets.items.length >= MAX_ASSETS) revert TooManyAssets(MAX_ASSETS);
            $.assets.add(limits_.asset);
            state.listed = true;
        }
        state.globalCap = limits_.globalCap;
        state.bucket.configure(limits_.burst, limits_.ratePerSecond);
        emit LimitsSet(limits_.asset, limits_.globalCap, limits_.burst, limits_.ratePerSecond);
    }

    function _storage() private pure returns (MintGuardStorage storage $) {
        assembly {
            $.slot := MINT_GUARD_SLOT
        }
    }
}
