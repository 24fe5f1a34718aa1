"""The tables of customers, bank entries, reserves and tokens, beside the operations that made them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Integer, Text
from sqlmodel import Field, SQLModel

from sovbank.journal.tables import STRICT, Wide


class CustomerRecord(SQLModel, table=True):
    """A customer, named by the case at the KYC provider."""

    __tablename__ = "customer"
    __table_args__ = (STRICT,)

    kyc_id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    tier: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    expires_on: str = Field(sa_type=Text)
    updated_at: str = Field(sa_type=Text)


class KycVerification(SQLModel, table=True):
    """One recorded outcome of a customer's verification; the newest is the customer's present one."""

    __tablename__ = "kyc_verification"
    __table_args__ = (STRICT,)

    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    kyc_id: str = Field(sa_type=Text, foreign_key="customer.kyc_id", index=True)
    tier: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    expires_on: str = Field(sa_type=Text)
    recorded_by: str = Field(sa_type=Text)
    recorded_at: str = Field(sa_type=Text)


class Wallet(SQLModel, table=True):
    """An XRP Ledger account and the one customer whose it is."""

    __table_args__ = (STRICT,)

    account: str = Field(primary_key=True, sa_type=Text)
    kyc_id: str = Field(sa_type=Text, foreign_key="customer.kyc_id", unique=True)


class MembershipNft(SQLModel, table=True):
    """A membership token issued to a customer."""

    __tablename__ = "membership_nft"
    __table_args__ = (STRICT,)

    nft_id: str = Field(primary_key=True, sa_type=Text)
    kyc_id: str = Field(sa_type=Text, foreign_key="customer.kyc_id", index=True)
    account: str = Field(sa_type=Text)
    operation_id: str | None = Field(default=None, sa_type=Text, foreign_key="operation.id")
    state: str = Field(sa_type=Text)
    issued_at: str = Field(sa_type=Text)


class FiatAccount(SQLModel, table=True):
    """A bank account as statements name it: the last four digits."""

    __tablename__ = "fiat_account"
    __table_args__ = (STRICT,)

    account: str = Field(primary_key=True, sa_type=Text)
    currency: str = Field(primary_key=True, sa_type=Text)


class FiatStatement(SQLModel, table=True):
    """A statement file that was imported, named by the hash of what was read."""

    __tablename__ = "fiat_statement"
    __table_args__ = (STRICT,)

    sha256: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(sa_type=Text)
    imported_by: str = Field(sa_type=Text)
    imported_at: str = Field(sa_type=Text)


class FiatTransaction(SQLModel, table=True):
    """One booked entry of a statement; its bank reference is unique."""

    __tablename__ = "fiat_transaction"
    __table_args__ = (
        CheckConstraint("amount_micro > 0", name="ck_fiat_transaction_amount"),
        CheckConstraint("direction IN ('credit', 'debit')", name="ck_fiat_transaction_direction"),
        STRICT,
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    reference: str = Field(unique=True, sa_type=Text)
    statement: str = Field(sa_type=Text, foreign_key="fiat_statement.sha256", index=True)
    account: str = Field(sa_type=Text)
    booked_on: str = Field(sa_type=Text)
    direction: str = Field(sa_type=Text)
    amount_micro: int = Field(sa_type=Wide)
    currency: str = Field(sa_type=Text)
    counterparty: str = Field(sa_type=Text)
    remittance: str = Field(sa_type=Text)


class TokenIssuance(SQLModel, table=True):
    """Tokens that a mint brought into being or a burn took away, with the transaction that did it."""

    __tablename__ = "token_issuance"
    __table_args__ = (STRICT,)

    operation_id: str = Field(primary_key=True, sa_type=Text, foreign_key="operation.id")
    asset: str = Field(sa_type=Text)
    amount_micro: int = Field(sa_type=Wide)
    tx_hash: str = Field(unique=True, sa_type=Text)
    validated_ledger: int = Field(sa_type=Wide)


class TokenBalance(SQLModel, table=True):
    """The last balance seen of an account: a cache, never a basis for a decision."""

    __tablename__ = "token_balance"
    __table_args__ = (STRICT,)

    account: str = Field(primary_key=True, sa_type=Text)
    asset: str = Field(primary_key=True, sa_type=Text)
    amount_micro: int = Field(sa_type=Wide)
    validated_ledger: int = Field(sa_type=Wide)


class Attestation(SQLModel, table=True):
    """An attestation of reserves that the control plane accepted."""

    __table_args__ = (STRICT,)

    tx_hash: str = Field(primary_key=True, sa_type=Text)
    asset: str = Field(sa_type=Text, index=True)
    total_micro: int = Field(sa_type=Wide)
    encumbered_micro: int = Field(sa_type=Wide)
    as_of: str = Field(sa_type=Text)
    document_sha256: str = Field(sa_type=Text)
    recorded_at: str = Field(sa_type=Text)


class ReserveItem(SQLModel, table=True):
    """One position of an attested reserve."""

    __tablename__ = "reserve_item"
    __table_args__ = (STRICT,)

    tx_hash: str = Field(primary_key=True, sa_type=Text, foreign_key="attestation.tx_hash")
    label: str = Field(primary_key=True, sa_type=Text)
    amount_micro: int = Field(sa_type=Wide)
    currency: str = Field(sa_type=Text)


CUSTOMER = SQLModel.metadata.tables["customer"]
KYC_VERIFICATION = SQLModel.metadata.tables["kyc_verification"]
WALLET = SQLModel.metadata.tables["wallet"]
FIAT_ACCOUNT = SQLModel.metadata.tables["fiat_account"]
FIAT_STATEMENT = SQLModel.metadata.tables["fiat_statement"]
FIAT_TRANSACTION = SQLModel.metadata.tables["fiat_transaction"]
ATTESTATION = SQLModel.metadata.tables["attestation"]
