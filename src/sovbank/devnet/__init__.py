"""The embedded devnet: an XRP Ledger in standalone mode and an EVM, served on loopback."""
