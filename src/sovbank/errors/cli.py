"""Refusals of the command line, its questions and its files."""

from __future__ import annotations

from sovbank.errors.base import DriftFound, EnvironmentRefused, Failed, PolicyRefused, UsageRefused


class CommandLineWrong(UsageRefused):
    """The command, an option or an argument is not one that the program knows."""

    code = "usage.command-line"
    default_next_step = "See `sovbank --help`, or --help after the command."


class AnswerNeeded(UsageRefused):
    """A question had to be asked, and there is no terminal or --no-input was given."""

    code = "usage.answer-needed"
    default_next_step = "Run it from a terminal, or give the flag that the message names."


class FileRefused(UsageRefused):
    """A file named on the command line cannot be read, cannot be written, or is too large."""

    code = "usage.file-refused"
    default_next_step = "Check the path, its permissions and its size."


class Declined(Failed):
    """The officer did not answer with an exact "Yes"."""

    code = "cli.declined"
    default_next_step = "Nothing was done. Run the command again when it should be done."


class YesNotAllowed(PolicyRefused):
    """--yes was given for a step that a production profile asks an officer about."""

    code = "policy.yes-not-allowed"
    default_next_step = "Run it without --yes, from a terminal, and read what is about to be signed."


class StateDirectoryUnsafe(EnvironmentRefused):
    """A directory of the program's state cannot be made, or is open to other users."""

    code = "environment.state-directory"
    default_next_step = "Make it yours alone with `chmod 700`, or name another one with SOVBANK_HOME."


class FileExists(UsageRefused):
    """A file that the command would write is there already."""

    code = "usage.file-exists"
    default_next_step = "Give another name, or remove the file first."


class ProfileCheckFailed(EnvironmentRefused):
    """`profile check` found something wrong in the profile or in what it names."""

    code = "profile.check-failed"
    default_next_step = "Mend what the table marks as wrong, then run it again."


class ContractsDiffer(DriftFound):
    """`profile check` found the control plane's contracts different from the profile."""

    code = "profile.contracts-differ"
    default_next_step = "See `sovbank control status` for the whole comparison."


class Internal(Failed):
    """The program failed in a way that it does not foresee: a defect."""

    code = "cli.internal"
    default_next_step = "Look at `sovbank ops list` before doing it again; report it with the output of -v."


class DryRunNotPossible(UsageRefused):
    """--dry-run was given to a command that cannot show beforehand what it would do."""

    code = "cli.dry-run-not-possible"
    default_next_step = "Leave --dry-run away to do it; nothing was done now."
