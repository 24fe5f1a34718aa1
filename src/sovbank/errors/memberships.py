"""Refusals around memberships: a token on the XRP Ledger and its record on MembershipRegistry."""

from __future__ import annotations

from sovbank.errors.base import DriftFound, EnvironmentRefused, OutcomeUnknown, PolicyRefused, Waiting


class MembershipNotInProfile(EnvironmentRefused):
    """The profile does not say which account issues memberships."""

    code = "membership.not-in-profile"
    default_next_step = "Add a [membership] section with account and metadata_url (docs/profiles.md)."


class AlreadyMember(PolicyRefused):
    """The account has a membership in force."""

    code = "membership.already-member"
    default_next_step = (
        "See it with `sovbank nft membership verify ADDRESS`; revoke it before issuing another."
    )


class AlreadyOffered(PolicyRefused):
    """Another membership for the account is under way or waits for its acceptance."""

    code = "membership.already-offered"
    default_next_step = (
        "Take that one up with `sovbank ops resume ID`, or end it with `sovbank nft membership withdraw ID`."
    )


class TierDoesNotFit(PolicyRefused):
    """Tier internal is for the bank's own accounts, and they have no other."""

    code = "membership.tier-does-not-fit"
    default_next_step = (
        "Give a customer basic, pro or otc, and an account admitted as internal the tier internal."
    )


class MembershipCancelled(PolicyRefused):
    """The operation was refused when it was about to be signed; its reference can never be used again."""

    code = "membership.cancelled"
    default_next_step = "Issue the membership with a reference of its own."


class MembershipEnded(PolicyRefused):
    """The membership that was issued under this reference was revoked since."""

    code = "membership.ended"
    default_next_step = "Issue a new membership with a reference of its own."


class NotAMember(PolicyRefused):
    """MembershipRegistry has no membership of the account."""

    code = "membership.not-a-member"
    default_next_step = "See what is under way with `sovbank nft membership list`."


class MembershipRecorded(PolicyRefused):
    """The membership that is to be withdrawn was accepted and recorded on MembershipRegistry."""

    code = "membership.recorded"
    default_next_step = "End it with `sovbank nft membership revoke ADDRESS`."


class MembershipAccepted(PolicyRefused):
    """The membership that is to be withdrawn was accepted by its holder and is not recorded yet."""

    code = "membership.accepted"
    default_next_step = (
        "Record it with `sovbank ops resume ID`; then `sovbank nft membership revoke ADDRESS` ends it."
    )


class MembershipInForce(PolicyRefused):
    """The end of a membership came from another machine, and MembershipRegistry does not say: revoked."""

    code = "membership.in-force"
    default_next_step = "Revoke it first: `sovbank nft membership revoke ADDRESS`."


class MembershipRevoked(PolicyRefused):
    """The account's membership was revoked."""

    code = "membership.revoked"
    default_next_step = "A new membership needs `sovbank nft membership issue` with a reference of its own."


class TokenNotBurned(PolicyRefused):
    """The token of a revoked membership is still on the ledger."""

    code = "membership.token-not-burned"
    default_next_step = "Finish its end with `sovbank nft membership revoke ADDRESS`, then try again."


class TokenBurned(DriftFound):
    """Neither the holder nor the issuing account has the token: it was burned outside this program."""

    code = "membership.token-burned"
    default_next_step = "Ask the holder; revoke the membership on the registry and issue a new one."


class TokenMoved(DriftFound):
    """The token of a membership in force is not with its holder but back on the issuing account."""

    code = "membership.token-moved"
    default_next_step = "Ask the holder; revoke the membership on the registry and issue a new one."


class TokenDiffers(DriftFound):
    """The holder's token is not the one that the bank issues for the tier."""

    code = "membership.token-differs"
    default_next_step = "Do not honour it. Compare the profile's [membership] section with what was issued."


class RegistryDiffers(DriftFound):
    """MembershipRegistry names a token or a tier that does not fit what the ledger or the journal shows."""

    code = "membership.registry-differs"
    default_next_step = "Find out who recorded it; revoke it and issue the membership anew."


class OfferGone(DriftFound):
    """The membership was never accepted and its offer is no longer on the ledger."""

    code = "membership.offer-gone"
    default_next_step = (
        "Burn its token with `sovbank nft membership withdraw ID`; issue another with a reference of its own."
    )


class TokenUnproven(OutcomeUnknown):
    """The node's word on which token was minted or offered contradicts the transaction."""

    code = "membership.token-unproven"
    default_next_step = "Do not trust this node. Name another in the profile and run `sovbank ops resume ID`."


class WaitingForAcceptance(Waiting):
    """The membership is offered; its holder has not accepted it yet."""

    code = "membership.waiting-for-holder"
    default_next_step = (
        "Give the holder the acceptance to sign; then run the same command or `ops resume ID`."
        " To take the offer back: `sovbank nft membership withdraw ID`."
    )
