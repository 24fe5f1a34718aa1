"""Refusals of the guarded signer, one for each of its rules (DESIGN: what the guarded signer signs).

Nothing was signed when one of them is raised.
"""

from __future__ import annotations

from sovbank.errors.base import PolicyRefused


class SigningRefused(PolicyRefused):
    """The guarded signer does not sign the transaction."""

    code = "guard.refused"
    default_next_step = "Nothing was signed. Compare the operation with `sovbank ops show ID`."


class AttemptNotSignable(SigningRefused):
    """The attempt is past its signing: its blob is recorded, or it is over."""

    code = "guard.attempt-not-signable"
    default_next_step = "Run `sovbank ops resume ID`; it sends the recorded blob or opens a further attempt."


class NoSigner(SigningRefused):
    """No signer was given, or one was given twice, or a single and a multisignature were mixed."""

    code = "guard.signers"


class RecordUnreadable(SigningRefused):
    """The recorded unsigned transaction is not one that the ledger's format can hold."""

    code = "guard.record-unreadable"
    default_next_step = "Run `sovbank ledger verify`; do not sign this attempt."


class KindNotSignable(SigningRefused):
    """No row of the guard's table covers transactions of this kind of operation."""

    code = "guard.kind-not-signable"


class PermitMismatch(SigningRefused):
    """The permit that was read is not one for this kind of operation."""

    code = "guard.permit-mismatch"


class WrongTransactionType(SigningRefused):
    """The transaction is of another type than the row signs."""

    code = "guard.transaction-type"


class WrongAccount(SigningRefused):
    """The transaction is from another account than the permit names."""

    code = "guard.account"


class WrongDirection(SigningRefused):
    """A mint does not start at the issuer, a burn does not end there, or another payment touches it."""

    code = "guard.direction"


class WrongDestination(SigningRefused):
    """The payment goes to another account than the permit names."""

    code = "guard.destination"


class WrongDestinationTag(SigningRefused):
    """The destination tag is not the one that the permit names, or is missing, or should be."""

    code = "guard.destination-tag"


class WrongToken(SigningRefused):
    """The amount is not in the permit's currency from the permit's issuer."""

    code = "guard.token"


class WrongAmount(SigningRefused):
    """The amount is not exactly the permit's."""

    code = "guard.amount"


class WrongInvoice(SigningRefused):
    """The InvoiceID is not the operation's id."""

    code = "guard.invoice-id"


class AlreadyPaid(SigningRefused):
    """The account's validated history already holds a successful payment with this InvoiceID."""

    code = "guard.already-paid"
    default_next_step = "Do not sign again. `sovbank ops resume ID` takes up what the ledger shows."


class PartialPayment(SigningRefused):
    """The payment carries tfPartialPayment and could deliver less than it says."""

    code = "guard.partial-payment"


class IndirectPayment(SigningRefused):
    """The payment carries Paths, SendMax or DeliverMin and could convert on its way."""

    code = "guard.indirect-payment"


class FlagsNotAllowed(SigningRefused):
    """The transaction carries flags that the row does not allow, or lacks one that it needs."""

    code = "guard.flags"


class WrongNetwork(SigningRefused):
    """The NetworkID is not the network's, is missing on a network above 1024, or stands on one up to 1024."""

    code = "guard.network-id"


class WrongSequence(SigningRefused):
    """The ticket or sequence is not the one bound to the attempt."""

    code = "guard.sequence"


class FeeNotAllowed(SigningRefused):
    """The fee is not a whole number of drops from 1 to the cap."""

    code = "guard.fee"


class WrongLastLedger(SigningRefused):
    """LastLedgerSequence is missing or is not the one recorded with the attempt."""

    code = "guard.last-ledger"


class WindowOver(SigningRefused):
    """The last ledger in which the transaction could apply is validated already."""

    code = "guard.window-over"
    default_next_step = (
        "Run `sovbank ops resume ID`; once the attempt is proven expired, it opens a further one."
    )


class BeyondExpiry(SigningRefused):
    """The transaction could still apply after the request has expired."""

    code = "guard.beyond-expiry"


class WrongSigningKey(SigningRefused):
    """SigningPubKey is not empty for a multisignature, or not the signer's for a single one."""

    code = "guard.signing-key"


class WrongMemos(SigningRefused):
    """The memos are not exactly the expected anchor."""

    code = "guard.memos"


