"""Builders of membership transactions: an NFToken offered to its holder for nothing, and its end.

Types: xrpl.org, NFTokenMint, NFTokenAcceptOffer, NFTokenBurn. A membership is burnable by its issuer and not
transferable: it moves between issuer and holder alone.
"""

from __future__ import annotations

from typing import Any

from sovbank.core.membership import MAX_URI_BYTES, TF_BURNABLE
from sovbank.errors.xrpl import TransactionRefused
from sovbank.wire.addresses import decode_address, is_address
from sovbank.wire.hashes import sha512_half
from sovbank.xrpl.envelope import Anchor, Envelope, Tx, finish, memos

_OFFER_SPACE = b"\0q"


def membership_mint(
    envelope: Envelope, *, holder: str, taxon: int, uri: str, anchor: Anchor | None = None
) -> Tx:
    """Return the NFTokenMint that makes a membership and offers it to its holder for zero drops."""
    data = uri.encode("ascii", errors="replace")
    if not uri.isascii() or not 1 <= len(data) <= MAX_URI_BYTES:
        raise TransactionRefused(f"a URI has 1 to {MAX_URI_BYTES} ASCII characters")
    if not is_address(holder) or holder == envelope.account:
        raise TransactionRefused(f"not a holder of a membership: {holder[:64]!r}")
    fields: dict[str, Any] = {
        "NFTokenTaxon": taxon,
        "URI": data.hex().upper(),
        "Amount": "0",
        "Destination": holder,
        **memos(anchor),
    }
    return finish(envelope, "NFTokenMint", fields, flags=TF_BURNABLE)


def membership_burn(
    envelope: Envelope, *, nftoken_id: str, owner: str | None, anchor: Anchor | None = None
) -> Tx:
    """Return the NFTokenBurn of a membership; ``owner`` is its holder, None while the issuer still has it."""
    fields: dict[str, Any] = {"NFTokenID": nftoken_id, **memos(anchor)}
    if owner is not None and owner != envelope.account:
        fields["Owner"] = owner
    return finish(envelope, "NFTokenBurn", fields)


def offer_index(account: str, slot: int) -> str:
    """Return the ledger index of the offer that a transaction of the account makes.

    ``slot`` is its ticket, or its sequence without one (xrpld: Indexes.cpp, ``nftokenOffer``).
    """
    return sha512_half(_OFFER_SPACE + decode_address(account) + slot.to_bytes(4, "big")).hex().upper()


def acceptance(*, holder: str, offer_id: str, network_id: int) -> dict[str, Any]:
    """Return what the holder signs to take the membership; their wallet adds sequence, fee and key."""
    payload: dict[str, Any] = {
        "TransactionType": "NFTokenAcceptOffer",
        "Account": holder,
        "NFTokenSellOffer": offer_id,
    }
    return payload | ({"NetworkID": network_id} if network_id > 1024 else {})
