"""The entry point: the only place that turns errors into messages, JSON and exit statuses."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

import typer
from typer._click.exceptions import ClickException, NoArgsIsHelpError

from sovbank.cli.context import Run
from sovbank.cli.lazy import root
from sovbank.errors.base import ExitStatus, SovbankError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and exit with its status."""
    # A stream that the caller closed is None.
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - open until the process ends
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115 - open until the process ends
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    status = run_command(list(sys.argv[1:] if arguments is None else arguments))
    try:
        sys.stdout.flush()
    except OSError:
        _discard_output()
        status = status or int(ExitStatus.FAILED)
    sys.exit(status)


def run_command(arguments: list[str]) -> int:
    """Run one command line and return the exit status; the output has been written."""
    run = Run()
    try:
        return _run(run, arguments)
    except BrokenPipeError:
        _discard_output()
        return int(ExitStatus.FAILED)
    finally:
        run.close()


def _run(run: Run, arguments: list[str]) -> int:
    try:
        return _invoke(run, arguments)
    except SovbankError as error:
        return run.out.failure(error)
    except KeyboardInterrupt:
        run.out.interrupted()
        return int(ExitStatus.INTERRUPTED)
    except BrokenPipeError:
        raise
    except OSError as error:
        return _defect(run, error)
    except Exception as error:  # noqa: BLE001 - the last line of defence: typed, counted as a failure, shown
        return _defect(run, error)


def _invoke(run: Run, arguments: list[str]) -> int:
    # An error in the arguments themselves may come before --json has been read.
    run.options.json = run.options.json or "--json" in arguments
    try:
        with root().make_context("sovbank", arguments, obj=run) as ctx:
            ctx.command.invoke(ctx)
            run.out.finish()
    except typer.Exit as leave:
        return leave.exit_code
    except NoArgsIsHelpError as error:
        if run.options.json:
            raise _usage(ClickException("a command is needed")) from error
        sys.stderr.write(error.message + "\n")
        return int(ExitStatus.USAGE)
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except ClickException as error:
        raise _usage(error) from error
    return int(ExitStatus.DONE)


def _usage(error: ClickException) -> SovbankError:
    from sovbank.errors.cli import CommandLineWrong

    ctx = getattr(error, "ctx", None)
    help_step = f"See `{ctx.command_path} --help`." if ctx is not None else None
    return CommandLineWrong(error.format_message(), next_step=help_step)


def _defect(run: Run, error: Exception) -> int:
    from sovbank.errors.cli import Internal

    if run.options.verbose:
        _frames(run, error)
    # The text of an unforeseen error may quote a secret: only its type and place are shown.
    return run.out.failure(Internal(f"unexpected {type(error).__name__} {_place(error)}"))


def _frames(run: Run, error: BaseException) -> None:
    import traceback

    for link in (error.__cause__ or error.__context__, error):
        if link is not None:
            run.out.line_to_stderr(f"{type(link).__name__} at")
            for frame in traceback.extract_tb(link.__traceback__):
                run.out.line_to_stderr(f"  {frame.filename}:{frame.lineno} {frame.name}")


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    place = ""
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        if module.startswith("sovbank."):
            place = f"in {module}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _discard_output() -> None:
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
