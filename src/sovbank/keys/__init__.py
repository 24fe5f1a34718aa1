"""Keys: the signer port, its adapters, and the guarded signer that decides what may be signed."""
