// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGuarded} from "./IGuarded.sol";

/// @title What backs the tokens
/// @notice Amounts are micro-USD (6 decimals); one micro-unit of an asset is worth one micro-USD.
interface IReserveRegistry is IGuarded {
    /// @notice What the reserve reporters sign (EIP-712, domain `sovbank ReserveRegistry`, version `1`, this chain,
    /// this proxy): all of them the same report.
    /// @dev `encumbered` is what is owed out of the reserves already: redemption payables and deposits marked for
    /// return (theorem 11). `asOf` in unix seconds. `nonce` is one more than that of the asset's last attestation.
    /// `documentHash` is that of the report behind the figures.
    struct ReserveReport {
        bytes32 asset;
        uint256 totalReserves;
        uint256 encumbered;
        uint64 asOf;
        uint64 nonce;
        bytes32 documentHash;
    }

    /// @notice The last attestation of an asset. `shortfall` is set when it left capacity below supply.
    struct Attestation {
        uint128 totalReserves;
        uint128 encumbered;
        uint64 asOf;
        uint64 nonce;
        uint64 submittedAt;
        bool shortfall;
        bytes32 documentHash;
    }

    /// @notice An asset and how old its attestation may be, in seconds.
    struct AssetTerms {
        bytes32 asset;
        uint64 maxAge;
    }

    /// @notice An attestation was accepted.
    event AttestationSubmitted(
        bytes32 indexed asset,
        uint64 indexed nonce,
        uint256 totalReserves,
        uint256 encumbered,
        uint64 asOf,
        bytes32 documentHash,
        address[] reporters
    );

    /// @notice The attestation leaves less than is in circulation; nothing can be minted until a better one (theorem 12).
    event ReserveShortfall(bytes32 indexed asset, uint64 indexed nonce, uint256 capacity, uint256 supply);

    /// @notice An attestation without shortfall followed one with.
    event ShortfallEnded(bytes32 indexed asset, uint64 indexed nonce, uint256 capacity, uint256 supply);

    /// @notice An asset was listed or its maximum age changed.
    event MaxAgeSet(bytes32 indexed asset, uint64 previous, uint64 maxAge);

    /// @notice An asset was taken off the list; its reserves are zero until it is listed and attested again.
    event ReserveAssetDelisted(bytes32 indexed asset);

    /// @notice The number of reporters who must sign changed.
    event ReporterQuorumSet(uint8 previous, uint8 quorum);

    /// @notice The MintGuard whose supply is compared was named, once and for all.
    event MintGuardLinked(address mintGuard);

    /// @notice The asset is not listed.
    error UnknownReserveAsset(bytes32 asset);

    /// @notice The zero key is no asset.
    error ZeroReserveAsset();

    /// @notice The asset is listed already.
    error ReserveAssetListed(bytes32 asset);

    /// @notice A maximum age must be in [`least`, `most`] seconds (theorem 4).
    error MaxAgeOutOfRange(uint64 maxAge, uint256 least, uint256 most);

    /// @notice As many assets are listed as may be.
    error TooManyReserveAssets(uint256 limit);

    /// @notice The asset still has supply.
    error ReserveAssetInUse(bytes32 asset, uint256 supply);

    /// @notice The report is older than the asset's maximum age.
    error StaleReport(bytes32 asset, uint64 asOf, uint256 oldest);

    /// @notice The report is dated in the future.
    error FutureReport(bytes32 asset, uint64 asOf, uint256 now_);

    /// @notice The report is dated before the last attestation.
    error NotNewer(bytes32 asset, uint64 asOf, uint64 lastAsOf);

    /// @notice The report's nonce is not the next one.
    error WrongNonce(bytes32 asset, uint64 given, uint64 expected);

    /// @notice A figure must be at most `limit`.
    error FigureTooLarge(uint256 figure, uint256 limit);

    /// @notice A report names the document behind it.
    error ZeroDocumentHash();

