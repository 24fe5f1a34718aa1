"""XRP Ledger bytes: guarded codec, hashes, signing payloads, addresses and signature verification.

Pure functions over bytes: no network and no stored keys. The modules are imported one by one, because
the codec alone costs half a second of start-up.
"""
