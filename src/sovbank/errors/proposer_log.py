"""Refusals of bundles whose proposer's log contradicts what this machine signed before."""

from __future__ import annotations

from sovbank.errors.base import PolicyRefused


class ProposerLogForked(PolicyRefused):
    """A bundle shows another row at a place of the proposer's log than a bundle signed here before."""

    code = "ceremony.log-forked"
    default_next_step = (
        "Do not sign. The proposer runs `sovbank ledger verify --anchor ROW:HASH` with the row named here."
    )


class ProposerLogWentBack(PolicyRefused):
    """A bundle shows an older end of the proposer's log than one signed here, though it was made later."""

    code = "ceremony.log-went-back"
    default_next_step = (
        "Do not sign. The proposer runs `sovbank ledger verify --anchor ROW:HASH` with the row named here."
    )