    /// @notice The signature at `index` is malformed or not in its canonical form.
    error BadSignature(uint256 index);

    /// @notice The signer recovered from the signature at `index` is no reserve reporter.
    error NotAReporter(uint256 index, address signer);

    /// @notice The reporter signed twice.
    error DuplicateReporter(address reporter);

    /// @notice Fewer reporters signed than must.
    error TooFewReporters(uint256 signed, uint256 quorum);

    /// @notice More signatures were given than there can be reporters.
    error TooManySignatures(uint256 given, uint256 limit);

    /// @notice A quorum must be in [`least`, `most`].
    error ReporterQuorumOutOfRange(uint256 quorum, uint256 least, uint256 most);

    /// @notice Only the deployer names the MintGuard, and only once.
    error NotTheDeployer(address account);

    /// @notice The MintGuard has been named.
    error AlreadyLinked(address mintGuard);

    /// @notice The MintGuard has not been named yet.
    error NotLinked();

    /// @notice The contract does not name this registry as its ReserveRegistry.
    error LinkMismatch(address mintGuard);

    /// @notice Sets up the proxy, in the transaction that creates it. The caller may then name the MintGuard, once.
    /// @param guard The SystemGuard's proxy.
    /// @param quorum Reporters who must sign, at least 1.
    /// @param assets_ The assets to list; may be empty.
    function initialize(address guard, uint8 quorum, AssetTerms[] calldata assets_) external;

    /// @notice Names the MintGuard whose supply attestations are compared with. The deployer only, once, and holds
    /// nothing afterwards. Until then nothing can be attested and no asset has capacity.
    function linkMintGuard(address mintGuard_) external;

    /// @notice Accepts a report signed by a quorum of reserve reporters. Any reserve reporter; also while paused.
    /// @param report The report that all of them signed.
    /// @param signatures 65 bytes each (r, s, v), in any order, at most one of each reporter.
    function submitAttestation(ReserveReport calldata report, bytes[] calldata signatures) external;

    /// @notice Lists an asset or changes how old its attestation may be. Admin only.
    function setMaxAge(bytes32 asset, uint64 maxAge) external;

    /// @notice Takes an asset without supply off the list and its reserves to zero. Admin only. Nonce and date of the last
    /// attestation are kept.
    function delistReserveAsset(bytes32 asset) external;

    /// @notice Sets how many reporters must sign. Admin only.
    function setReporterQuorum(uint8 quorum) external;

    /// @notice What the last attestation says is held, micro-USD, however old it is.
    function totalReservesUsd(bytes32 asset) external view returns (uint256);

    /// @notice How much of the asset may exist now: reserves less encumbrances; zero when the attestation is missing,
    /// stale or left a shortfall.
    function maxAllowedSupply(bytes32 asset) external view returns (uint256);

    /// @notice The moment of the last attestation, unix seconds; 0 when there is none.
    function asOf(bytes32 asset) external view returns (uint64);

    /// @notice Whether the last attestation is young enough.
    function isFresh(bytes32 asset) external view returns (bool);

    /// @notice The last attestation; all zero when there is none.
    function attestationOf(bytes32 asset) external view returns (Attestation memory);

    /// @notice The nonce that the next report of the asset must carry.
    function nextNonce(bytes32 asset) external view returns (uint64);

    /// @notice How old an attestation of the asset may be, in seconds; 0 when it is not listed.
    function maxAgeOf(bytes32 asset) external view returns (uint64);

    /// @notice Reporters who must sign.
    function reporterQuorum() external view returns (uint8);

    /// @notice The listed assets, at most `MAX_ASSETS`.
    function reserveAssets() external view returns (bytes32[] memory);

    /// @notice The MintGuard whose supply is compared; zero until named.
    function mintGuard() external view returns (address);

    /// @notice The EIP-712 digest that reporters sign.
    function hashReport(ReserveReport calldata report) external view returns (bytes32);
}
