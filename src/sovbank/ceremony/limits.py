"""Limits of a bundle. Each stands well above what a ceremony needs and bounds what hostile input can cost."""

from __future__ import annotations

MAX_BUNDLE_BYTES = 1024 * 1024
"""Bytes of a bundle file."""
MAX_DEPTH = 12
"""Objects and arrays within each other, the bundle itself included."""
MAX_VALUES = 20_000
"""JSON values (objects, arrays, texts, numbers, names) in a bundle."""
MAX_TRANSACTIONS = 32
"""Transactions in one bundle."""
MAX_TRANSACTION_BYTES = 2048
"""Bytes of one unsigned transaction in the ledger's binary format."""
MAX_TRANSACTIONS_BYTES = 16 * 1024
"""Bytes of all unsigned transactions of a bundle together."""
MAX_TRANSACTION_VALUES = 1000
"""JSON values in all transactions of a bundle together: the codec takes longest over many small fields."""
MAX_SIGNERS = 32
"""Entries of a signer list (xrpl.org: SignerListSet)."""
MAX_FRAMES = 4096
"""QR frames of one bundle."""
MAX_IMAGE_BYTES = 32 * 1024 * 1024
"""Bytes of one picture."""
MAX_IMAGE_PIXELS = 50_000_000
"""Pixels of one picture."""
