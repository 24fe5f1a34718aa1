"""Refusals of a change of signers: what would be spoiled by it, and who could not sign after it."""

from __future__ import annotations

from sovbank.errors.base import LedgerRejected, PolicyRefused, QuorumIncomplete, UsageRefused


class NoListYet(LedgerRejected):
    """The account has no signer list that could be changed, or the profile names no signers."""

    code = "signers.no-list"
    default_next_step = "Set the account up with `sovbank issuer setup`; it sets the first list."


class OpenAttempts(PolicyRefused):
    """Transactions of the account are being signed; a new signer list would spoil their signatures."""

    code = "signers.open-attempts"
    default_next_step = "Finish or cancel them, or give each up with --spoil ID."


class KeysUnproven(PolicyRefused):
    """A signer who joins has not shown that they hold their key, which no ledger checks."""

    code = "signers.keys-unproven"
    default_next_step = "On their machine: `sovbank issuer prove-key`; give the file with --proof FILE."


class ProofInvalid(PolicyRefused):
    """A proof of a signer's key is not a signature over this account's new signer list."""

    code = "signers.proof-invalid"
    default_next_step = "Have the signer make a new proof with the same profile as yours."


class ProofMalformed(UsageRefused):
    """A file that should hold a proof of a signer's key does not have its form."""

    code = "signers.proof-malformed"
    default_next_step = "Give the file that `sovbank issuer prove-key` wrote, unchanged."


class NotASigner(UsageRefused):
    """The officer is not on the signer list that the profile names for the account."""

    code = "signers.not-on-the-list"
    default_next_step = "Name one of the account's signers; `sovbank profile show` lists them."


class SignerUnnamed(QuorumIncomplete):
    """The signer list on the ledger holds an account that no officer of the profile has."""

    code = "signers.unnamed"
    default_next_step = "Keep those who leave among the profile's officers until the list is changed."
