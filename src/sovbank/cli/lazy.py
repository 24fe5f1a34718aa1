"""Groups that are imported when they are used, and the global options that every command accepts.

The static tables in ``cli.commands`` name each group's module and help text, so that ``sovbank --help``
imports none of them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer import main as typer_main
from typer.core import TyperGroup, TyperOption

from sovbank import __version__
from sovbank.cli.commands import COMMANDS, GROUPS, PREVIEWS
from sovbank.cli.context import Run

if TYPE_CHECKING:
    from typer._click.core import Command, Context
    from typer._click.formatting import HelpFormatter

_EPILOG = (
    "Global options may stand here too: -p, --json, --yes, --no-input, --dry-run, -q, -v. See sovbank --help."
)

_HELP = {
    "profile": "Profile name or path [SOVBANK_PROFILE].",
    "json": "Print one JSON object on stdout [SOVBANK_JSON].",
    "yes": "Answer questions with Yes; never passes over a quorum, a limit or a policy.",
    "no_input": "Never ask; exit 2 where an answer is needed [SOVBANK_NO_INPUT].",
    "dry_run": "Sign and send nothing; show what would be done.",
    "passphrase_file": "Read the keystore's passphrase from a file of mode 0600 [SOVBANK_PASSPHRASE_FILE].",
    "passphrase_fd": "Read the keystore's passphrase from this file descriptor.",
    "pin_file": "Read the PIN of an HSM from a file of mode 0600 [SOVBANK_PIN_FILE].",
    "pin_fd": "Read the PIN of an HSM from this file descriptor.",
    "quiet": "Print results, warnings and errors only.",
    "verbose": "Print particulars.",
}


def _store(name: str) -> Callable[[Any, Any, Any], Any]:
    def callback(ctx: Any, _parameter: Any, value: Any) -> Any:
        if value is not None and value is not False:
            run = ctx.find_object(Run)
            if run is not None:
                setattr(run.options, name, value)
        return value

    return callback


def _version(ctx: Any, _parameter: Any, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        sys.stdout.write(f"sovbank {__version__}\n")
        raise typer.Exit(0)


def _flag(name: str, declarations: list[str], text: str, *, hidden: bool) -> TyperOption:
    return TyperOption(
        param_decls=[*declarations, f"global_{name}"],
        is_flag=True,
        default=False,
        expose_value=False,
        callback=_store(name),
        help=text,
        hidden=hidden,
    )


def _value(
    name: str, declarations: list[str], metavar: str, text: str, *, hidden: bool, kind: type = str
) -> TyperOption:
    return TyperOption(
        param_decls=[*declarations, f"global_{name}"],
        type=kind,
        metavar=metavar,
        expose_value=False,
        callback=_store(name),
        help=text,
        hidden=hidden,
    )


def global_options(*, hidden: bool) -> list[TyperOption]:
    """Return the options that stand before the group or after the command."""
    return [
        _value("profile", ["--profile", "-p"], "NAME", _HELP["profile"], hidden=hidden),
        _flag("json", ["--json"], _HELP["json"], hidden=hidden),
        _flag("yes", ["--yes"], _HELP["yes"], hidden=hidden),
        _flag("no_input", ["--no-input"], _HELP["no_input"], hidden=hidden),
        _flag("dry_run", ["--dry-run"], _HELP["dry_run"], hidden=hidden),
        _value("passphrase_file", ["--passphrase-file"], "PATH", _HELP["passphrase_file"], hidden=hidden),
        _value("passphrase_fd", ["--passphrase-fd"], "N", _HELP["passphrase_fd"], hidden=hidden, kind=int),
        _value("pin_file", ["--pin-file"], "PATH", _HELP["pin_file"], hidden=hidden),
        _value("pin_fd", ["--pin-fd"], "N", _HELP["pin_fd"], hidden=hidden, kind=int),
        _flag("quiet", ["-q", "--quiet"], _HELP["quiet"], hidden=hidden),
        _flag("verbose", ["-v", "--verbose"], _HELP["verbose"], hidden=hidden),
    ]


class LazyGroup(TyperGroup):
    """The root of the command line."""

    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order of the tables."""
        return [*COMMANDS, *GROUPS]

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:  # noqa: ARG002
        """Import and return one group or command."""
        return load(cmd_name)

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002
        """Write the help of the tables, importing nothing."""
        for title, table in (("Commands", COMMANDS), ("Groups", GROUPS)):
            rows = [(name, text) for name, (_, text) in table.items()]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Find the command; a misspelt name is answered with names like it."""
        from difflib import get_close_matches

        try:
            return self._click_resolve_command(ctx, args)
        except Exception as error:
            near = get_close_matches(args[0], [*COMMANDS, *GROUPS]) if args else []
            if near and hasattr(error, "message"):
                error.message = f"{error.message.rstrip('.')}. Did you mean {', '.join(near)}?"
            raise


def load(name: str) -> Command | None:
    """Return the command or group of the tables, with the global options on each of its commands."""
    table: Mapping[str, tuple[str, str]] = GROUPS if name in GROUPS else COMMANDS
    if name not in table:
        return None
    module, text = table[name]
    app: typer.Typer = import_module(module).app
    if name in GROUPS:
        command: Command = typer_main.get_group(app)
        command.no_args_is_help = True
    else:
        command = typer_main.get_command(app)
    command.name = name
    command.help = command.help or text
    _adopt(command, name)
    return command


def _adopt(command: Any, path: str) -> None:
    command.rich_markup_mode = None
    command.params.extend(global_options(hidden=True))
    children = getattr(command, "commands", None)
    if children is None:
        if path not in PREVIEWS:
            _refuse_dry_run(command, path)
        command.epilog = command.epilog or _EPILOG
        return
    command.no_args_is_help = True
    for name, child in children.items():
        _adopt(child, f"{path} {name}")


def _refuse_dry_run(command: Any, path: str) -> None:
    """Make the command refuse --dry-run: a command that does not know the flag would act all the same."""
    invoke = command.invoke

    def checked(ctx: Any) -> Any:
        run = ctx.find_object(Run)
        if run is not None and run.options.dry_run:
            from sovbank.errors.cli import DryRunNotPossible

            raise DryRunNotPossible(f"`sovbank {path}` cannot show beforehand what it would do")
        return invoke(ctx)

    command.invoke = checked


def root() -> LazyGroup:
    """Return the root of the command line."""
    version = TyperOption(
        param_decls=["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_version,
        help="Print the version and leave.",
    )
    return LazyGroup(
        name="sovbank",
        help="Run a regulated stablecoin on the XRP Ledger from a bank's treasury.",
        params=[*global_options(hidden=False), version],
        no_args_is_help=True,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog="Exit status: 0 done, 2 usage, 3 environment, 4 key, 5 policy, 6 quorum, 7 rejected, "
        "8 unknown outcome (resume it), 9 store, 14 drift, 15 waiting. See docs/errors.md.",
    )
