"""The journal: operations, attempts, signatures, books and the audit log, in SQLite or Postgres."""
