"""Refusals of the control plane, of its EVM node and of the devnet's chain."""

from __future__ import annotations

from typing import ClassVar

from sovbank.errors.base import (
    DriftFound,
    EnvironmentRefused,
    OutcomeUnknown,
    PolicyRefused,
    StoreDamaged,
    UsageRefused,
)


class EvmNodeUnreachable(EnvironmentRefused):
    """The EVM node did not answer a question (nothing was sent that could take effect)."""

    code = "evm.node-unreachable"
    default_next_step: ClassVar[str] = "Check the url under [evm] and that the node runs, then try again."


class EvmReplyLost(OutcomeUnknown):
    """The request was sent to the EVM node and its answer was lost: a timeout, a broken connection."""

    code = "evm.reply-lost"
    default_next_step: ClassVar[str] = "Try again; what was sent is found again on the chain."


class EvmNodeBehind(EnvironmentRefused):
    """The EVM node's chain is shorter than one already seen: it was switched, or lost its data."""

    code = "evm.node-behind"
    default_next_step: ClassVar[str] = "Wait until the node has caught up, or use another one."


class EvmNodeHostile(EnvironmentRefused):
    """The EVM node gave no valid answer: garbage, too much, or a contradiction."""

    code = "evm.node-hostile"
    default_next_step: ClassVar[str] = "Do not trust this node; name another one under [evm] in the profile."


class EvmNodeRefused(EnvironmentRefused):
    """The EVM node answered a question with an error of its own."""

    code = "evm.node-error"
    default_next_step: ClassVar[str] = "Read the node's message; check that it is synchronised and complete."


class WrongEvmChain(EnvironmentRefused):
    """The EVM node serves another chain than the profile names."""

    code = "evm.wrong-chain"
    default_next_step: ClassVar[str] = "Correct url or chain_id under [evm]; nothing was signed."


class ContractMissing(EnvironmentRefused):
    """There is no code at the address of one of the five contracts, or the profile names no contracts."""

    code = "evm.contract-missing"
    default_next_step: ClassVar[str] = "Run `sovbank control deploy`, or correct [evm.contracts]."


class ContractAnswerMalformed(EnvironmentRefused):
    """A contract answered with bytes that do not decode as its ABI says."""

    code = "evm.answer-malformed"
    default_next_step: ClassVar[str] = "Run `sovbank control status`: is it the contract expected?"


class MalformedEvmValue(UsageRefused):
    """A value handed to the control plane is not what it must be: an address, a hash, an id or an amount."""

    code = "evm.malformed-value"
    default_next_step: ClassVar[str] = "Correct the value named in the message."


class ControlPlaneRefused(PolicyRefused):
    """A contract of the control plane refuses the action; ``details`` hold the error's name and values."""

    code = "control.refused"
    default_next_step: ClassVar[str] = "Look at `sovbank control status` and at the operation, then decide."


class ControlPlaneWithoutEffect(PolicyRefused):
    """A sent transaction had no effect and never will: it reverted, or its nonce was used by another."""

    code = "control.without-effect"
    default_next_step: ClassVar[str] = "Run the command again: what changed meanwhile decides anew."


class ControlPlaneUnknown(OutcomeUnknown):
    """A control-plane transaction was sent and its outcome is not known yet."""

    code = "control.unknown"
    default_next_step: ClassVar[str] = "Resume it: the same bytes are sent again. Do not start anew."


class FeeTooHigh(EnvironmentRefused):
    """The EVM node quotes a fee, or a gas limit, above what this program pays."""

    code = "evm.fee-too-high"
    default_next_step: ClassVar[str] = "Wait until fees are lower, or use a node that you trust."


class GasMissing(EnvironmentRefused):
    """The address that acts holds too little of the chain's coin to pay for the transaction."""

    code = "evm.gas-missing"
    default_next_step: ClassVar[str] = "Send coin of the chain to the address, then try again."


class SignerMisbehaves(EnvironmentRefused):
    """The key gave a signature that does not recover to its own address."""

    code = "evm.signature-mismatch"
    default_next_step: ClassVar[str] = "Compare evm_key and evm_address of the officer in the profile."


class DeploymentDiffers(EnvironmentRefused):
    """What stands on the chain is not what this profile would deploy, so the deployment is not continued."""

    code = "control.deployment-differs"
    default_next_step: ClassVar[str] = "Deploy with a fresh deployer key, or correct the profile."


class ControlPlaneDrift(DriftFound):
    """The deployed control plane differs from the profile or from the shipped contracts."""

    code = "control.drift"
    default_next_step: ClassVar[str] = "Have the admin correct what differs, or correct the profile."


class EvmJournalDamaged(StoreDamaged):
    """The devnet's record of EVM blocks cannot be read, or gives other blocks when replayed."""

    code = "devnet.evm-journal-damaged"
    default_next_step: ClassVar[str] = "Start over with `sovbank devnet reset`."


class EvmJournalUnwritable(StoreDamaged):
    """A block of the devnet could not be recorded; the devnet's EVM stops answering."""

    code = "devnet.evm-journal-unwritable"
    default_next_step: ClassVar[str] = "Make room on the disk, then restart the devnet."


class EvmJournalLocked(EnvironmentRefused):
    """Another devnet uses the same state directory."""

    code = "devnet.evm-journal-locked"
    default_next_step: ClassVar[str] = "Stop the other devnet, or use another state directory."


class EvmJournalOfOtherChain(EnvironmentRefused):
    """The state directory holds a chain with another chain id."""

    code = "devnet.evm-other-chain"
    default_next_step: ClassVar[str] = "Use its own chain id, or another state directory."


class EvmMissing(EnvironmentRefused):
    """py-evm, which runs the devnet's EVM, is not installed."""

    code = "devnet.evm-missing"
    default_next_step: ClassVar[str] = "Install it: pip install 'sovbank[devnet]'."
