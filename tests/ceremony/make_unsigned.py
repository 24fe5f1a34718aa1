"""Writes the transactions and test keys that xrpljs/make_blobs.js signs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from samples import CFO, COO, HEAD, ISSUER, REGULAR, bundle, payment

from sovbank.ceremony.records import Bundle

SIGNING = ((CFO.address, CFO), (COO.address, COO), (HEAD.address, REGULAR))


def other_kinds() -> Bundle:
    """Return a bundle of a payment, a signer list and a setting: other fields, other encodings."""
    common = {"InvoiceID": None, "Destination": None, "Amount": None}
    listed = [{"SignerEntry": {"Account": CFO.address, "SignerWeight": 1}}]
    memo = {"Memo": {"MemoData": "34312035613561", "MemoType": "736F7662616E6B2F616E63686F72"}}
    return bundle(
        3,
        transactions=[
            payment(0, Memos=[memo]),
            payment(1, TransactionType="SignerListSet", SignerQuorum=1, SignerEntries=listed, **common),
            payment(2, TransactionType="AccountSet", SetFlag=7, **common),
        ],
    )


def main() -> None:
    """Write the input of make_blobs.js to stdout."""
    signers = [
        {
            "account": account,
            "publicKey": who.public.hex().upper(),
            "privateKey": ("ED" if who.ed25519 else "00") + who.secret.hex().upper(),
        }
        for account, who in SIGNING
    ]
    transactions = list(other_kinds().transactions)
    assert all(transaction["Account"] == ISSUER for transaction in transactions)
    print(json.dumps({"signers": signers, "transactions": transactions}, indent=1))


if __name__ == "__main__":
    main()
