"""The tables of operations and of the audit log. docs/audit-log.md says what each column vouches for.

Times are text in UTC, money is integer micro-units, JSON is canonical text: both databases hold the same.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

Wide: Any = BigInteger().with_variant(Integer, "sqlite")
STRICT = {"sqlite_strict": True}


class Operation(SQLModel, table=True):
    """One operation; its id is bound to one reference of its kind."""

    __table_args__ = (UniqueConstraint("reference", "kind"), STRICT)

    id: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    reference: str = Field(sa_type=Text)
    parameters: str = Field(sa_type=Text)
    facts: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    created_at: str = Field(sa_type=Text)
    updated_at: str = Field(sa_type=Text)


class Attempt(SQLModel, table=True):
    """One attempt of an operation. At most one per operation is not proven without effect."""

    __table_args__ = (
        Index(
            "ix_attempt_open",
            "operation_id",
            unique=True,
            sqlite_where=sql("state <> 'without-effect'"),
            postgresql_where=sql("state <> 'without-effect'"),
        ),
        CheckConstraint("(ticket IS NULL) <> (sequence IS NULL)", name="ck_attempt_ticket_or_sequence"),
        STRICT,
    )

    operation_id: str = Field(primary_key=True, sa_type=Text, foreign_key="operation.id")
    number: int = Field(primary_key=True, sa_type=Integer)
    account: str = Field(sa_type=Text)
    ticket: int | None = Field(default=None, sa_type=Wide)
    sequence: int | None = Field(default=None, sa_type=Wide)
    first_ledger: int = Field(sa_type=Wide)
    last_ledger: int = Field(sa_type=Wide)
    unsigned: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    blob: bytes | None = Field(default=None)
    tx_hash: str | None = Field(default=None, unique=True, sa_type=Text)
    result: str | None = Field(default=None, sa_type=Text)
    validated_ledger: int | None = Field(default=None, sa_type=Wide)


class TicketBinding(SQLModel, table=True):
    """A ticket or sequence of an account, bound to one attempt for good; rows never change."""

    __tablename__ = "ticket"
    __table_args__ = (
        ForeignKeyConstraint(["operation_id", "attempt"], ["attempt.operation_id", "attempt.number"]),
        CheckConstraint("form IN ('ticket', 'sequence')", name="ck_ticket_form"),
        STRICT,
    )

    account: str = Field(primary_key=True, sa_type=Text)
    form: str = Field(primary_key=True, sa_type=Text)
    number: int = Field(primary_key=True, sa_type=Wide)
    operation_id: str = Field(sa_type=Text, index=True)
    attempt: int = Field(sa_type=Integer)


class Signature(SQLModel, table=True):
    """One verified signature; the first of a signer stays."""

    __table_args__ = (
        ForeignKeyConstraint(["operation_id", "attempt"], ["attempt.operation_id", "attempt.number"]),
        STRICT,
    )

    operation_id: str = Field(primary_key=True, sa_type=Text)
    attempt: int = Field(primary_key=True, sa_type=Integer)
    signer: str = Field(primary_key=True, sa_type=Text)
    public_key: bytes
    signature: bytes
    payload_sha256: str = Field(sa_type=Text)


class Log(SQLModel, table=True):
    """The audit log: the exact bytes of each row and its hash. ``prev`` is unique, so it cannot fork."""

    __table_args__ = (STRICT,)

    seq: int = Field(primary_key=True, sa_type=Wide, sa_column_kwargs={"autoincrement": False})
    prev: str = Field(unique=True, sa_type=Text)
    hash: str = Field(sa_type=Text)
    operation_id: str | None = Field(default=None, sa_type=Text, index=True)
    data: bytes


class LogBody(SQLModel, table=True):
    """What a log row's body digest covers: a record's digest, and particulars that can be erased."""

    __tablename__ = "log_body"
    __table_args__ = (STRICT,)

    seq: int = Field(
        primary_key=True, sa_type=Wide, foreign_key="log.seq", sa_column_kwargs={"autoincrement": False}
    )
    subject: str | None = Field(default=None, sa_type=Text, index=True)
    subject_salt: bytes | None = Field(default=None)
    subject_digest: str = Field(sa_type=Text)
    particulars: str | None = Field(default=None, sa_type=Text)
    particulars_salt: bytes | None = Field(default=None)
    particulars_digest: str = Field(sa_type=Text)


class HeadRow(SQLModel, table=True):
    """The log's last position, kept beside the log so that a log cut short is noticed."""

    __tablename__ = "log_head"
    __table_args__ = (CheckConstraint("id = 1", name="ck_log_head_single"), STRICT)

    id: int = Field(primary_key=True, sa_type=Integer, sa_column_kwargs={"autoincrement": False})
    log_id: str = Field(sa_type=Text)
    seq: int = Field(sa_type=Wide)
    hash: str = Field(sa_type=Text)


class Checkpoint(SQLModel, table=True):
    """A signed statement of the log's size and root."""

    __table_args__ = (STRICT,)

    size: int = Field(primary_key=True, sa_type=Wide, sa_column_kwargs={"autoincrement": False})
    root: str = Field(sa_type=Text)
    note: str = Field(sa_type=Text)
    created_at: str = Field(sa_type=Text)


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


OPERATION = _table("operation")
ATTEMPT = _table("attempt")
TICKET = _table("ticket")
SIGNATURE = _table("signature")
LOG = _table("log")
LOG_BODY = _table("log_body")
HEAD_ROW = _table("log_head")