class UnexpectedField(SigningRefused):
    """The transaction has a field that the row does not know."""

    code = "guard.unexpected-field"


class SignerNotListed(SigningRefused):
    """The signer is not on the account's signer list; one stranger spoils the whole set."""

    code = "guard.signer-not-listed"
    default_next_step = "Compare the profile with the account's signer list: `sovbank issuer status`."


class MultisignRequired(SigningRefused):
    """The account has a signer list and tokens would move on a single signature."""

    code = "guard.multisign-required"


class MintNotExecutable(SigningRefused):
    """MintGuard does not let the mint be executed in the newest final block."""

    code = "guard.mint-not-executable"
    default_next_step = "See the request's state with `sovbank ops show ID` and `sovbank control status`."


class DepositMissing(SigningRefused):
    """No booked deposit stands behind the distribution."""

    code = "guard.deposit-missing"


class DepositExhausted(SigningRefused):
    """The booked deposit has less left than would be paid."""

    code = "guard.deposit-exhausted"


class DestinationNotWhitelisted(SigningRefused):
    """The destination is not whitelisted on the control plane."""

    code = "guard.not-whitelisted"
    default_next_step = "Have compliance whitelist the customer first."


class ControlPlanePaused(SigningRefused):
    """The control plane is paused."""

    code = "guard.paused"
    default_next_step = "Wait until the guardians lift the pause; `sovbank control status` shows the reason."


class ReceiptMissing(SigningRefused):
    """No validated receipt on the redemption account stands behind the payment."""

    code = "guard.receipt-missing"


class ReceiptElsewhere(SigningRefused):
    """The receipt did not arrive on the account that would pay."""

    code = "guard.receipt-elsewhere"


class ReceiptAmountDiffers(SigningRefused):
    """The payment is not for exactly what the receipt delivered."""

    code = "guard.receipt-amount"


class NotToSender(SigningRefused):
    """A bounce does not go to the account that sent the receipt."""

    code = "guard.not-to-sender"


class NotSignedOff(SigningRefused):
    """Fewer than two people signed off the compliance case."""

    code = "guard.not-signed-off"
    default_next_step = "A second person must sign off the compliance case."


class WrongHolder(SigningRefused):
    """The transaction concerns another holder than the compliance case or the membership names."""

    code = "guard.holder"


class WrongGlobalFreeze(SigningRefused):
    """The transaction does not set or clear the global freeze as the compliance case says."""

    code = "guard.global-freeze"


class AlreadyMember(SigningRefused):
    """The account that a membership would be offered to is a member on MembershipRegistry."""

    code = "guard.already-member"
    default_next_step = "See what it holds with `sovbank nft membership verify ADDRESS`."


class WrongTaxon(SigningRefused):
    """The taxon of the token is not that of the membership's tier."""

    code = "guard.taxon"


class WrongUri(SigningRefused):
    """The URI of the token does not name the tier's metadata and its hash."""

    code = "guard.uri"


class WrongNFToken(SigningRefused):
    """The token to be burned is not the membership's."""

    code = "guard.nftoken"


class NotRevoked(SigningRefused):
    """MembershipRegistry does not say that the membership of this token is revoked."""

    code = "guard.not-revoked"
    default_next_step = "Revoke it first: `sovbank nft membership revoke ADDRESS`."


class TokenRecorded(SigningRefused):
    """The token that is to be withdrawn was recorded on MembershipRegistry: it was accepted."""

    code = "guard.token-recorded"
    default_next_step = "End the membership with `sovbank nft membership revoke ADDRESS`."


class TokenNotOnAccount(SigningRefused):
    """The token that is to be withdrawn is not on the account that issued it."""

    code = "guard.token-not-on-account"
    default_next_step = "If its holder accepted it, record that with `sovbank ops resume ID`."


class PlanNotAccepted(SigningRefused):
    """The plan's digest is not the one that the officers accepted."""

    code = "guard.plan-not-accepted"
    default_next_step = "Show the plan again and have it accepted: `sovbank issuer plan`."


class StepNotInPlan(SigningRefused):
    """The transaction is not one of the accepted plan's steps."""

    code = "guard.step-not-in-plan"
    default_next_step = "Show the plan again and have it accepted: `sovbank issuer plan`."


class SettingForbidden(SigningRefused):
    """The account setting may never be part of a plan (no freeze, global freeze, unknown)."""

    code = "guard.setting-forbidden"
