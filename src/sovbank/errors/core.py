"""Refusals of amounts, references, states and profiles."""

from __future__ import annotations

from sovbank.errors.base import EnvironmentRefused, Failed, PolicyRefused, UsageRefused


class MalformedAmount(UsageRefused):
    """The text is not a plain decimal amount with at most six decimals."""

    code = "amount.malformed"
    default_next_step = "Write digits with a point, for example 1000000.00; no sign, comma or exponent."


class AmountNotExact(UsageRefused):
    """The amount needs more digits than the ledger's 15-16 significant digits can hold."""

    code = "amount.not-exact"
    default_next_step = "Use an amount that the ledger can hold exactly; nothing is ever rounded."


class MalformedReference(UsageRefused):
    """A reference is empty, too long, or has characters other than printable ASCII."""

    code = "operation.malformed-reference"
    default_next_step = "Use 1 to 64 letters, digits and . _ : / - characters."


class IllegalTransition(Failed):
    """An operation or attempt was about to make a step that its state does not allow."""

    code = "operation.illegal-transition"
    default_next_step = "Look at `sovbank ops show ID`; another process may have moved it on."


class ProfileMissing(EnvironmentRefused):
    """The named profile does not exist."""

    code = "profile.missing"
    default_next_step = "See `sovbank profile list`, or make one with `sovbank profile init`."


class ProfileMalformed(EnvironmentRefused):
    """The profile is not valid TOML, or a value in it is not what it must be."""

    code = "profile.malformed"
    default_next_step = "Correct the named value, then run `sovbank profile check`."


class ProfileUnknownKey(EnvironmentRefused):
    """The profile has a key that this program does not know."""

    code = "profile.unknown-key"
    default_next_step = "Remove or correct the key; a misspelt setting would otherwise be ignored in silence."


class ProfileInconsistent(EnvironmentRefused):
    """Two parts of the profile contradict each other, or a production rule is broken."""

    code = "profile.inconsistent"
    default_next_step = "Correct the profile as the message says, then run `sovbank profile check`."


class NotInProfile(UsageRefused):
    """A name given on the command line is not in the profile."""

    code = "profile.no-such-name"
    default_next_step = "See the names with `sovbank profile show`."


class RolesNotSeparate(PolicyRefused):
    """One person would act in two roles of the same operation."""

    code = "policy.roles-not-separate"
    default_next_step = "Another officer, who holds the role and did not take part yet, must do this step."


class RoleMissing(PolicyRefused):
    """The officer does not hold the role that the step needs."""

    code = "policy.role-missing"
    default_next_step = "Let an officer with the role do this step; `sovbank profile show` lists them."


class LimitExceeded(PolicyRefused):
    """The amount is above a limit of the profile."""

    code = "policy.limit-exceeded"
    default_next_step = "Split the operation or have the limit in the profile changed."


class TierUnknown(UsageRefused):
    """The named membership tier does not exist."""

    code = "membership.tier-unknown"
    default_next_step = "Use one of the tiers basic, pro, otc and internal."


class MalformedNFTokenId(UsageRefused):
    """The text is not the id of an NFToken."""

    code = "membership.malformed-id"
    default_next_step = "An NFTokenID has 64 upper-case hex digits."
