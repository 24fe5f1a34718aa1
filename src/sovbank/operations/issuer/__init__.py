"""Issuer set-up: the profile's desired state, the ledger's actual state, and the ordered difference."""
