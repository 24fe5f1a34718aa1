"""Refusals of ceremony bundles, of their signatures and of their QR frames."""

from __future__ import annotations

from sovbank.errors.base import EnvironmentRefused, PolicyRefused, QuorumIncomplete, UsageRefused, Waiting

_SEND_AGAIN = "Ask the sender for the file again and compare the digest by telephone; do not sign this one."
_LEAVE_OUT = "Leave this signature out and ask the signer for a new one."
_SCAN_AGAIN = "Scan or collect the frames again."


class BundleTooLarge(UsageRefused):
    """A bundle is larger, deeper or richer than any ceremony needs."""

    code = "ceremony.bundle-too-large"
    default_next_step = _SEND_AGAIN


class BundleMalformed(UsageRefused):
    """A file is not a bundle: not JSON, an unknown or missing key, or a value of the wrong form."""

    code = "ceremony.bundle-malformed"
    default_next_step = _SEND_AGAIN


class BundleNotCanonical(UsageRefused):
    """A file holds the values of a bundle in other bytes than the one canonical form."""

    code = "ceremony.bundle-not-canonical"
    default_next_step = _SEND_AGAIN


class BundleInconsistent(PolicyRefused):
    """The parts of a bundle contradict each other, so what it says is not what would be signed."""

    code = "ceremony.bundle-inconsistent"
    default_next_step = "Do not sign. Ask the proposer for a new bundle."


class BundleDiffers(PolicyRefused):
    """A bundle is not the one that was expected: its content has another digest.

    ``details`` name the first difference: ``path``, ``expected`` and ``found``.
    """

    code = "ceremony.bundle-differs"
    default_next_step = "Do not sign. Compare the digest with the proposer by telephone."


class BundleExpired(PolicyRefused):
    """The ledger has passed the last index in which the bundle's transactions can apply."""

    code = "ceremony.bundle-expired"
    default_next_step = "Ask the proposer for a new bundle; the old signatures are worthless now."


class BundleForeign(PolicyRefused):
    """A bundle is for another network or another kind of environment than this profile."""

    code = "ceremony.bundle-foreign"
    default_next_step = "Sign it under the profile of its own network, after asking the proposer."


class TransactionNotDerived(PolicyRefused):
    """A transaction is not the one that its operation's parameters give."""

    code = "ceremony.transaction-not-derived"
    default_next_step = "Do not sign. Ask the proposer for a new bundle and report this one."


class DigestMalformed(UsageRefused):
    """A digest is neither 64 hex digits nor the 32 words in which it is read aloud."""

    code = "ceremony.digest-malformed"
    default_next_step = "Have the digest read out again, word by word."


class StrangerSigned(QuorumIncomplete):
    """A signature comes from somebody who is not on the bundle's signer list."""

    code = "ceremony.stranger-signed"
    default_next_step = "Leave this signature out: one stranger spoils the whole transaction."


class KeyNotOfSigner(QuorumIncomplete):
    """A signature was made with a key that is neither the signer's usable master key nor its regular key."""

    code = "ceremony.key-not-of-signer"
    default_next_step = _LEAVE_OUT


class SignatureWrong(QuorumIncomplete):
    """A signature does not verify over the bundle's transaction."""

    code = "ceremony.signature-wrong"
    default_next_step = _LEAVE_OUT


class QuorumNotExact(QuorumIncomplete):
    """The signatures chosen for a transaction are fewer or more than its quorum needs."""

    code = "ceremony.quorum-not-exact"
    default_next_step = "Collect the missing signatures; `sovbank multisig inspect` names them."


class BlobMatchesNothing(PolicyRefused):
    """A signed blob from another wallet is no transaction of the bundle."""

    code = "ceremony.blob-matches-nothing"
    default_next_step = "Do not submit the blob. Ask its signer which transaction they signed."


class BlobNotMultisigned(UsageRefused):
    """A blob carries no list of signers."""

    code = "ceremony.blob-not-multisigned"
    default_next_step = "Have the other wallet sign for a multisigned transaction."


class FrameMalformed(UsageRefused):
    """A scanned text is not a frame of a bundle, or its checksum is wrong."""

    code = "ceremony.frame-malformed"
    default_next_step = _SCAN_AGAIN


class FrameForeign(UsageRefused):
    """A frame belongs to another bundle than the rest, or contradicts one already read."""

    code = "ceremony.frame-foreign"
    default_next_step = "Scan the frames of one bundle only."


class FramesMissing(UsageRefused):
    """Not all frames of a bundle were scanned."""

    code = "ceremony.frames-missing"
    default_next_step = "Scan the frames with the named numbers too; their order does not matter."


class ImageUnreadable(UsageRefused):
    """A picture cannot be read, is too large, or shows no QR code."""

    code = "ceremony.image-unreadable"
    default_next_step = "Take the picture again: the whole code, sharp, with its white border."


class QrNotInstalled(EnvironmentRefused):
    """The libraries that draw or read QR codes are not installed."""

    code = "ceremony.qr-not-installed"
    default_next_step = "Install the extra: pip install 'sovbank[qr]'."


class NotWithoutNetwork(EnvironmentRefused):
    """Signing this bundle needs a reading that cannot be taken on trust without a network."""

    code = "ceremony.not-without-network"
    default_next_step = "Sign it on a machine that reaches a node and the control plane."


class NoBundleGiven(UsageRefused):
    """Blobs were given without the bundle that they belong to."""

    code = "ceremony.no-bundle-given"
    default_next_step = "Give the bundle's file as well."


class CosignersMissing(Waiting):
    """The signatures collected so far do not reach the quorum; co-signers act next."""

    code = "ceremony.waiting-for-cosigners"
    default_next_step = "Send the bundle to a signer who is named as missing; collect what comes back."
