"""Refusals of cancellations: of a transaction by a no-op on its ticket, and of an operation as a whole."""

from __future__ import annotations

from sovbank.errors.base import OutcomeUnknown, PolicyRefused


class CancelTooLate(PolicyRefused):
    """What was to be cancelled is final in a validated ledger."""

    code = "cancel.too-late"
    default_next_step = "Nothing takes it back. `sovbank ops resume ID` takes up what the ledger shows."


class CancelWhileSent(OutcomeUnknown):
    """What is to be cancelled was handed to a node, and no validated ledger shows yet what became of it."""

    code = "cancel.sent-already"
    default_next_step = "Run `sovbank ops resume ID`. If it ends without effect, nothing is left to cancel."


class CancellationWrong(PolicyRefused):
    """A cancellation contradicts itself, or what this machine knows of the operation that it names."""

    code = "cancel.inconsistent"
    default_next_step = "Do not sign it. Ask the proposer for a new bundle and report this one."


class BeingCancelled(PolicyRefused):
    """The transaction is being cancelled on this machine, so it is neither signed nor sent here."""

    code = "cancel.under-way"
    default_next_step = (
        "Submit the cancellation; or wait until its window is over and `sovbank ops cancel` it."
    )


class StillApplicable(PolicyRefused):
    """A transaction of the operation can still apply, so the operation cannot be given up."""

    code = "cancel.still-applicable"
    default_next_step = (
        "Use its ticket up first: `sovbank multisig cancel ID`; or wait until its window is over."
    )


class HasOwnCancellation(PolicyRefused):
    """Giving up an operation of this kind changes more than the journal: it has a command of its own."""

    code = "cancel.own-command"
    default_next_step = "Use the command of its kind."
