"""The XRP Ledger: node client, transaction builders, multisignature assembly and reliable submission."""
