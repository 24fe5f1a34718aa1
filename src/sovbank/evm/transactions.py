"""Building and signing EIP-1559 transactions with a key that is never seen here, only its signatures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sovbank.errors.evm import MalformedEvmValue, SignerMisbehaves
from sovbank.evm.identity import checksum_address, keccak256
from sovbank.evm.port import ChainSigner

HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


@dataclass(frozen=True)
class Fees:
    """What is offered for a unit of gas, in wei."""

    max_fee: int
    max_priority_fee: int


@dataclass(frozen=True)
class Draft:
    """A transaction before it is signed. ``to`` is None for a contract creation."""

    chain_id: int
    nonce: int
    to: str | None
    data: bytes
    gas: int
    fees: Fees


@dataclass(frozen=True)
class Signed:
    """A signed transaction: its hash (0x and 64 hex digits) and the bytes that are sent."""

    hash: str
    raw: bytes


def sign(draft: Draft, signer: ChainSigner) -> Signed:
    """Return the signed transaction.

    Raises
    ------
    SignerMisbehaves
        The signature is not canonical or not that of the signer's address, as recovered from the bytes
        by another library than the one that signed.
    """
    from eth_account import Account
    from eth_account.typed_transactions.typed_transaction import TypedTransaction

    fields = _fields(draft)
    digest = bytes(TypedTransaction.from_dict(fields).hash())
    r, s, parity = signer.sign_digest(digest)
    check_signature(r, s, parity)
    raw = bytes(TypedTransaction.from_dict({**fields, "v": parity, "r": r, "s": s}).encode())
    recovered = str(Account.recover_transaction(raw))
    if recovered.lower() != signer.address.lower():
        raise SignerMisbehaves(f"the signature is that of {recovered}, not of {signer.address}")
    return Signed("0x" + keccak256(raw).hex(), raw)


def check_signature(r: int, s: int, parity: int) -> None:
    """Refuse a signature that is not in its canonical form.

    Raises
    ------
    SignerMisbehaves
    """
    if parity not in (0, 1) or not 0 < r < 2**256 or not 0 < s <= HALF_ORDER:
        raise SignerMisbehaves("the key gave a signature that is not in canonical form")


def sender_and_nonce(raw: bytes) -> tuple[str, int, int]:
    """Return the sender, nonce and chain id of signed EIP-1559 bytes that were recorded earlier.

    Raises
    ------
    MalformedEvmValue
        The bytes are no signed transaction.
    """
    from eth_account import Account
    from eth_account.typed_transactions.typed_transaction import TypedTransaction
    from eth_keys.exceptions import BadSignature
    from eth_utils.exceptions import ValidationError
    from hexbytes import HexBytes
    from rlp.exceptions import RLPException

    try:
        fields = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
        sender = str(Account.recover_transaction(raw))
    except (
        RLPException,
        BadSignature,
        ValidationError,
        ValueError,
        TypeError,
        LookupError,
    ) as error:
        raise MalformedEvmValue(f"the recorded bytes are no signed transaction: {error}") from error
    if fields["v"] not in (0, 1):
        raise MalformedEvmValue("the recorded bytes are no signed transaction in canonical form")
    return checksum_address(sender), int(fields["nonce"]), int(fields["chainId"])


def _fields(draft: Draft) -> dict[str, Any]:
    return {
        "type": 2,
        "chainId": draft.chain_id,
        "nonce": draft.nonce,
        "to": checksum_address(draft.to) if draft.to is not None else b"",
        "value": 0,
        "data": draft.data,
        "gas": draft.gas,
        "maxFeePerGas": draft.fees.max_fee,
        "maxPriorityFeePerGas": draft.fees.max_priority_fee,
        "accessList": [],
    }
