"""An Ethereum chain for rehearsal, demos and tests: py-evm in process behind ``eth_*`` JSON-RPC.

``open_endpoint`` imports py-evm (about 0.8 s), so call it only when a request is near.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sovbank.errors.evm import EvmMissing

if TYPE_CHECKING:
    from sovbank.devnet.evm.endpoint import EvmEndpoint


def open_endpoint(directory: Path, *, chain_id: int) -> EvmEndpoint:
    """Return the endpoint of the chain kept in ``directory``, begun there if need be.

    Raises
    ------
    EvmMissing
        py-evm is not installed.
    EvmJournalLocked, EvmJournalOfOtherChain, EvmJournalDamaged, EvmJournalUnwritable
    """
    try:
        from sovbank.devnet.evm.endpoint import EvmEndpoint
    except ModuleNotFoundError as error:
        raise EvmMissing(f"the module {error.name} is missing") from error
    return EvmEndpoint(directory, chain_id=chain_id)
