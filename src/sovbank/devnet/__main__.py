"""``python -m sovbank.devnet up``: the devnet on the foreground, with the flags of ``sovbank devnet up``."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from sovbank.devnet.server import (
    CLOSE_SECONDS,
    DEFAULT_EVM_PORT,
    DEFAULT_NETWORK_ID,
    DEFAULT_XRPL_PORT,
    DevnetConfig,
    DevnetServer,
    serve,
)
from sovbank.errors.base import SovbankError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sovbank.devnet", description="Run the embedded devnet.")
    up = parser.add_subparsers(dest="command", required=True).add_parser("up", help="serve until stopped")
    up.add_argument("--foreground", action="store_true", help="do not detach (always so here)")
    up.add_argument("--fresh", action="store_true", help="begin with an empty ledger and chain")
    up.add_argument("--manual-close", action="store_true", help="close ledgers only on ledger_accept")
    up.add_argument("--network-id", type=int, default=DEFAULT_NETWORK_ID)
    up.add_argument("--xrpl-port", type=int, default=DEFAULT_XRPL_PORT)
    up.add_argument("--evm-port", type=int, default=DEFAULT_EVM_PORT)
    up.add_argument("--no-evm", action="store_true", help="serve the ledger alone, which starts faster")
    up.add_argument("--close-seconds", type=float, default=CLOSE_SECONDS, help="between automatic closes")
    up.add_argument("--state", type=Path, required=True, help="directory of the journals")
    return parser


def _say(server: DevnetServer) -> None:
    facts = server.facts()
    evm = "no EVM" if facts["evm_port"] is None else f"EVM on port {facts['evm_port']}"
    ports = f"ledger on port {facts['xrpl_port']}, {evm}"
    sys.stderr.write(f"devnet {facts['network_id']}: {ports}\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the program; give its exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    config = DevnetConfig(
        state=options.state,
        network_id=options.network_id,
        xrpl_port=options.xrpl_port,
        evm_port=None if options.no_evm else options.evm_port,
        fresh=options.fresh,
        manual_close=options.manual_close,
        close_seconds=options.close_seconds,
    )
    try:
        serve(config, ready=_say)
    except SovbankError as error:
        sys.stderr.write(f"{error.code}: {error.message}\n{error.next_step}\n")
        return int(error.exit_status)
    return 0


if __name__ == "__main__":
    sys.exit(main())
