"""Refusals of the use cases: what an officer asked for cannot be done, or not yet, or not by them."""

from __future__ import annotations

from sovbank.errors.base import (
    DriftFound,
    Failed,
    LedgerRejected,
    OutcomeUnknown,
    PolicyRefused,
    QuorumIncomplete,
    UsageRefused,
    Waiting,
)


class NoOfficerHere(PolicyRefused):
    """No officer who holds the role has a key on this machine."""

    code = "policy.no-officer-here"
    default_next_step = "Run it on the machine of an officer with the role, or name one with --officer."


class OfficerAmbiguous(UsageRefused):
    """Several officers with the role have keys on this machine and none was named."""

    code = "policy.officer-ambiguous"
    default_next_step = "Say who is acting with --officer NAME."


class DepositMissing(PolicyRefused):
    """No booked bank credit has the reference."""

    code = "mint.deposit-missing"
    default_next_step = "Import the statement that books it (`sovbank bank import FILE`), then try again."


class DepositUnsuitable(PolicyRefused):
    """The bank entry is not a credit in the asset's money, or it is too small."""

    code = "mint.deposit-unsuitable"
    default_next_step = "Check the reference and the amount against the bank statement."


class DepositExhausted(PolicyRefused):
    """The deposit backs as much as it can already."""

    code = "treasury.deposit-exhausted"
    default_next_step = "Use a deposit with enough left; `sovbank bank entries` shows them."


class DistributionCancelled(PolicyRefused):
    """The distribution was refused when it was about to be signed; its reference can never be used again."""

    code = "treasury.cancelled"
    default_next_step = "Give a new order with a reference of its own."


class MintRefused(PolicyRefused):
    """MintGuard would not hold this mint, or no longer lets it be executed."""

    code = "mint.refused"
    default_next_step = "Mend the cause that is named; the same command then takes the operation up again."


class DestinationRefused(PolicyRefused):
    """The profile's way of minting does not allow this destination."""

    code = "mint.destination-refused"
    default_next_step = "Leave --to out to mint to the treasury; `mint_legs` in the profile says which way."


class MintCancelled(PolicyRefused):
    """The mint was given up; its id can never be used again."""

    code = "mint.cancelled"
    default_next_step = "A deposit backs one mint. Minting it after all needs a bank entry of its own."


class StillSigned(PolicyRefused):
    """A payment of the mint may have been signed that could still apply."""

    code = "mint.still-signed"
    default_next_step = "Settle it with `sovbank ops resume ID`, or cancel once the request has expired."


class NotWhitelisted(PolicyRefused):
    """The account is not whitelisted on the control plane."""

    code = "policy.not-whitelisted"
    default_next_step = "Have compliance whitelist the customer (`sovbank kyc whitelist`) first."


class AlreadyAdmitted(PolicyRefused):
    """The KYC case stands on ComplianceRegistry with another account, tier or expiry, or is blocked."""

    code = "kyc.already-admitted"
    default_next_step = "See `sovbank kyc show`. Another tier or expiry is a renewal, not a second admission."


class TierUnknown(UsageRefused):
    """The risk tier is not one that can be given to a customer."""

    code = "kyc.no-such-tier"
    default_next_step = "Give low, medium or high with --tier."


class Paused(PolicyRefused):
    """The control plane is paused."""

    code = "policy.paused"
    default_next_step = "Wait until the guardians lift the pause; `sovbank control status` shows the reason."


class RequestDiffers(PolicyRefused):
    """A file or row describes a request other than the one MintGuard holds."""

    code = "mint.request-differs"
    default_next_step = "Do not approve. Ask the requester for a fresh export; compare by telephone."


class InvoiceAlreadyPaid(PolicyRefused):
    """The account's history already shows a transaction with this operation's InvoiceID."""

    code = "mint.invoice-already-paid"
    default_next_step = "Do not sign again. `sovbank ops resume ID` takes up what the ledger shows."


class AttemptFailed(LedgerRejected):
    """A signed attempt ended in a validated ledger without its effect, or expired."""

    code = "ledger.attempt-without-effect"
    default_next_step = "Mend the cause that is named, then run the same command: it opens a further attempt."


class AttemptPending(OutcomeUnknown):
    """A blob was sent and no validated ledger shows yet what became of it."""

    code = "ledger.outcome-unknown"
    default_next_step = "Run `sovbank ops resume ID`. It sends the same bytes and never signs a second time."


