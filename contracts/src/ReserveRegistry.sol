// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712Upgradeable} from "@openzeppelin/contracts-upgradeable/utils/cryptography/EIP712Upgradeable.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {Guarded} from "./Guarded.sol";
import {IMintGuard} from "./interfaces/IMintGuard.sol";
import {IReserveRegistry} from "./interfaces/IReserveRegistry.sol";
import {ISystemGuard} from "./interfaces/ISystemGuard.sol";
import {AssetList} from "./lib/AssetList.sol";
import {Roles} from "./lib/Roles.sol";

/// @title ReserveRegistry
/// @notice Keeps what the reserve reporters attested, asset by asset, and what it allows to exist.
contract ReserveRegistry is IReserveRegistry, Guarded, EIP712Upgradeable {
    using AssetList for AssetList.List;

    /// @custom:storage-location erc7201:sovbank.storage.ReserveRegistry
    struct ReserveRegistryStorage {
        AssetList.List assets;
        mapping(bytes32 asset => uint64) maxAge;
        mapping(bytes32 asset => Attestation) attestations;
        address mintGuard;
        uint8 reporterQuorum;
        address linker;
    }

    /// @notice How many assets may be listed (theorem 13).
    uint256 public constant MAX_ASSETS = 16;

    /// @notice How many reporters there can be at most, and so how many signatures.
    uint256 public constant MAX_REPORTERS = 16;

    /// @notice The longest maximum age that can be set, in seconds.
    uint256 public constant LONGEST_MAX_AGE = 35 days;

    /// @notice The EIP-712 type of a report.
    bytes32 public constant REPORT_TYPEHASH = keccak256(
        "ReserveReport(bytes32 asset,uint256 totalReserves,uint256 encumbered,uint64 asOf,uint64 nonce,bytes32 documentHash)"
    );

    /// @dev keccak256(abi.encode(uint256(keccak256("sovbank.storage.ReserveRegistry")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant RESERVE_REGISTRY_SLOT = 0x45af74020200bd71309698574dd12731a5e6aee6ef966d7297caf463b87b7900;

    /// @inheritdoc IReserveRegistry
    function initialize(address guard, uint8 quorum, AssetTerms[] calldata assets_) external initializer {
        _initGuarded(guard);
        __EIP712_init("sovbank ReserveRegistry", "1");
        _setReporterQuorum(quorum);
        _storage().linker = msg.sender;
        for (uint256 i = 0; i < assets_.length; ++i) {
            if (_storage().maxAge[assets_[i].asset] != 0) revert ReserveAssetListed(assets_[i].asset);
            _setMaxAge(assets_[i].asset, assets_[i].maxAge);
        }
    }

    /// @inheritdoc IReserveRegistry
    function linkMintGuard(address mintGuard_) external {
        ReserveRegistryStorage storage $ = _storage();
        if ($.mintGuard != address(0)) revert AlreadyLinked($.mintGuard);
        if (msg.sender != $.linker) revert NotTheDeployer(msg.sender);
        _requireContract(mintGuard_);
        if (address(IMintGuard(mintGuard_).reserves()) != address(this)) revert LinkMismatch(mintGuard_);
        $.mintGuard = mintGuard_;
        $.linker = address(0);
        emit MintGuardLinked(mintGuard_);
    }

    /// @inheritdoc IReserveRegistry
    function submitAttestation(ReserveReport calldata report, bytes[] calldata signatures)
        external
        onlyRole(Roles.RESERVE_REPORTER)
    {
        ReserveRegistryStorage storage $ = _storage();
        if ($.mintGuard == address(0)) revert NotLinked();
        _requireAcceptable($, report);
        address[] memory reporters = _reportersOf(report, signatures);
        uint256 supply = IMintGuard($.mintGuard).supplyOf(report.asset);
        uint256 capacity = report.totalReserves > report.encumbered ? report.totalReserves - report.encumbered : 0;
        bool hadShortfall = $.attestations[report.asset].shortfall;
        bool hasShortfall = capacity < supply;
        // The figures were compared with the largest uint128.
        // forge-lint: disable-start(unsafe-typecast)
        $.attestations[report.asset] = Attestation({
            totalReserves: uint128(report.totalReserves),
            encumbered: uint128(report.encumbered),
            asOf: report.asOf,
            nonce: report.nonce,
            submittedAt: uint64(block.timestamp),
            shortfall: hasShortfall,
            documentHash: report.documentHash
        });
        // forge-lint: disable-end(unsafe-typecast)
        emit AttestationSubmitted(
            report.asset,
            report.nonce,
            report.totalReserves,
            report.encumbered,
            report.asOf,
            report.documentHash,
            reporters
        );
        if (hasShortfall) emit ReserveShortfall(report.asset, report.nonce, capacity, supply);
        else if (hadShortfall) emit ShortfallEnded(report.asset, report.nonce, capacity, supply);
    }

    /// @inheritdoc IReserveRegistry
    function setMaxAge(bytes32 asset, uint64 maxAge) external onlyRole(Roles.ADMIN) {
        _setMaxAge(asset, maxAge);
    }

    /// @inheritdoc IReserveRegistry
    function delistReserveAsset(bytes32 asset) external onlyRole(Roles.ADMIN) {
        ReserveRegistryStorage storage $ = _storage();
        if (!$.assets.remove(asset)) revert UnknownReserveAsset(asset);
        uint256 supply = $.mintGuard == address(0) ? 0 : IMintGuard($.mintGuard).supplyOf(asset);
        if (supply != 0) revert ReserveAssetInUse(asset, supply);
        $.maxAge[asset] = 0;
        // Nonce and date stay, so that no earlier report is accepted again; the figures go, so that the asset has no
        // capacity when it is listed again until it is attested again.
        $.attestations[asset].totalReserves = 0;
        $.attestations[asset].encumbered = 0;
        emit ReserveAssetDelisted(asset);
    }

    /// @inheritdoc IReserveRegistry
    function setReporterQuorum(uint8 quorum) external onlyRole(Roles.ADMIN) {
        _setReporterQuorum(quorum);
    }

    /// @inheritdoc IReserveRegistry
    function totalReservesUsd(bytes32 asset) external view returns (uint256) {
        return _storage().attestations[asset].totalReserves;
    }

    /// @inheritdoc IReserveRegistry
    function maxAllowedSupply(bytes32 asset) external view returns (uint256) {
        Attestation storage last = _storage().attestations[asset];
        if (!_isFresh(asset) || last.shortfall || last.totalReserves <= last.encumbered) return 0;
        return last.totalReserves - last.encumbered;
    }

    /// @inheritdoc IReserveRegistry
    function asOf(bytes32 asset) external view returns (uint64) {
        return _storage().attestations[asset].asOf;
    }

    /// @inheritdoc IReserveRegistry
    function isFresh(bytes32 asset) external view returns (bool) {
        return _isFresh(asset);
    }

    /// @inheritdoc IReserveRegistry
    function attestationOf(bytes32 asset) external view returns (Attestation memory) {
        return _storage().attestations[asset];
    }

    /// @inheritdoc IReserveRegistry
    function nextNonce(bytes32 asset) external view returns (uint64) {
        return _storage().attestations[asset].nonce + 1;
    }

    /// @inheritdoc IReserveRegistry
    function maxAgeOf(bytes32 asset) external view returns (uint64) {
        return _storage().maxAge[asset];
    }

    /// @inheritdoc IReserveRegistry
    function reporterQuorum() external view returns (uint8) {
        return _storage().reporterQuorum;
    }

    /// @inheritdoc IReserveRegistry
    function reserveAssets() external view returns (bytes32[] memory) {
        return _storage().assets.items;
    }

    /// @inheritdoc IReserveRegistry
    function mintGuard() external view returns (address) {
        return _storage().mintGuard;
    }

    /// @inheritdoc IReserveRegistry
    function hashReport(ReserveReport calldata report) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    REPORT_TYPEHASH,
                    report.asset,
                    report.totalReserves,
                    report.encumbered,
                    report.asOf,
                    report.nonce,
                    report.documentHash
                )
            )
        );
    }

    /// @dev Everything about a report but who signed it (theorem 4).
    function _requireAcceptable(ReserveRegistryStorage storage $, ReserveReport calldata report) private view {
        uint64 maxAge = $.maxAge[report.asset];
        if (maxAge == 0) revert UnknownReserveAsset(report.asset);
        if (report.documentHash == 0) revert ZeroDocumentHash();
        _requireFigure(report.totalReserves);
        _requireFigure(report.encumbered);
        if (report.asOf > block.timestamp) revert FutureReport(report.asset, report.asOf, block.timestamp);
        if (block.timestamp - report.asOf > maxAge) {
            revert StaleReport(report.asset, report.asOf, block.timestamp - maxAge);
        }
        Attestation storage last = $.attestations[report.asset];
        if (report.nonce != last.nonce + 1) revert WrongNonce(report.asset, report.nonce, last.nonce + 1);
        if (report.asOf < last.asOf) revert NotNewer(report.asset, report.asOf, last.asOf);
    }

    /// @dev The distinct reserve reporters behind the signatures, a quorum of them at least.
    function _reportersOf(ReserveReport calldata report, bytes[] calldata signatures)
        private
        view
        returns (address[] memory reporters)
    {
        uint256 count = signatures.length;
        if (count > MAX_REPORTERS) revert TooManySignatures(count, MAX_REPORTERS);
        uint8 quorum = _storage().reporterQuorum;
        if (count < quorum) revert TooFewReporters(count, quorum);
        bytes32 digest = hashReport(report);
        ISystemGuard guard = systemGuard();
        reporters = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            // Refuses a high s and a v other than 27 and 28, so that a signature has one form.
            (address signer, ECDSA.RecoverError problem,) = ECDSA.tryRecover(digest, signatures[i]);
            if (problem != ECDSA.RecoverError.NoError) revert BadSignature(i);
            if (!guard.hasRole(Roles.RESERVE_REPORTER, signer)) revert NotAReporter(i, signer);
            for (uint256 j = 0; j < i; ++j) {
                if (reporters[j] == signer) revert DuplicateReporter(signer);
            }
            reporters[i] = signer;
        }
    }

    function _isFresh(bytes32 asset) private view returns (bool) {
        uint64 last = _storage().attestations[asset].asOf;
        uint64 maxAge = _storage().maxAge[asset];
        return last != 0 && maxAge != 0 && last <= block.timestamp && block.timestamp - last <= maxAge;
    }

    function _setMaxAge(bytes32 asset, uint64 maxAge) private {
        if (asset == 0) revert ZeroReserveAsset();
        if (maxAge == 0 || maxAge > LONGEST_MAX_AGE) revert MaxAgeOutOfRange(maxAge, 1, LONGEST_MAX_AGE);
        ReserveRegistryStorage storage $ = _storage();
        uint64 previous = $.maxAge[asset];
        if (previous == 0) {
            if ($.assets.items.length >= MAX_ASSETS) revert TooManyReserveAssets(MAX_ASSETS);
            $.assets.add(asset);
        }
        $.maxAge[asset] = maxAge;
        emit MaxAgeSet(asset, previous, maxAge);
    }

    function _setReporterQuorum(uint8 quorum) private {
        if (quorum == 0 || quorum > MAX_REPORTERS) revert ReporterQuorumOutOfRange(quorum, 1, MAX_REPORTERS);
        uint8 previous = _storage().reporterQuorum;
        _storage().reporterQuorum = quorum;
        emit ReporterQuorumSet(previous, quorum);
    }

    function _requireFigure(uint256 figure) private pure {
        if (figure > type(uint128).max) revert FigureTooLarge(figure, type(uint128).max);
    }

    function _storage() private pure returns (ReserveRegistryStorage storage $) {
        assembly {
            $.slot := RESERVE_REGISTRY_SLOT
        }
    }
}
