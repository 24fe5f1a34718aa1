"""JSON-RPC of the ledger: one module per method, and the table that names them."""
