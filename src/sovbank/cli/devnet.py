"""`sovbank devnet`: the embedded XRP Ledger and EVM of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sovbank.cli.context import Run, current

if TYPE_CHECKING:
    from sovbank.devnet.process import Running
    from sovbank.devnet.server import DevnetConfig, DevnetServer

app = typer.Typer(add_completion=False, rich_markup_mode=None)

State = Annotated[
    Path | None, typer.Option("--state", help="Directory of the ledger and the chain; one devnet each.")
]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port of the endpoint; 0 lets the system choose.")
]
_FRESH = "Begin with an empty ledger and an empty chain."


@app.command()
def up(
    ctx: typer.Context,
    foreground: Annotated[bool, typer.Option("--foreground", help="Serve here until Ctrl-C.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help=_FRESH)] = False,
    manual_close: Annotated[
        bool, typer.Option("--manual-close", help="Close ledgers on `devnet accept` alone.")
    ] = False,
    network_id: Annotated[
        int | None,
        typer.Option(min=0, max=2**32 - 1, help="Network id of the ledger and chain id of the EVM."),
    ] = None,
    xrpl_port: Port = None,
    evm_port: Port = None,
    state: State = None,
) -> None:
    """Start a devnet in the background and wait until it answers."""
    from sovbank.devnet import process

    run = current(ctx)
    config = _config(run, state, fresh, manual_close, network_id, xrpl_port, evm_port)
    if foreground:
        _serve_here(run, config)
        return
    with run.out.step("Starting the devnet") as step:
        found = process.start(config)
        step.done(f"The devnet answers (process {found.pid})")
    _show(run, found)
    run.out.say("Next: `sovbank profile init`, then `sovbank profile check`.")


@app.command()
def down(ctx: typer.Context, state: State = None) -> None:
    """Stop the devnet; its ledger and chain stay for the next start."""
    from sovbank.devnet import process

    run = current(ctx)
    directory = _state(run, state)
    with run.out.working("Stopping the devnet"):
        stopped = process.stop(directory)
    run.out.result(
        result={"stopped": stopped is not None, "state": str(directory)},
        human=lambda out: out.line(
            f"Stopped. The ledger and the chain stay in {directory}."
            if stopped
            else f"No devnet runs on {directory}."
        ),
    )


@app.command()
def status(ctx: typer.Context, state: State = None) -> None:
    """Show where the devnet listens. Also how far its ledger and chain are."""
    from sovbank.devnet import process

    run = current(ctx)
    _show(run, process.running(_state(run, state)))


@app.command()
def reset(ctx: typer.Context, state: State = None) -> None:
    """Erase the ledger and the chain. A devnet that runs starts again from genesis."""
    from sovbank.devnet import process
    from sovbank.devnet.server import DevnetConfig

    run = current(ctx)
    directory = _state(run, state)
    run.prompt.confirm([f"Everything on the devnet in {directory} will be gone."], question="Erase it?")
    with run.out.step("Erasing the devnet") as step:
        stopped = process.stop(directory)
        process.erase(directory)
        step.done("The ledger and the chain are erased")
    if stopped is None:
        run.out.result(result={"state": str(directory), "running": False})
        return
    with run.out.step("Starting the devnet") as step:
        found = process.start(
            DevnetConfig(
                state=directory,
                network_id=stopped.network_id,
                xrpl_port=stopped.xrpl_port,
                evm_port=stopped.evm_port,
                manual_close=stopped.manual_close,
            )
        )
        step.done(f"The devnet answers (process {found.pid})")
    _show(run, found)


@app.command()
def fund(
    ctx: typer.Context,
    address: Annotated[
        str, typer.Argument(help="Account on the XRP Ledger; it is made if it does not exist.")
    ],
    amount: Annotated[str, typer.Argument(help="XRP, for example 1000.")],
    state: State = None,
) -> None:
    """Give XRP from the devnet's genesis account."""
    from sovbank.core.money import format_amount, parse_amount
    from sovbank.devnet import process
    from sovbank.wire.addresses import decode_address

    run = current(ctx)
    decode_address(address)
    xrp = parse_amount(amount)
    found = process.running(_state(run, state))
    with run.out.step("Funding") as step:
        funding = found.client.fund(address, xrp)
        where = f"in ledger {funding.ledger_index}" if funding.ledger_index else "when the ledger closes"
        step.done(f"{format_amount(xrp)} XRP paid {where}")
    run.out.result(
        result={
            "address": address,
            "amount": xrp,
            "tx_hash": funding.tx_hash,
            "ledger_index": funding.ledger_index,
        },
        human=lambda out: out.panel(
            None, [("account", address), ("XRP", xrp), ("transaction", funding.tx_hash)]
        ),
    )
    if found.manual_close:
        run.out.say("Next: `sovbank devnet accept` closes the ledger.")


@app.command()
def accept(ctx: typer.Context, state: State = None) -> None:
    """Close the open ledger now."""
    from sovbank.devnet import process

    run = current(ctx)
    index = process.running(_state(run, state)).client.accept()
    run.out.result(
        result={"ledger_index": index}, human=lambda out: out.line(f"Ledger {index} is closed and validated.")
    )


def _state(run: Run, chosen: Path | None) -> Path:
    return (chosen or run.wiring.paths.devnet).expanduser().absolute()


def _config(
    run: Run,
    state: Path | None,
    fresh: bool,
    manual_close: bool,
    network_id: int | None,
    xrpl_port: int | None,
    evm_port: int | None,
) -> DevnetConfig:
    from sovbank.devnet import server

    return server.DevnetConfig(
        state=_state(run, state),
        network_id=server.DEFAULT_NETWORK_ID if network_id is None else network_id,
        xrpl_port=server.DEFAULT_XRPL_PORT if xrpl_port is None else xrpl_port,
        evm_port=server.DEFAULT_EVM_PORT if evm_port is None else evm_port,
        fresh=fresh,
        manual_close=manual_close,
    )


def _serve_here(run: Run, config: DevnetConfig) -> None:
    from sovbank.devnet.server import serve

    def ready(server: DevnetServer) -> None:
        facts = server.facts()
        run.out.say(
            f"Devnet {facts['network_id']}: ledger on port {facts['xrpl_port']}, "
            f"EVM on port {facts['evm_port']}. Ctrl-C stops it."
        )

    serve(config, ready=ready)


def _show(run: Run, found: Running) -> None:
    ledger, block = found.client.validated_ledger(), found.client.block_number()
    facts = {
        "process": found.pid,
        "network_id": found.network_id,
        "xrpl_url": f"http://127.0.0.1:{found.xrpl_port}",
        "evm_url": None if found.evm_port is None else f"http://127.0.0.1:{found.evm_port}",
        "closes": "on accept" if found.manual_close else "by the clock",
        "validated_ledger": ledger,
        "evm_block": block,
        "state": str(found.state),
    }
    run.out.result(
        result=facts,
        human=lambda out: out.panel(
            "Devnet", [(key.replace("_", " "), value) for key, value in facts.items()]
        ),
    )
