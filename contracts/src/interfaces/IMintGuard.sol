// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IComplianceRegistry} from "./IComplianceRegistry.sol";
import {IGuarded} from "./IGuarded.sol";
import {IReserveRegistry} from "./IReserveRegistry.sol";

/// @title How much may be minted, and that it happened once
/// @notice Amounts are micro-units of the asset (6 decimals). Every amount is at most 2^128 - 1.
interface IMintGuard is IGuarded {
    /// @notice The life of a mint (theorem 2). The last two are final.
    enum MintState {
        None,
        Held,
        Approved,
        Confirmed,
        Cancelled
    }

    /// @notice Why tokens were burned (theorem 3).
    enum BurnReason {
        Redemption,
        Clawback,
        DirectPayment,
        Fee
    }

    /// @notice The life of a burn record. A withdrawn proposal goes back to None.
    enum BurnState {
        None,
        Proposed,
        Attested
    }

    /// @notice A mint, all of it. Times in unix seconds.
    struct MintRequest {
        bytes32 asset;
        bytes32 destination;
        bytes32 bankReferenceHash;
        bytes32 xrplTxHash;
        uint128 amount;
        uint64 expiry;
        uint64 requestedAt;
        MintState state;
        address requester;
        address approver;
        uint64 limitsEpoch;
    }

    /// @notice A burn, all of it.
    struct Burn {
        bytes32 asset;
        bytes32 redemptionId;
        bytes32 xrplTxHash;
        uint128 amount;
        BurnReason reason;
        BurnState state;
        address proposer;
        address attester;
    }

    /// @notice An asset and its limits. `ratePerSecond` refills `burst` (theorem 6).
    struct AssetLimits {
        bytes32 asset;
        uint128 globalCap;
        uint128 burst;
        uint128 ratePerSecond;
    }

    /// @notice What happened to an asset so far. `supply` is `confirmed` less `burned`.
    struct Totals {
        uint256 confirmed;
        uint256 held;
        uint256 burned;
        uint256 supply;
    }

    /// @notice A mint was requested and its amount held.
    event MintRequested(
        bytes32 indexed id,
        bytes32 indexed asset,
        bytes32 indexed destination,
        uint256 amount,
        bytes32 bankReferenceHash,
        uint64 expiry,
        address requester
    );

    /// @notice A held mint was approved.
    event MintApproved(bytes32 indexed id, uint256 amount, address indexed approver);

    /// @notice The expiry of a mint that is not final moved.
    event MintExtended(bytes32 indexed id, uint64 previous, uint64 expiry, address indexed approver);

    /// @notice A mint happened on the XRP Ledger.
    event MintConfirmed(
        bytes32 indexed id, bytes32 indexed asset, uint256 amount, bytes32 indexed xrplTxHash, address confirmer
    );

    /// @notice A mint was given up and its amount released.
    event MintCancelled(bytes32 indexed id, bytes32 indexed asset, uint256 amount, bytes32 evidence, address by);

    /// @notice A burn was proposed; totals have not changed.
    event BurnRecorded(
        bytes32 indexed burnId,
        bytes32 indexed asset,
        bytes32 indexed redemptionId,
        uint256 amount,
        bytes32 xrplTxHash,
        BurnReason reason,
        address proposer
    );

    /// @notice A proposed burn was attested by the second role and counted.
    event BurnAttested(bytes32 indexed burnId, bytes32 indexed asset, uint256 amount, address attester);

    /// @notice A proposed burn was withdrawn; its hash and redemption id are free again.
    event BurnWithdrawn(bytes32 indexed burnId, bytes32 indexed asset, uint256 amount, address by);

    /// @notice An asset was listed or its limits changed.
    event LimitsSet(bytes32 indexed asset, uint128 globalCap, uint128 burst, uint128 ratePerSecond);

    /// @notice An asset without supply and holds was taken off the list.
    event AssetDelisted(bytes32 indexed asset);

    /// @notice The asset is not listed.
    error UnknownAsset(bytes32 asset);

    /// @notice The zero key is no asset.
    error ZeroAsset();

    /// @notice An amount must be more than zero.
    error ZeroAmount();

    /// @notice An amount must be at most `limit`: 2^128 - 1, or what that leaves beside everything ever confirmed and held.
    error AmountTooLarge(uint256 amount, uint256 limit);

    /// @notice A mint names its bank reference.
    error ZeroBankReference();

    /// @notice The expiry must lie in [`earliest`, `latest`].
    error ExpiryOutOfRange(uint64 expiry, uint256 earliest, uint256 latest);

    /// @notice The same request was made before; read it with `requestOf` and resume.
    error AlreadyRequested(bytes32 id, MintState state);

    /// @notice Another mint, not cancelled, uses the bank reference.
    error BankReferenceUsed(bytes32 bankReferenceHash, bytes32 id);

    /// @notice The destination may not hold now.
    error NotWhitelisted(bytes32 destination);

