"""One refusal per custom error of the contracts: a stable code, plain words and a next step.

The classes are made from the table, so that table, codes and documentation cannot differ. The code of
``ReserveCapacityExceeded`` is ``control.reserve-capacity-exceeded``.
"""

from __future__ import annotations

import re

from sovbank.errors.evm import ControlPlaneRefused

_STATUS = "See `sovbank control status`."
_SHOW = "See `sovbank ops show ID`; what is done already is not done again."
_OTHER = "Another officer, who holds the role and did not take part yet, must do this step."
_ROLE = "Let an officer with the role do this; `sovbank control status` lists who holds which."
_ATTEST = "Have the reserve reporters attest anew: `sovbank reserves attest`, then try again."
_SMALLER = "Ask for less, or wait; `sovbank reserves status` shows how much is possible now."
_CUSTOMER = "See `sovbank kyc show ACCOUNT`; compliance decides about it."
_UNPAUSE = "Wait until the guardians lift the pause: `sovbank control unpause`."
_PROFILE = "Correct the value in the profile or on the command line."
_ADMIN = "Ask the admin of the control plane."
_INTERNAL = "Run `sovbank control status`: the contract may not be the one expected."

_TABLE: dict[str, tuple[str, str]] = {
    # Roles and the pause
    "Unauthorized": ("The address does not hold the role that this step needs", _ROLE),
    "UnknownRole": ("No such role exists on the control plane", _PROFILE),
    "ZeroAccount": ("The zero address cannot hold a role", _PROFILE),
    "RoleConflict": ("The address holds another role already, and may hold only one", _ADMIN),
    "DeployerHoldsNothing": (
        "The deployer can never hold a role",
        "Deploy with a key that nobody else uses.",
    ),
    "TooManyHolders": ("The role has as many holders as it may have", _ADMIN),
    "NotAHolder": ("The address does not hold this role", _STATUS),
    "LastAdmin": ("The last admin cannot be removed", _ADMIN),
    "SystemPaused": ("The control plane is paused", _UNPAUSE),
    "NotPaused": ("The control plane is not paused", _STATUS),
    "WrongPause": ("Another pause is in force than the one to be lifted", _STATUS),
    "AlreadyApprovedUnpause": ("This guardian has agreed to lift this pause already", _OTHER),
    "QuorumOutOfRange": ("The number of guardians who lift a pause is out of range", _PROFILE),
    "ReasonLength": ("The reason must have 1 to 200 bytes", "Give a reason, in few words."),
    "NotAContract": ("There is no contract at an address that must be one", _INTERNAL),
    # Customers
    "ZeroKycId": ("The KYC id is empty", _PROFILE),
    "ZeroAccountKey": ("The account is empty", _PROFILE),
    "TierNotAllowed": ("Only the tiers low, medium and high can be given to a customer", _CUSTOMER),
    "ExpiryOutOfRange": ("The expiry is in the past or too far away", "Choose an expiry in the range shown."),
    "KycIdTaken": ("The KYC case stands for a customer already", _CUSTOMER),
    "AccountTaken": ("The account belongs to another customer already", _CUSTOMER),
    "UnknownCustomer": ("No customer has this KYC case", _CUSTOMER),
    "NotTheCustomersAccount": ("The account is not one of this customer's", _CUSTOMER),
    "TooManyAccounts": ("The customer has as many accounts as it may have", _CUSTOMER),
    "CustomerIsBlocked": ("The customer is blocked", _CUSTOMER),
    "CustomerNotBlocked": ("The customer is not blocked", _CUSTOMER),
    "CustomerIsInternal": ("The customer is the bank itself; only the admin changes it", _ADMIN),
    "CustomerNotInternal": ("The customer is not the bank itself", _CUSTOMER),
    "ZeroReason": ("A block and an unblock need a reason", "Name the case file."),
    "NoUnblockRequest": ("No request to unblock is open", _CUSTOMER),
    "UnblockPending": ("A request to unblock is open already", _CUSTOMER),
    "UnblockTooEarly": ("The delay before an unblock has not passed", "Wait until the time shown."),
    "UnblockDiffers": ("The open request to unblock differs from the one agreed to", _CUSTOMER),
    "SelfUnblock": ("Whoever asked to unblock cannot also execute it", _OTHER),
    "NotWhitelisted": ("The destination is not whitelisted now", _CUSTOMER),
    # Reserves
    "UnknownReserveAsset": ("The asset is not listed with the reserves", _ADMIN),
    "ZeroReserveAsset": ("The asset is empty", _PROFILE),
    "ReserveAssetListed": ("The asset is listed already", _PROFILE),
    "MaxAgeOutOfRange": ("The longest age of an attestation is out of range", _PROFILE),
    "TooManyReserveAssets": ("As many assets are listed as may be", _ADMIN),
    "ReserveAssetInUse": ("The asset still has supply", _STATUS),
    "StaleReport": ("The report is older than an attestation may be", "Report figures of a later moment."),
    "FutureReport": ("The report is dated in the future", "Check the clock and the date of the report."),
    "NotNewer": ("The report is not newer than the last attestation", "Report a later moment."),
    "WrongNonce": (
        "The report does not follow the last attestation; it was signed for an earlier or later place",
        "Have the reserve reporters sign the report again.",
    ),
    "FigureTooLarge": ("A figure of the report is too large", _PROFILE),
    "ZeroDocumentHash": ("A report names the document behind it", "Give the document of the report."),
    "BadSignature": ("A signature of the report is malformed", "Have the reserve reporter sign again."),
    "NotAReporter": (
        "A signature of the report is not that of a reserve reporter over this very report",
        "Have the reserve reporters sign the report again.",
    ),
    "DuplicateReporter": ("One reserve reporter signed twice", _OTHER),
    "TooFewReporters": ("Too few reserve reporters signed", "Collect more signatures of reserve reporters."),
    "TooManySignatures": ("More signatures were given than there can be reporters", _PROFILE),
    "ReporterQuorumOutOfRange": ("The number of reserve reporters who must sign is out of range", _PROFILE),
    "NotTheDeployer": ("Only the deployer links the contracts, and only once", _STATUS),
    "AlreadyLinked": ("The reserves are linked to a MintGuard already", _STATUS),
    "NotLinked": ("The reserves are not linked to a MintGuard yet", "Finish `sovbank control deploy`."),
    "LinkMismatch": ("The MintGuard names other reserves", _INTERNAL),
    # Mints and burns
    "UnknownAsset": ("The asset is not listed on MintGuard", _ADMIN),
    "ZeroAsset": ("The asset is empty", _PROFILE),
    "ZeroAmount": ("The amount must be more than zero", _PROFILE),
    "AmountTooLarge": ("The amount is too large", _PROFILE),
    "ZeroBankReference": ("A mint names its bank reference", _PROFILE),
    "AlreadyRequested": ("The same mint was requested before", _SHOW),
    "BankReferenceUsed": ("Another mint stands on this bank reference", _SHOW),
    "GlobalCapExceeded": ("Supply and holds would pass the asset's cap", _SMALLER),
    "ReserveCapacityExceeded": ("Supply and holds would pass what fresh reserves allow", _ATTEST),
    "RateExceeded": ("The amount is more than the rate allows now", _SMALLER),
    "UnknownRequest": ("No mint has this id on MintGuard", _SHOW),
    "WrongMintState": ("The mint is in another state than this step needs", _SHOW),
    "RequestExpired": ("The request has expired", "Have an approver extend it, or cancel it."),
    "ExpiryNotLater": ("An expiry can only be moved to a later moment", "Choose a later moment."),
    "SameAddress": ("One person cannot act twice on the same mint or burn", _OTHER),
    "AmountMismatch": (
        "What was delivered is not what was approved",
        "Do not confirm; run `sovbank reconcile`.",
    ),
    "ZeroXrplHash": ("The XRP Ledger transaction is missing", _PROFILE),
    "XrplHashUsed": (
        "The XRP Ledger transaction stands for another mint or burn",
        "Run `sovbank reconcile`.",
    ),
    "RedemptionIdMissing": ("A redemption names its id", _PROFILE),
    "RedemptionIdUnexpected": ("Only a redemption names a redemption id", _PROFILE),
    "RedemptionUsed": ("The redemption stands for another burn", "Run `sovbank reconcile`."),
    "AlreadyRecorded": ("The same burn was recorded before", _SHOW),
    "UnknownBurn": ("No burn has this id on MintGuard", _SHOW),
    "WrongBurnState": ("The burn is in another state than this step needs", _SHOW),
    "BurnExceedsSupply": ("More would be burned than was minted", "Run `sovbank reconcile`."),
    "TooManyAssets": ("As many assets are listed as may be", _ADMIN),
    "AssetInUse": ("The asset still has supply, holds or proposed burns", _STATUS),
    # Membership
    "TierMissing": ("A membership has a tier", _PROFILE),
    "ZeroNftokenId": ("A membership names its NFToken", _PROFILE),
    "NftokenUsed": ("The NFToken stands, or stood, for a membership", _CUSTOMER),
    "AlreadyMember": ("The account is a member already", _CUSTOMER),
    "NotAMember": ("The account is no member", _CUSTOMER),
    "OtherNftoken": ("The membership in force is of another NFToken", _CUSTOMER),
    "MemberNotWhitelisted": ("The account is not whitelisted now, so it cannot become a member", _CUSTOMER),
    "TierDoesNotFit": ("The tier internal is for the bank's own accounts alone", _CUSTOMER),
    # Proxies and libraries
    "AddressEmptyCode": ("There is no contract behind an address", _INTERNAL),
    "FailedCall": ("A call from one contract to another failed", _INTERNAL),
    "InvalidInitialization": ("The contract is initialised already", _STATUS),
    "NotInitializing": ("The contract is not being initialised", _INTERNAL),
    "ERC1967InvalidImplementation": ("The new implementation is no contract that fits", _INTERNAL),
    "ERC1967NonPayable": ("The contract takes no ether", _INTERNAL),
    "ERC1967ProxyUninitialized": ("The proxy was created without being initialised", _INTERNAL),
    "UUPSUnauthorizedCallContext": ("Upgrades go through the proxy alone", _INTERNAL),
    "UUPSUnsupportedProxiableUUID": ("The new implementation is no contract that fits", _INTERNAL),
}


def words_of(name: str) -> str:
    """Return what the contracts' error means, without a full stop."""
    return _TABLE[name][0]


def _code(name: str) -> str:
    dashed = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name)
    return f"control.{dashed.lower()}"


def _refusal(name: str, words: str, next_step: str) -> type[ControlPlaneRefused]:
    members = {
        "__doc__": f"{words}.",
        "__module__": __name__,
        "code": _code(name),
        "default_next_step": next_step,
    }
    return type(name, (ControlPlaneRefused,), members)


REFUSALS: dict[str, type[ControlPlaneRefused]] = {
    name: _refusal(name, words, next_step) for name, (words, next_step) in _TABLE.items()
}
"""The class of each custom error, by the error's name in the contracts."""
