"""What alembic runs: the steps, over the connection and inside the transaction that the caller opened."""

from alembic import context
from sqlmodel import SQLModel

import sovbank.journal.tables_books  # noqa: F401  (registers its tables)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
)
with context.begin_transaction():
    context.run_migrations()
