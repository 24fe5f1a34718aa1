"""Refusals of the global freeze: sign-offs of its case, and the prepared one that waits in a drawer."""

from __future__ import annotations

from sovbank.errors.base import PolicyRefused, UsageRefused, Waiting


class SignOffsMissing(Waiting):
    """Fewer than two people have signed off the compliance case of a freeze."""

    code = "freeze.waiting-for-sign-offs"
    default_next_step = (
        "Another officer of the issuer runs `sovbank issuer sign-off`; give their file with --sign-off FILE."
    )


class SignOffInvalid(PolicyRefused):
    """A sign-off is not a signature of one of the issuer's signers over this very measure and case."""

    code = "freeze.sign-off-invalid"
    default_next_step = "Have the officer sign off this case again, with the same profile as yours."


class SignOffMalformed(UsageRefused):
    """A file that should hold a sign-off does not have its form."""

    code = "freeze.sign-off-malformed"
    default_next_step = "Give the file that `sovbank issuer sign-off` wrote, unchanged."


class FreezeMalformed(PolicyRefused):
    """An operation of another machine is not a freeze as this program records it."""

    code = "freeze.malformed"
    default_next_step = "Do not sign. Ask the proposer for a new bundle and report this one."


class KeptInDrawer(PolicyRefused):
    """A prepared freeze waits for an emergency: only its own submission fires it."""

    code = "freeze.kept-in-drawer"
    default_next_step = "In an emergency: `sovbank multisig submit ID`. Otherwise leave it where it is."


class PreparedOver(PolicyRefused):
    """A prepared freeze can no longer apply: its window is over."""

    code = "freeze.prepared-is-over"
    default_next_step = "Freeze now with `sovbank issuer freeze`; prepare a new one with --prepare."
