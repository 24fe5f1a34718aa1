"""The names of account flags: the ledger's bits, the asf numbers that set them, and names for people.

Source: xrpl.org, AccountRoot Flags and AccountSet Flags; xrpld: LedgerFormats, TxFlags.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """One account flag. ``asf`` is None where AccountSet has no number for it."""

    name: str
    lsf_name: str
    bit: int
    asf: int | None
    can_be_cleared: bool = True


SETTINGS: tuple[Setting, ...] = (
    Setting("requireDestTag", "lsfRequireDestTag", 0x00020000, 1),
    Setting("requireAuth", "lsfRequireAuth", 0x00040000, 2),
    Setting("disallowXRP", "lsfDisallowXRP", 0x00080000, 3),
    Setting("disableMaster", "lsfDisableMaster", 0x00100000, 4),
    Setting("noFreeze", "lsfNoFreeze", 0x00200000, 6, can_be_cleared=False),
    Setting("globalFreeze", "lsfGlobalFreeze", 0x00400000, 7),
    Setting("defaultRipple", "lsfDefaultRipple", 0x00800000, 8),
    Setting("depositAuth", "lsfDepositAuth", 0x01000000, 9),
    Setting("disallowIncomingNFTokenOffer", "lsfDisallowIncomingNFTokenOffer", 0x04000000, 12),
    Setting("disallowIncomingCheck", "lsfDisallowIncomingCheck", 0x08000000, 13),
    Setting("disallowIncomingPayChan", "lsfDisallowIncomingPayChan", 0x10000000, 14),
    Setting("disallowIncomingTrustline", "lsfDisallowIncomingTrustline", 0x20000000, 15),
    Setting("allowTrustLineLocking", "lsfAllowTrustLineLocking", 0x40000000, 17),
    Setting("allowTrustLineClawback", "lsfAllowTrustLineClawback", 0x80000000, 16, can_be_cleared=False),
    Setting("passwordSpent", "lsfPasswordSpent", 0x00010000, None),
)
BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}

LSF_DISABLE_MASTER = BY_NAME["disableMaster"].bit


def settings_of(flags: int) -> dict[str, bool]:
    """Return every named setting of an AccountRoot's flags, true or false."""
    return {setting.name: bool(flags & setting.bit) for setting in SETTINGS}


def is_set(flags: int, name: str) -> bool:
    """Say whether the named setting is on. An unknown name is a KeyError of the caller."""
    return bool(flags & BY_NAME[name].bit)
