"""Refusals and failures of the journal: its store, its bindings and its audit log."""

from __future__ import annotations

from sovbank.errors.base import (
    EnvironmentRefused,
    ExitStatus,
    Failed,
    OutcomeUnknown,
    SovbankError,
    StoreDamaged,
    UsageRefused,
)

_AGAIN = "Nothing was signed. Mend the cause and run the same command again."
_VERIFY = "Stop, keep a copy of the files as they are, and run `sovbank ledger verify`."


class JournalUrlRefused(EnvironmentRefused):
    """The journal's URL is neither an absolute SQLite path nor a Postgres address."""

    code = "journal.url"
    default_next_step = "Write sqlite:////absolute/path or postgresql+psycopg://user@host/database."


class DriverMissing(EnvironmentRefused):
    """The journal is on Postgres and the driver for it is not installed."""

    code = "journal.driver-missing"
    default_next_step = "Install it with `pip install 'sovbank[postgres]'`."


class DatabaseUnsafe(EnvironmentRefused):
    """The database is set up so that a committed row could be lost (fsync or synchronous_commit off)."""

    code = "journal.unsafe-database"
    default_next_step = "Turn fsync and synchronous_commit on; an audit log must survive power loss."


class SchemaMismatch(EnvironmentRefused):
    """The journal's tables are of another version than this program's."""

    code = "journal.schema"
    default_next_step = "Make a backup, then run `sovbank ledger migrate`; never use an older program on it."


class JournalMissing(StoreDamaged):
    """There is no journal at its address. One that should exist is never made again in silence."""

    code = "journal.missing"
    default_next_step = "Restore it from a backup, or make the first one with `sovbank ledger init`."


class HeadMissing(StoreDamaged):
    """The file that remembers the log's length is missing or unreadable: nothing vouches for its end."""

    code = "journal.head-missing"
    default_next_step = _VERIFY


class LogBehind(StoreDamaged):
    """The log ends before the position that was recorded outside of it, or another log is in its place."""

    code = "journal.log-behind"
    default_next_step = _VERIFY


class StoreUnwritable(StoreDamaged):
    """The database could not read or write (disk full, I/O error, read-only, no permission)."""

    code = "journal.unwritable"
    default_next_step = _AGAIN


class StoreCorrupt(StoreDamaged):
    """The file is not a database or is damaged."""

    code = "journal.corrupt"
    default_next_step = "Stop, keep a copy of the files as they are, and restore a backup."


class StoreUnreachable(StoreDamaged):
    """The database server does not answer or broke the connection."""

    code = "journal.unreachable"
    default_next_step = _AGAIN


class JournalBusy(Failed):
    """Another process held the journal for longer than the time allowed."""

    code = "journal.busy"
    default_next_step = "Run the same command again; look for a stopped process that holds the journal."


class CommitUncertain(OutcomeUnknown):
    """The connection was lost while the database committed: the step may or may not be recorded."""

    code = "journal.commit-uncertain"
    default_next_step = "Run the same command again: it reads what was recorded and goes on from there."


class RecordRefused(UsageRefused):
    """A value cannot be recorded: too long, out of range, or with characters that text must not hold."""

    code = "journal.record-refused"
    default_next_step = "Correct the named value."


class BindingRefused(Failed):
    """The database refused a row because something in it is already bound to another one."""

    code = "journal.already-bound"
    default_next_step = "Look at `sovbank ops list`; nothing was changed."


class ReferenceTaken(UsageRefused):
    """The reference is bound to another operation of the same kind, or to other parameters."""

    code = "operation.reference-taken"
    default_next_step = "Use a new reference, or give the parameters that the reference was first used with."


class NoSuchOperation(UsageRefused):
    """No operation has that id or prefix."""

    code = "operation.not-found"
    default_next_step = "See the ids with `sovbank ops list`; give at least eight digits."


class AmbiguousOperation(UsageRefused):
    """Several operations have ids that start with the given digits."""

    code = "operation.ambiguous"
    default_next_step = "Give more digits of the id."


class NoSuchAttempt(Failed):
    """The operation has no attempt of that number."""

    code = "operation.no-such-attempt"
    default_next_step = "Look at `sovbank ops show ID`."


class MovedOn(Failed):
    """Another process moved the operation on first."""

    code = "operation.moved-on"
    default_next_step = "Look at `sovbank ops show ID`, then resume it if something is left to do."


class FactChanged(Failed):
    """A fact of an operation was about to be replaced by another value."""

    code = "operation.fact-changed"
    default_next_step = "Two sources disagree; find out which is right before going on."


class AttemptOpen(Failed):
    """An earlier attempt may still take effect, so neither another one nor a cancellation is possible."""

    code = "operation.attempt-open"
    default_next_step = "Finish the open attempt with `sovbank ops resume ID`."


class TicketTaken(Failed):
    """The ticket or sequence of the account is bound to another attempt, for good."""

    code = "operation.ticket-taken"
    default_next_step = "Take another ticket."


class NotToShare(Failed):
    """A cancellation asked for a ticket or sequence on which nothing is left that could be cancelled."""

    code = "operation.nothing-to-share"
    default_next_step = "See what became of it with `sovbank ops show ID`, or `sovbank ops resume ID`."


class TransactionTaken(Failed):
    """The transaction hash belongs to another attempt, or is not the hash of the blob."""

    code = "operation.transaction-taken"
    default_next_step = "Look at `sovbank ops list`; the same transaction cannot serve two operations."


class EventMismatch(Failed):
    """The audit-log row offered with a step is not of the kind that the step must leave behind."""

    code = "journal.event-mismatch"
    default_next_step = "This is a fault of the program; report it."


class EntryConflict(UsageRefused):
    """A bank reference is known with other particulars than the statement gives."""

    code = "bank.entry-conflict"
    default_next_step = "Ask the bank which one is right; nothing of the statement was stored."


class CustomerConflict(UsageRefused):
    """The KYC case or the account already belongs to another customer."""

    code = "kyc.customer-conflict"
    default_next_step = "Check the case and the account; see them with `sovbank kyc show`."


class AttestationConflict(UsageRefused):
    """The attestation's transaction is already recorded with other particulars."""

    code = "reserves.attestation-conflict"
    default_next_step = "See `sovbank reserves status`."


class ExportMalformed(UsageRefused):
    """A file said to hold an exported operation is not one, or its id does not follow from its content."""

    code = "operation.export-malformed"
    default_next_step = "Ask the other officer to export the operation again."


class LogTampered(SovbankError):
    """A row of the audit log, or a record that it vouches for, is not what was written."""

    code = "log.tampered"
    exit_status = ExitStatus.TAMPERED
    default_next_step = "Stop using this journal; keep the files, and compare with backups and anchors."


class LogTruncated(SovbankError):
    """The audit log ends before a position that is known from elsewhere."""

    code = "log.truncated"
    exit_status = ExitStatus.TRUNCATED
    default_next_step = "Stop using this journal; find the missing rows in a backup."


class LogUnanchored(SovbankError):
    """More rows than allowed follow the last position that is known from elsewhere."""

    code = "log.unanchored"
    exit_status = ExitStatus.UNANCHORED
    default_next_step = "Note the head of the log in a place that this machine cannot change."


class LogUnreadable(SovbankError):
    """The audit log cannot be read, so nothing can be said about it."""

    code = "log.unreadable"
    exit_status = ExitStatus.UNREADABLE
    default_next_step = "Mend the access to the database, or restore a backup, then verify again."
