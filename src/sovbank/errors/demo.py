"""A rehearsal that did not go as it must."""

from __future__ import annotations

from sovbank.errors.base import Failed

_DO_NOT_USE = "Do not use this build: run `make test` and report what it says."


class NotRefused(Failed):
    """A step of the rehearsal that must be refused was let through."""

    code = "demo.not-refused"
    default_next_step = _DO_NOT_USE


class NotAsExpected(Failed):
    """The rehearsal came to other figures than it must."""

    code = "demo.not-as-expected"
    default_next_step = _DO_NOT_USE


class WalletFailed(Failed):
    """A transaction of the rehearsal's customer did not take effect."""

    code = "demo.wallet-failed"
    default_next_step = _DO_NOT_USE
