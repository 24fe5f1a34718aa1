// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGuarded} from "./IGuarded.sol";

/// @title Who may hold
/// @notice A customer is one KYC id; an account key (theorem 10) belongs to at most one customer, for good.
interface IComplianceRegistry is IGuarded {
    /// @notice How the bank rates a customer. `Internal` is the bank's own treasury.
    enum RiskTier {
        Unknown,
        Low,
        Medium,
        High,
        Blocked,
        Internal
    }

    /// @notice One customer.
    /// @dev `tier` is Blocked while blocked; `isInternal` stays. `expiry` is in unix seconds, and from that second on
    /// the customer is not whitelisted. `accounts` counts those in use.
    struct Customer {
        RiskTier tier;
        bool isInternal;
        uint8 accounts;
        uint64 expiry;
        bytes32 blockReason;
    }

    /// @notice An unblock that waits for its delay and for the second role.
    struct UnblockRequest {
        RiskTier tier;
        uint64 expiry;
        uint64 executableFrom;
        address requester;
        bytes32 reason;
    }

    /// @notice A customer was whitelisted with a first account.
    event CustomerWhitelisted(
        bytes32 indexed kycId, bytes32 indexed accountKey, RiskTier tier, uint64 expiry, address by
    );

    /// @notice One more account of a customer was added.
    event AccountAdded(bytes32 indexed kycId, bytes32 indexed accountKey, address by);

    /// @notice An account stopped being usable; it stays bound to its customer.
    event AccountRemoved(bytes32 indexed kycId, bytes32 indexed accountKey, address by);

    /// @notice Tier and expiry of a customer were renewed.
    event CustomerRenewed(bytes32 indexed kycId, RiskTier tier, uint64 expiry, address by);

    /// @notice A customer was blocked.
    event CustomerBlocked(bytes32 indexed kycId, bytes32 reason, address by);

    /// @notice Compliance asked to unblock a customer.
    event UnblockRequested(
        bytes32 indexed kycId, RiskTier tier, uint64 expiry, uint64 executableFrom, bytes32 reason, address by
    );

    /// @notice A request to unblock was withdrawn, or overtaken by another block.
    event UnblockCancelled(bytes32 indexed kycId, address by);

    /// @notice A customer was unblocked by the second role, after the delay.
    event CustomerUnblocked(bytes32 indexed kycId, RiskTier tier, uint64 expiry, address by);

    /// @notice A KYC id must not be zero.
    error ZeroKycId();

    /// @notice An account key must not be zero.
    error ZeroAccountKey();

    /// @notice Only Low, Medium and High can be given to a customer, and only Internal to the bank itself.
    error TierNotAllowed(RiskTier tier);

    /// @notice The expiry must lie in [`earliest`, `latest`].
    error ExpiryOutOfRange(uint64 expiry, uint256 earliest, uint256 latest);

    /// @notice The KYC id already has its customer (theorem 8).
    error KycIdTaken(bytes32 kycId);

    /// @notice The account already belongs to the customer `kycId`.
    error AccountTaken(bytes32 accountKey, bytes32 kycId);

    /// @notice No customer has this KYC id.
    error UnknownCustomer(bytes32 kycId);

    /// @notice The account is not one of this customer's accounts in use.
    error NotTheCustomersAccount(bytes32 kycId, bytes32 accountKey);

    /// @notice The customer already has as many accounts as it may have.
    error TooManyAccounts(bytes32 kycId, uint256 limit);

    /// @notice The customer is blocked; only an unblock by two roles changes that (theorem 8).
    error CustomerIsBlocked(bytes32 kycId);

    /// @notice The customer is not blocked.
    error CustomerNotBlocked(bytes32 kycId);

    /// @notice The customer is the bank itself; only the admin changes it.
    error CustomerIsInternal(bytes32 kycId);

    /// @notice The customer is not internal.
    error CustomerNotInternal(bytes32 kycId);