    /// @notice Supply and holds, this one included, would pass the cap (theorem 1).
    error GlobalCapExceeded(bytes32 asset, uint256 committed, uint256 globalCap);

    /// @notice Supply and holds, this one included, would pass what fresh reserves allow (theorems 1 and 4).
    error ReserveCapacityExceeded(bytes32 asset, uint256 committed, uint256 capacity);

    /// @notice The amount is more than the rate allows now (theorem 6).
    error RateExceeded(bytes32 asset, uint256 amount, uint256 available);

    /// @notice No mint has this id.
    error UnknownRequest(bytes32 id);

    /// @notice The mint is in another state than the step needs (theorem 2).
    error WrongMintState(bytes32 id, MintState state, MintState needed);

    /// @notice The request has expired.
    error RequestExpired(bytes32 id, uint64 expiry);

    /// @notice An expiry can only be moved to a later second.
    error ExpiryNotLater(bytes32 id, uint64 given, uint64 current);

    /// @notice One address cannot act twice on the same mint or burn (theorem 5), whatever its role is by now.
    error SameAddress(bytes32 id, address account);

    /// @notice What happened differs from what was approved.
    error AmountMismatch(bytes32 id, uint256 given, uint256 approved);

    /// @notice An XRP Ledger transaction hash is needed.
    error ZeroXrplHash();

    /// @notice The XRP Ledger transaction already stands for the mint or burn `usedBy`.
    error XrplHashUsed(bytes32 xrplTxHash, bytes32 usedBy);

    /// @notice A redemption must name its id (theorem 3).
    error RedemptionIdMissing();

    /// @notice Only a redemption names a redemption id.
    error RedemptionIdUnexpected(BurnReason reason, bytes32 redemptionId);

    /// @notice The redemption already stands for the burn `usedBy`.
    error RedemptionUsed(bytes32 redemptionId, bytes32 usedBy);

    /// @notice The same burn was recorded before; read it with `burnOf` and resume.
    error AlreadyRecorded(bytes32 burnId, BurnState state);

    /// @notice No burn has this id.
    error UnknownBurn(bytes32 burnId);

    /// @notice The burn is in another state than the step needs.
    error WrongBurnState(bytes32 burnId, BurnState state, BurnState needed);

    /// @notice More would be burned than was confirmed as minted.
    error BurnExceedsSupply(bytes32 asset, uint256 amount, uint256 supply);

    /// @notice As many assets are listed as may be.
    error TooManyAssets(uint256 limit);

    /// @notice The asset still has supply, holds or proposed burns.
    error AssetInUse(bytes32 asset, uint256 supply, uint256 held, uint256 proposedBurns);

    /// @notice Sets up the proxy, in the transaction that creates it.
    /// @param guard The SystemGuard's proxy.
    /// @param compliance_ The ComplianceRegistry's proxy.
    /// @param reserves_ The ReserveRegistry's proxy.
    /// @param assets The assets to list, with their limits; may be empty.
    function initialize(address guard, address compliance_, address reserves_, AssetLimits[] calldata assets) external;

    /// @notice Requests a mint and holds its amount at once. Requester only, not while paused.
    /// @param asset The asset key.
    /// @param destination The key of the account that receives it.
    /// @param amount Micro-units.
    /// @param bankReferenceHash The hash of the bank reference of the deposit; in at most one mint that is not cancelled.
    /// @param expiry Unix seconds after which it can neither be approved nor executed; stored, not part of the id.
    /// @return id `mintId(asset, destination, amount, bankReferenceHash)`.
    function requestMint(bytes32 asset, bytes32 destination, uint256 amount, bytes32 bankReferenceHash, uint64 expiry)
        external
        returns (bytes32 id);

    /// @notice Approves a held mint, after checking again everything that can have changed. Approver only, not while paused.
    function approveMint(bytes32 id) external;

    /// @notice Moves the expiry of a held or approved mint to a later second. Approver only, not while paused.
    function extendMint(bytes32 id, uint64 expiry) external;

    /// @notice Records that an approved mint happened. Confirmer only; also while paused, after expiry, after a block.
    /// @param amount What was delivered, which must be the approved amount.
    /// @param xrplTxHash The hash of the validated payment, never used before.
    function confirmMint(bytes32 id, uint256 amount, bytes32 xrplTxHash) external;

    /// @notice Gives a mint up and releases its amount. A held one: requester or approver. An approved one: confirmer
    /// only, who has to know that no signed payment can still apply. Also while paused.
    /// @param evidence The hash of the validated transaction that consumed the ticket, or zero if nothing was signed.
    function cancelMint(bytes32 id, bytes32 evidence) external;

    /// @notice Proposes the record of a burn that happened. Burn recorder only; also while paused. Counts once attested.
    /// @param redemptionId The redemption; zero for every other reason.
    /// @param xrplTxHash The hash of the validated transaction, never used before.
    /// @return id `burnId(redemptionId, asset, amount, xrplTxHash, reason)`.
    function recordBurn(bytes32 redemptionId, bytes32 asset, uint256 amount, bytes32 xrplTxHash, BurnReason reason)
        external
        returns (bytes32 id);

