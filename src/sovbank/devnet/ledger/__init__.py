"""The ledger engine: values, objects, views, directories, metadata and the closing of ledgers."""