class ForeignTransaction(OutcomeUnknown):
    """A transaction that this journal did not record used up the ticket or sequence of an attempt."""

    code = "ledger.foreign-transaction"
    default_next_step = "Find out who signed it before anything else is signed for this account."


class SignaturesMissing(QuorumIncomplete):
    """The keys on this machine do not reach the quorum of the account's signer list."""

    code = "quorum.signatures-missing"
    default_next_step = (
        "Further officers run the same command with their keys, or sign the bundle that"
        " `sovbank multisig new ID` writes; signatures are kept."
    )


class SignerListDiffers(QuorumIncomplete):
    """The signer list on the ledger is not the one that the profile names."""

    code = "quorum.signer-list-differs"
    default_next_step = "Correct the profile, or change the list with `sovbank issuer rotate-signers`."


class TicketsExhausted(LedgerRejected):
    """The account holds no ticket that is free for a new attempt."""

    code = "ledger.tickets-exhausted"
    default_next_step = (
        "Finish what holds it (`sovbank ops list --unfinished`), then top up with `sovbank issuer setup`."
    )


class AccountMissing(LedgerRejected):
    """An account of the profile does not exist on the ledger."""

    code = "ledger.account-missing"
    default_next_step = "Fund the account; on the devnet use `sovbank devnet fund ADDRESS XRP`."


class SetupImpossible(LedgerRejected):
    """The account's state rules out a setting that must come first."""

    code = "issuer.setup-impossible"
    default_next_step = "Use a new account for the issuer; this one can no longer take the setting."


class SetupTogether(UsageRefused):
    """The account belongs to an asset, whose accounts are set up together."""

    code = "issuer.set-up-together"
    default_next_step = "Name the asset with --asset; --account is for accounts beside the tokens."


class SetupDrift(DriftFound):
    """An account's settings on the ledger differ from the profile."""

    code = "issuer.drift"
    default_next_step = "Apply the plan with `sovbank issuer setup`, or correct the profile."


class ReconciliationBreak(DriftFound):
    """The sides of the reconciliation differ."""

    code = "reconcile.break"
    default_next_step = "Follow the lines marked as breaks; `sovbank ops list` shows operations under way."


class WaitingForApprover(Waiting):
    """The mint is held on MintGuard; an approver acts next."""

    code = "mint.waiting-for-approver"
    default_next_step = "An officer with the approver role runs `sovbank mint approve ID`."


class WaitingForHolder(Waiting):
    """The holder's payment has not been seen in a validated ledger."""

    code = "burn.waiting-for-holder"
    default_next_step = "Give the holder account and tag; then run `sovbank burn receive ID`."


class WaitingForRole(Waiting):
    """The next step belongs to a role whose key is not on this machine."""

    code = "operation.waiting-for-role"
    default_next_step = "An officer with the role runs `sovbank ops resume ID` on their machine."


class WrongState(PolicyRefused):
    """The operation is not at the point at which this step can be taken."""

    code = "operation.wrong-state"
    default_next_step = "See where it stands with `sovbank ops show ID`."


class CeremonyMixed(PolicyRefused):
    """Operations of different accounts or of different open ceremonies were asked for in one bundle."""

    code = "operation.ceremony-mixed"
    default_next_step = (
        "Give operations of one account that are in no open ceremony, or those of one ceremony."
    )


class StepUnknown(PolicyRefused):
    """A planned step that this machine's profile does not give: another account, setting or signer list."""

    code = "operation.step-unknown"
    default_next_step = "Compare the profiles of both machines; sign nothing until they agree."


class WrongKind(UsageRefused):
    """The id names an operation of another kind than the command handles."""

    code = "operation.wrong-kind"
    default_next_step = "Use the command of that kind, or `sovbank ops resume ID`."


class ReceiptUnsuitable(PolicyRefused):
    """What arrived on the redemption account is not what the redemption announced."""

    code = "burn.receipt-unsuitable"
    default_next_step = "Do not burn it. Send it back to its sender once compliance agrees."


class TagCollision(Failed):
    """No free destination tag could be derived for a redemption."""

    code = "burn.tag-collision"
    default_next_step = "Finish older redemptions first, then request this one with another reference."


class DocumentUnreadable(UsageRefused):
    """A file named on the command line cannot be read, or is too large."""

    code = "input.unreadable-file"
    default_next_step = "Check the path, the permissions and the size of the file."
