"""The steps that bring a journal's tables to this program's version; alembic runs them from the package."""
