"""What reserve reporters sign: EIP-712 typed data of the ReserveRegistry (``IReserveRegistry.sol``)."""

from __future__ import annotations

from typing import Any

from sovbank.evm.identity import asset_key, keccak256, word
from sovbank.evm.port import ChainSigner, ReserveReport
from sovbank.evm.transactions import check_signature

_TYPES = {
    "ReserveReport": [
        {"name": "asset", "type": "bytes32"},
        {"name": "totalReserves", "type": "uint256"},
        {"name": "encumbered", "type": "uint256"},
        {"name": "asOf", "type": "uint64"},
        {"name": "nonce", "type": "uint64"},
        {"name": "documentHash", "type": "bytes32"},
    ]
}


def report_fields(report: ReserveReport, *, nonce: int) -> dict[str, Any]:
    """Return the report as the contract takes it."""
    return {
        "asset": asset_key(report.asset),
        "totalReserves": report.total_micro,
        "encumbered": report.encumbered_micro,
        "asOf": report.as_of,
        "nonce": nonce,
        "documentHash": word(report.document_sha256, "document hash"),
    }


def report_digest(report: ReserveReport, *, nonce: int, chain_id: int, registry: str) -> bytes:
    """Return the 32 bytes that reporters sign, bound to one chain and one ReserveRegistry."""
    from eth_account.messages import encode_typed_data

    domain = {
        "name": "sovbank ReserveRegistry",
        "version": "1",
        "chainId": chain_id,
        "verifyingContract": registry,
    }
    message = encode_typed_data(domain, _TYPES, report_fields(report, nonce=nonce))
    return keccak256(b"\x19" + message.version + message.header + message.body)


def sign_report_digest(digest: bytes, signer: ChainSigner) -> bytes:
    """Return the 65 bytes (r, s, v) over a report's digest. ``SignerMisbehaves`` for another form."""
    r, s, parity = signer.sign_digest(digest)
    check_signature(r, s, parity)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([27 + parity])
