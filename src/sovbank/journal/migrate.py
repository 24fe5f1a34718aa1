"""Make a journal's tables, or bring them to this program's version, inside the caller's transaction."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection

_STEPS = "sovbank.journal:migrations"


def upgrade(connection: Connection) -> None:
    """Run the missing steps over a connection whose transaction is open."""
    config = Config()
    config.set_main_option("script_location", _STEPS)
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
