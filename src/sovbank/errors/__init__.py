"""The one error tree: every refusal and failure has a code, an exit status and a next step.

``base`` holds the root and the families, one per exit status. The other modules hold the leaves,
grouped by the part of the house that raises them. docs/errors.md is generated from the tree.
"""

from sovbank.errors.base import (
    DriftFound,
    EnvironmentRefused,
    ExitStatus,
    Failed,
    KeyRefused,
    LedgerRejected,
    OutcomeUnknown,
    PolicyRefused,
    QuorumIncomplete,
    SovbankError,
    StoreDamaged,
    UsageRefused,
    Waiting,
)

__all__ = [
    "DriftFound",
    "EnvironmentRefused",
    "ExitStatus",
    "Failed",
    "KeyRefused",
    "LedgerRejected",
    "OutcomeUnknown",
    "PolicyRefused",
    "QuorumIncomplete",
    "SovbankError",
    "StoreDamaged",
    "UsageRefused",
    "Waiting",
]
