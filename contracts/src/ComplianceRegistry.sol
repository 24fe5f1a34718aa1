// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Guarded} from "./Guarded.sol";
import {IComplianceRegistry} from "./interfaces/IComplianceRegistry.sol";
import {Roles} from "./lib/Roles.sol";

/// @title ComplianceRegistry
/// @notice Keeps who may hold, by KYC id and account key.
contract ComplianceRegistry is IComplianceRegistry, Guarded {
    /// @dev The customer an account is bound to, for good, and whether it may be used.
    struct Account {
        bytes32 kycId;
        bool inUse;
    }

    /// @custom:storage-location erc7201:sovbank.storage.ComplianceRegistry
    struct ComplianceRegistryStorage {
        mapping(bytes32 kycId => Customer) customers;
        mapping(bytes32 accountKey => Account) accounts;
        mapping(bytes32 kycId => UnblockRequest) unblocks;
    }

    /// @notice How long a check of a customer may stay valid.
    uint256 public constant MAX_VALIDITY = 5 * 365 days;

    /// @notice How long an unblock waits (theorem 8).
    uint256 public constant UNBLOCK_DELAY = 48 hours;

    /// @notice How many accounts of one customer may be in use.
    uint256 public constant MAX_ACCOUNTS = 32;

    /// @dev keccak256(abi.encode(uint256(keccak256("sovbank.storage.ComplianceRegistry")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant COMPLIANCE_REGISTRY_SLOT =
        0x09f5389a7705feb784999d8b20b1aaa84acd0d90b8b83d12bd5dfd95ba410b00;

    /// @inheritdoc IComplianceRegistry
    function initialize(address guard) external initializer {
        _initGuarded(guard);
    }

    /// @inheritdoc IComplianceRegistry
    function whitelistCustomer(bytes32 kycId, bytes32 accountKey, RiskTier tier, uint64 expiry)
        external
        onlyRole(Roles.COMPLIANCE)
        whenNotPaused
    {
        _requireCustomerTier(tier);
        _create(kycId, accountKey, tier, expiry);
    }

    /// @inheritdoc IComplianceRegistry
    function whitelistInternal(bytes32 kycId, bytes32 accountKey, uint64 expiry)
        external
        onlyRole(Roles.ADMIN)
        whenNotPaused
    {
        _create(kycId, accountKey, RiskTier.Internal, expiry);
    }

    /// @inheritdoc IComplianceRegistry
    function addAccount(bytes32 kycId, bytes32 accountKey) external whenNotPaused {
        Customer storage customer = _managed(kycId);
        _requireNotBlocked(kycId, customer);
        _bind(kycId, accountKey, customer);
        emit AccountAdded(kycId, accountKey, msg.sender);
    }

    /// @inheritdoc IComplianceRegistry
    function removeAccount(bytes32 kycId, bytes32 accountKey) external {
        Customer storage customer = _managed(kycId);
        Account storage account = _storage().accounts[accountKey];
        if (account.kycId != kycId || !account.inUse) revert NotTheCustomersAccount(kycId, accountKey);
        account.inUse = false;
        --customer.accounts;
        emit AccountRemoved(kycId, accountKey, msg.sender);
    }

    /// @inheritdoc IComplianceRegistry
    function renew(bytes32 kycId, RiskTier tier, uint64 expiry) external onlyRole(Roles.COMPLIANCE) whenNotPaused {
        Customer storage customer = _existing(kycId);
        if (customer.isInternal) revert CustomerIsInternal(kycId);
        _requireCustomerTier(tier);
        _renew(kycId, customer, tier, expiry);
    }

    /// @inheritdoc IComplianceRegistry
    function renewInternal(bytes32 kycId, uint64 expiry) external onlyRole(Roles.ADMIN) whenNotPaused {
        Customer storage customer = _existing(kycId);
        if (!customer.isInternal) revert CustomerNotInternal(kycId);
        _renew(kycId, customer, RiskTier.Internal, expiry);
    }

    /// @inheritdoc IComplianceRegistry
    function blockCustomer(bytes32 kycId, bytes32 reason) external onlyRole(Roles.COMPLIANCE) {
        if (reason == 0) revert ZeroReason();
        Customer storage customer = _existing(kycId);
        customer.tier = RiskTier.Blocked;
        customer.blockReason = reason;
        emit CustomerBlocked(kycId, reason, msg.sender);
        if (_storage().unblocks[kycId].executableFrom != 0) _voidUnblock(kycId);
    }

    /// @inheritdoc IComplianceRegistry
    function requestUnblock(bytes32 kycId, RiskTier tier, uint64 expiry, bytes32 reason)
        external
        onlyRole(Roles.COMPLIANCE)
    {
        if (reason == 0) revert ZeroReason();
        Customer storage customer = _existing(kycId);
        if (customer.tier != RiskTier.Blocked) revert CustomerNotBlocked(kycId);
        if (!customer.isInternal) _requireCustomerTier(tier);
        else if (tier != RiskTier.Internal) revert TierNotAllowed(tier);
        _requireExpiry(expiry);
        UnblockRequest storage request = _storage().unblocks[kycId];
        if (request.executableFrom != 0) revert UnblockPending(kycId, request.executableFrom);
        // A time in seconds.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint64 executableFrom = uint64(block.timestamp + UNBLOCK_DELAY);
        _storage().unblocks[kycId] = UnblockRequest(tier, expiry, executableFrom, msg.sender, reason);
        emit UnblockRequested(kycId, tier, expiry, executableFrom, reason, msg.sender);
    }

    /// @inheritdoc IComplianceRegistry
    function cancelUnblock(bytes32 kycId) external {
        _requireEither(Roles.COMPLIANCE, Roles.ADMIN);
        if (_storage().unblocks[kycId].executableFrom == 0) revert NoUnblockRequest(kycId);
        _voidUnblock(kycId);
    }

    /// @inheritdoc IComplianceRegistry
    function executeUnblock(bytes32 kycId, RiskTier tier, uint64 expiry) external onlyRole(Roles.ADMIN) whenNotPaused {
        UnblockRequest memory request = _storage().unblocks[kycId];
        if (request.executableFrom == 0) revert NoUnblockRequest(kycId);
        if (request.requester == msg.sender) revert SelfUnblock(kycId, msg.sender);
        if (request.tier != tier || request.expiry != expiry) {
            revert UnblockDiffers(kycId, request.tier, request.expiry);
        }
        if (block.timestamp < request.executableFrom) revert UnblockTooEarly(kycId, request.executableFrom);
        _requireExpiry(expiry);
        delete _storage().unblocks[kycId];
        Customer storage customer = _storage().customers[kycId];
        customer.tier = tier;
        customer.expiry = expiry;
        customer.blockReason = 0;
        emit CustomerUnblocked(kycId, tier, expiry, msg.sender);
    }

    /// @inheritdoc IComplianceRegistry
    function isWhitelisted(bytes32 accountKey) external view returns (bool) {
        Account storage account = _storage().accounts[accountKey];
        if (!account.inUse) return false;
        Customer storage customer = _storage().customers[account.kycId];
        RiskTier tier = customer.tier;
        return tier != RiskTier.Unknown && tier != RiskTier.Blocked && block.timestamp < customer.expiry;
    }

    /// @inheritdoc IComplianceRegistry
    function riskTierOf(bytes32 accountKey) external view returns (RiskTier) {
        return _storage().customers[_storage().accounts[accountKey].kycId].tier;
    }

    /// @inheritdoc IComplianceRegistry
    function customerOfAccount(bytes32 accountKey) external view returns (bytes32 kycId, bool inUse) {
        Account storage account = _storage().accounts[accountKey];
        return (account.kycId, account.inUse);
    }

    /// @inheritdoc IComplianceRegistry
    function customerOf(bytes32 kycId) external view returns (Customer memory) {
        return _storage().customers[kycId];
    }

    /// @inheritdoc IComplianceRegistry
    function unblockRequestOf(bytes32 kycId) external view returns (UnblockRequest memory) {
        return _storage().unblocks[kycId];
    }

    function _create(bytes32 kycId, bytes32 accountKey, RiskTier tier, uint64 expiry) private {
        if (kycId == 0) revert ZeroKycId();
        Customer storage customer = _storage().customers[kycId];
        if (customer.tier != RiskTier.Unknown) revert KycIdTaken(kycId);
        _requireExpiry(expiry);
        customer.tier = tier;
        customer.isInternal = tier == RiskTier.Internal;
        customer.expiry = expiry;
        _bind(kycId, accountKey, customer);
        emit CustomerWhitelisted(kycId, accountKey, tier, expiry, msg.sender);
    }

    /// @dev Binds an account to a customer, or takes the customer's own removed account into use again.
    function _bind(bytes32 kycId, bytes32 accountKey, Customer storage customer) private {
        if (accountKey == 0) revert ZeroAccountKey();
        Account storage account = _storage().accounts[accountKey];
        if (account.kycId != 0 && (account.kycId != kycId || account.inUse)) {
            revert AccountTaken(accountKey, account.kycId);
        }
        if (customer.accounts >= MAX_ACCOUNTS) revert TooManyAccounts(kycId, MAX_ACCOUNTS);
        account.kycId = kycId;
        account.inUse = true;
        ++customer.accounts;
    }

    function _renew(bytes32 kycId, Customer storage customer, RiskTier tier, uint64 expiry) private {
        _requireNotBlocked(kycId, customer);
        _requireExpiry(expiry);
        customer.tier = tier;
        customer.expiry = expiry;
        emit CustomerRenewed(kycId, tier, expiry, msg.sender);
    }

    function _voidUnblock(bytes32 kycId) private {
        delete _storage().unblocks[kycId];
        emit UnblockCancelled(kycId, msg.sender);
    }

    /// @dev The customer whose accounts the caller may change: the admin for internal ones, compliance for the others.
    function _managed(bytes32 kycId) private view returns (Customer storage customer) {
        customer = _existing(kycId);
        _requireRole(customer.isInternal ? Roles.ADMIN : Roles.COMPLIANCE);
    }

    function _existing(bytes32 kycId) private view returns (Customer storage customer) {
        customer = _storage().customers[kycId];
        if (customer.tier == RiskTier.Unknown) revert UnknownCustomer(kycId);
    }

    function _requireNotBlocked(bytes32 kycId, Customer storage customer) private view {
        if (customer.tier == RiskTier.Blocked) revert CustomerIsBlocked(kycId);
    }

    function _requireCustomerTier(RiskTier tier) private pure {
        if (tier != RiskTier.Low && tier != RiskTier.Medium && tier != RiskTier.High) revert TierNotAllowed(tier);
    }

    function _requireExpiry(uint64 expiry) private view {
        uint256 latest = block.timestamp + MAX_VALIDITY;
        if (expiry <= block.timestamp || expiry > latest) revert ExpiryOutOfRange(expiry, block.timestamp + 1, latest);
    }

    function _storage() private pure returns (ComplianceRegistryStorage storage $) {
        assembly {
            $.slot := COMPLIANCE_REGISTRY_SLOT
        }
    }
}