    /// @notice Attests a proposed burn, which then counts. Burn attester only; also while paused.
    function attestBurn(bytes32 id) external;

    /// @notice Withdraws a proposed burn. Burn recorder or burn attester; also while paused.
    function withdrawBurn(bytes32 id) external;

    /// @notice Lists an asset or changes its limits. Admin only. Cancelled mints requested before give no rate back.
    function setLimits(AssetLimits calldata limits_) external;

    /// @notice Takes an asset without supply, holds and proposed burns off the list. Admin only.
    function delistAsset(bytes32 asset) external;

    /// @notice Whether `requestMint` with these values would be accepted now, and if not, the error it would revert with.
    /// @return allowed Whether it would.
    /// @return refusal The ABI-encoded error, empty when allowed.
    function canMint(bytes32 asset, bytes32 destination, uint256 amount, bytes32 bankReferenceHash, uint64 expiry)
        external
        view
        returns (bool allowed, bytes memory refusal);

    /// @notice Whether the signers may sign the mint now: approved, unexpired, not paused, destination whitelisted,
    /// supply and holds within the cap and within fresh reserves.
    /// @return executable Whether they may.
    /// @return refusal The ABI-encoded error that says why not, empty when executable.
    function isExecutable(bytes32 id) external view returns (bool executable, bytes memory refusal);

    /// @notice Reverts with the reason why `requestMint` would be refused; what `canMint` asks.
    function requireMintable(
        bytes32 asset,
        bytes32 destination,
        uint256 amount,
        bytes32 bankReferenceHash,
        uint64 expiry
    ) external view;

    /// @notice Reverts with the reason why the mint cannot be executed; what `isExecutable` asks.
    function requireExecutable(bytes32 id) external view;

    /// @notice The mint's record; state None when there is none.
    function requestOf(bytes32 id) external view returns (MintRequest memory);

    /// @notice The burn's record; state None when there is none.
    function burnOf(bytes32 id) external view returns (Burn memory);

    /// @notice The mint or burn that the XRP Ledger transaction stands for, or zero.
    function usedBy(bytes32 xrplTxHash) external view returns (bytes32);

    /// @notice The mint, not cancelled, that uses the bank reference, or zero.
    function requestOfBankReference(bytes32 bankReferenceHash) external view returns (bytes32);

    /// @notice The burn, proposed or attested, of the redemption, or zero.
    function burnOfRedemption(bytes32 redemptionId) external view returns (bytes32);

    /// @notice What happened to the asset so far.
    function totals(bytes32 asset) external view returns (Totals memory);

    /// @notice Confirmed less burned; what reserves have to cover.
    function supplyOf(bytes32 asset) external view returns (uint256);

    /// @notice The asset's limits; all zero when it is not listed.
    function limits(bytes32 asset) external view returns (AssetLimits memory);

    /// @notice How much the rate allows to be requested now.
    function rateAvailable(bytes32 asset) external view returns (uint256);

    /// @notice How much can be requested now: the least that cap, fresh reserves and rate leave; ignores the pause.
    function headroom(bytes32 asset) external view returns (uint256);

    /// @notice The listed assets, at most `MAX_ASSETS`.
    function assets() external view returns (bytes32[] memory);

    /// @notice The ComplianceRegistry that is asked.
    function compliance() external view returns (IComplianceRegistry);

    /// @notice The ReserveRegistry that is asked.
    function reserves() external view returns (IReserveRegistry);

    /// @notice The id of a mint, which is also its operation id and the InvoiceID of its payment: SHA-256 over five
    /// 32-byte words, `"sovbank/mint/v1"` padded with zero bytes on the right, asset, destination, amount
    /// (big-endian), bankReferenceHash.
    function mintId(bytes32 asset, bytes32 destination, uint256 amount, bytes32 bankReferenceHash)
        external
        pure
        returns (bytes32);

    /// @notice The id of a burn record: SHA-256 over six 32-byte words, `"sovbank/burn/v1"` padded with zero bytes on
    /// the right, redemptionId, asset, amount, xrplTxHash, reason (both numbers big-endian).
    function burnId(bytes32 redemptionId, bytes32 asset, uint256 amount, bytes32 xrplTxHash, BurnReason reason)
        external
        pure
        returns (bytes32);

    /// @notice The namespace of an XRP Ledger network: keccak256 over two 32-byte words, `"xrpl"` padded with zero
    /// bytes on the right, and the network id (big-endian).
    function xrplNamespace(uint32 networkId) external pure returns (bytes32);

    /// @notice The key of an account (theorem 10): keccak256(namespace || 20 bytes of the account id).
    function accountKey(bytes32 namespace, bytes20 account) external pure returns (bytes32);

    /// @notice The key of an asset: keccak256(namespace || 20 bytes of the issuer's account id || 20 bytes of currency).
    function assetKey(bytes32 namespace, bytes20 issuer, bytes20 currency) external pure returns (bytes32);
}
