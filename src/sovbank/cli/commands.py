"""The commands that exist: name, module and one line of help. Nothing here is imported until it is used.

A module enters its table when it exists; a test imports every one of them.
"""

from __future__ import annotations

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("sovbank.cli.demo", "Rehearse a whole issuance on a devnet of its own."),
    "reconcile": ("sovbank.cli.reconcile", "Bank, control plane, XRP Ledger and journal side by side."),
}

GROUPS: dict[str, tuple[str, str]] = {
    "issuer": ("sovbank.cli.issuer", "Plan and apply the set-up of an asset's accounts; find drift."),
    "trustlines": ("sovbank.cli.trustlines", "Trust lines: set, authorise and list them."),
    "mint": ("sovbank.cli.mint", "Mint against a booked deposit: request, approve, execute, confirm."),
    "multisig": ("sovbank.cli.multisig", "Bundles that officers on other machines sign: new, sign, collect."),
    "treasury": ("sovbank.cli.treasury", "Pay customers from the treasury; see what accounts hold."),
    "burn": ("sovbank.cli.burn", "Redeem and burn: request, receive, execute."),
    "reserves": ("sovbank.cli.reserves", "Attest reserves and see what is minted against them."),
    "kyc": ("sovbank.cli.kyc", "Admit customers and see where they stand."),
    "nft": ("sovbank.cli.nft", "Membership tokens: issue, withdraw, revoke and verify them."),
    "control": ("sovbank.cli.control", "The control plane: deploy it, and compare it with the profile."),
    "bank": ("sovbank.cli.bank", "Book the entries of bank statements."),
    "ops": ("sovbank.cli.ops", "Operations of every kind: list, show, resume, hand on."),
    "ledger": ("sovbank.cli.ledger", "The journal's audit log: make, read, verify and export it."),
    "profile": ("sovbank.cli.profile", "Profiles: make one, list, show and check them."),
    "devnet": ("sovbank.cli.devnet", "The embedded devnet: an XRP Ledger and an EVM on this machine."),
    "key": ("sovbank.cli.key", "Keys: make one for a test network, list, show and try them."),
}

PREVIEWS = frozenset(
    {
        "issuer setup",
        "issuer rotate-signers",
        "issuer freeze",
        "issuer unfreeze",
        "trustlines set",
        "trustlines authorize",
        "mint request",
        "mint execute",
        "treasury distribute",
        "burn execute",
        "nft membership issue",
    }
)
"""Commands that show with --dry-run what they would do. Every other command refuses the flag unread."""
