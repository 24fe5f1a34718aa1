"""The first form: operations, attempts, the audit log, customers, bank entries, reserves and tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_APPEND_ONLY = ("log", "ticket", "signature", "checkpoint")
_WIDE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make all tables, then the triggers that keep what was written."""
    _operations()
    _log()
    _customers()
    _bank()
    _tokens()
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_triggers()
    else:
        _postgres_triggers()


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _wide(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, _WIDE, nullable=nullable, autoincrement=False)


def _table(name: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(name, *parts, sqlite_strict=True)


def _operations() -> None:
    _table(
        "operation",
        _text("id"),
        _text("kind"),
        _text("reference"),
        _text("parameters"),
        _text("facts"),
        _text("state"),
        _text("created_by"),
        _text("created_at"),
        _text("updated_at"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference", "kind"),
    )
    _table(
        "attempt",
        _text("operation_id"),
        sa.Column("number", sa.Integer, nullable=False),
        _text("account"),
        _wide("ticket", nullable=True),
        _wide("sequence", nullable=True),
        _wide("first_ledger"),
        _wide("last_ledger"),
        _text("unsigned"),
        _text("state"),
        sa.Column("blob", sa.LargeBinary, nullable=True),
        _text("tx_hash", nullable=True),
        _text("result", nullable=True),
        _wide("validated_ledger", nullable=True),
        sa.PrimaryKeyConstraint("operation_id", "number"),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"]),
        sa.UniqueConstraint("tx_hash"),
        sa.CheckConstraint("(ticket IS NULL) <> (sequence IS NULL)", name="ck_attempt_ticket_or_sequence"),
    )
    op.create_index(
        "ix_attempt_open",
        "attempt",
        ["operation_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'without-effect'"),
        postgresql_where=sa.text("state <> 'without-effect'"),
    )
    _table(
        "ticket",
        _text("account"),
        _text("form"),
        _wide("number"),
        _text("operation_id"),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("account", "form", "number"),
        sa.ForeignKeyConstraint(["operation_id", "attempt"], ["attempt.operation_id", "attempt.number"]),
        sa.CheckConstraint("form IN ('ticket', 'sequence')", name="ck_ticket_form"),
    )
    op.create_index("ix_ticket_operation_id", "ticket", ["operation_id"])
    _table(
        "signature",
        _text("operation_id"),
        sa.Column("attempt", sa.Integer, nullable=False),
        _text("signer"),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        _text("payload_sha256"),
        sa.PrimaryKeyConstraint("operation_id", "attempt", "signer"),
        sa.ForeignKeyConstraint(["operation_id", "attempt"], ["attempt.operation_id", "attempt.number"]),
    )


def _log() -> None:
    _table(
        "log",
        _wide("seq"),
        _text("prev"),
        _text("hash"),
        _text("operation_id", nullable=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("prev"),
    )
    op.create_index("ix_log_operation_id", "log", ["operation_id"])
    _table(
        "log_body",
        _wide("seq"),
        _text("subject", nullable=True),
        sa.Column("subject_salt", sa.LargeBinary, nullable=True),
        _text("subject_digest"),
        _text("particulars", nullable=True),
        sa.Column("particulars_salt", sa.LargeBinary, nullable=True),
        _text("particulars_digest"),
        sa.PrimaryKeyConstraint("seq"),
        sa.ForeignKeyConstraint(["seq"], ["log.seq"]),
    )
    op.create_index("ix_log_body_subject", "log_body", ["subject"])
    _table(
        "log_head",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        _text("log_id"),
        _wide("seq"),
        _text("hash"),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("id = 1", name="ck_log_head_single"),
    )
    _table(
        "checkpoint",
        _wide("size"),
        _text("root"),
        _text("note"),
        _text("created_at"),
        sa.PrimaryKeyConstraint("size"),
    )


def _customers() -> None:
    _table(
        "customer",
        _text("kyc_id"),
        _text("name"),
        _text("tier"),
        _text("status"),
        _text("expires_on"),
        _text("updated_at"),
        sa.PrimaryKeyConstraint("kyc_id"),
    )
    _table(
        "kyc_verification",
        sa.Column("id", sa.Integer, nullable=False),
        _text("kyc_id"),
        _text("tier"),
        _text("status"),
        _text("expires_on"),
        _text("recorded_by"),
        _text("recorded_at"),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["kyc_id"], ["customer.kyc_id"]),
    )
    op.create_index("ix_kyc_verification_kyc_id", "kyc_verification", ["kyc_id"])
    _table(
        "wallet",
        _text("account"),
        _text("kyc_id"),
        sa.PrimaryKeyConstraint("account"),
        sa.ForeignKeyConstraint(["kyc_id"], ["customer.kyc_id"]),
        sa.UniqueConstraint("kyc_id"),
    )
    _table(
        "membership_nft",
        _text("nft_id"),
        _text("kyc_id"),
        _text("account"),
        _text("operation_id", nullable=True),
        _text("state"),
        _text("issued_at"),
        sa.PrimaryKeyConstraint("nft_id"),
        sa.ForeignKeyConstraint(["kyc_id"], ["customer.kyc_id"]),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"]),
    )
    op.create_index("ix_membership_nft_kyc_id", "membership_nft", ["kyc_id"])


def _bank() -> None:
    _table(
        "fiat_account", _text("account"), _text("currency"), sa.PrimaryKeyConstraint("account", "currency")
    )
    _table(
        "fiat_statement",
        _text("sha256"),
        _text("source"),
        _text("imported_by"),
        _text("imported_at"),
        sa.PrimaryKeyConstraint("sha256"),
    )
    _table(
        "fiat_transaction",
        sa.Column("id", sa.Integer, nullable=False),
        _text("reference"),
        _text("statement"),
        _text("account"),
        _text("booked_on"),
        _text("direction"),
        _wide("amount_micro"),
        _text("currency"),
        _text("counterparty"),
        _text("remittance"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
        sa.ForeignKeyConstraint(["statement"], ["fiat_statement.sha256"]),
        sa.CheckConstraint("amount_micro > 0", name="ck_fiat_transaction_amount"),
        sa.CheckConstraint("direction IN ('credit', 'debit')", name="ck_fiat_transaction_direction"),
    )
    op.create_index("ix_fiat_transaction_statement", "fiat_transaction", ["statement"])


def _tokens() -> None:
    _table(
        "token_issuance",
        _text("operation_id"),
        _text("asset"),
        _wide("amount_micro"),
        _text("tx_hash"),
        _wide("validated_ledger"),
        sa.PrimaryKeyConstraint("operation_id"),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"]),
        sa.UniqueConstraint("tx_hash"),
    )
    _table(
        "token_balance",
        _text("account"),
        _text("asset"),
        _wide("amount_micro"),
        _wide("validated_ledger"),
        sa.PrimaryKeyConstraint("account", "asset"),
    )
    _table(
        "attestation",
        _text("tx_hash"),
        _text("asset"),
        _wide("total_micro"),
        _wide("encumbered_micro"),
        _text("as_of"),
        _text("document_sha256"),
        _text("recorded_at"),
        sa.PrimaryKeyConstraint("tx_hash"),
    )
    op.create_index("ix_attestation_asset", "attestation", ["asset"])
    _table(
        "reserve_item",
        _text("tx_hash"),
        _text("label"),
        _wide("amount_micro"),
        _text("currency"),
        sa.PrimaryKeyConstraint("tx_hash", "label"),
        sa.ForeignKeyConstraint(["tx_hash"], ["attestation.tx_hash"]),
    )


def _sqlite_triggers() -> None:
    for table in _APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER keep_{table}_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed or removed'); END"
            )


def _postgres_triggers() -> None:
    op.execute(
        "CREATE FUNCTION sovbank_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME; END $$"
    )
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER keep_{table} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION sovbank_keep()"
        )