    /// @notice A block and an unblock need a reason.
    error ZeroReason();

    /// @notice No request to unblock is open.
    error NoUnblockRequest(bytes32 kycId);

    /// @notice A request to unblock is already open.
    error UnblockPending(bytes32 kycId, uint64 executableFrom);

    /// @notice The delay has not passed.
    error UnblockTooEarly(bytes32 kycId, uint64 executableFrom);

    /// @notice The open request differs from the one that the second role agreed to.
    error UnblockDiffers(bytes32 kycId, RiskTier tier, uint64 expiry);

    /// @notice The address that asked to unblock cannot also execute it.
    error SelfUnblock(bytes32 kycId, address requester);

    /// @notice Sets up the proxy, in the transaction that creates it.
    /// @param guard The SystemGuard's proxy.
    function initialize(address guard) external;

    /// @notice Whitelists a new customer with a first account. Compliance only, not while paused.
    /// @param kycId The customer; never used before.
    /// @param accountKey The account (theorem 10); of no other customer.
    /// @param tier Low, Medium or High.
    /// @param expiry Unix seconds, in the future, at most `MAX_VALIDITY` away.
    function whitelistCustomer(bytes32 kycId, bytes32 accountKey, RiskTier tier, uint64 expiry) external;

    /// @notice Whitelists the bank itself (the treasury) as tier Internal. Admin only, not while paused.
    function whitelistInternal(bytes32 kycId, bytes32 accountKey, uint64 expiry) external;

    /// @notice Adds an account to a customer who is not blocked. Compliance (admin for an internal one), not while paused.
    /// An account that the same customer had removed can be added again.
    function addAccount(bytes32 kycId, bytes32 accountKey) external;

    /// @notice Stops an account of a customer from being used; it stays bound to the customer. Compliance (admin for an internal one).
    function removeAccount(bytes32 kycId, bytes32 accountKey) external;

    /// @notice Sets a customer's tier and expiry anew. Compliance only, not while paused, not while blocked.
    function renew(bytes32 kycId, RiskTier tier, uint64 expiry) external;

    /// @notice Sets an internal customer's expiry anew. Admin only, not while paused, not while blocked.
    function renewInternal(bytes32 kycId, uint64 expiry) external;

    /// @notice Blocks a customer at once, paused or not. Compliance only. Voids an open request to unblock.
    /// Blocking a blocked customer again records the new reason.
    /// @param reason The hash of the case file, not zero.
    function blockCustomer(bytes32 kycId, bytes32 reason) external;

    /// @notice Asks to unblock a customer with this tier and expiry. Compliance only. Starts the delay.
    function requestUnblock(bytes32 kycId, RiskTier tier, uint64 expiry, bytes32 reason) external;

    /// @notice Withdraws a request to unblock. Compliance or admin.
    function cancelUnblock(bytes32 kycId) external;

    /// @notice Unblocks after the delay. Admin only, not while paused; tier and expiry are those of the request looked at.
    function executeUnblock(bytes32 kycId, RiskTier tier, uint64 expiry) external;

    /// @notice Whether the account may hold now: in use, of a customer in Low, Medium, High or Internal, and unexpired.
    function isWhitelisted(bytes32 accountKey) external view returns (bool);

    /// @notice The tier of the account's customer; Unknown for a stranger. Blocked also for a removed account of a
    /// blocked customer. An expired customer keeps its tier.
    function riskTierOf(bytes32 accountKey) external view returns (RiskTier);

    /// @notice The customer to whom the account is bound, zero for a stranger, and whether the account is in use.
    function customerOfAccount(bytes32 accountKey) external view returns (bytes32 kycId, bool inUse);

    /// @notice The customer's record; tier Unknown when there is none.
    function customerOf(bytes32 kycId) external view returns (Customer memory);

    /// @notice The open request to unblock; all zero when there is none.
    function unblockRequestOf(bytes32 kycId) external view returns (UnblockRequest memory);
}
