"""Transaction types of the ledger, one module each, and the table that names them."""
