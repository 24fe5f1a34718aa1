"""The devnet's blockchain: py-evm with Prague rules, one block per transaction, in memory.

Nothing here knows JSON-RPC or files. Everything is deterministic: the same genesis and the same blocks
(transactions and times) give the same block hashes, which is how a replay is checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth import constants
from eth.chains.base import MiningChain
from eth.consensus.applier import ConsensusApplier
from eth.consensus.noproof import NoProofConsensus
from eth.db.atomic import AtomicDB
from eth.exceptions import PyEVMError, Revert
from eth.vm.forks.prague import PragueVM
from eth.vm.spoof import SpoofTransaction
from eth_hash.auto import keccak
from eth_keys.datatypes import PrivateKey
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError
from rlp.exceptions import RLPException

from sovbank.devnet.evm.refusals import CallReverted, TransactionRefused

BLOCK_GAS_LIMIT = 30_000_000
ETHER = 10**18
FAUCET_KEY = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
"""The first key of the public test mnemonic "test test ... junk": known to everybody, worth nothing."""
FAUCET_BALANCE = 10**9 * ETHER
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_FLOOR_PER_TOKEN = 10
_ACCEPTED_TYPES = (None, 1, 2)
_UNDECODABLE = (
    ValidationError,
    RLPException,
    PyEVMError,
    BadSignature,
    ValueError,
    TypeError,
    IndexError,
)

# py-evm's abstract types lack what its classes have, so its objects are left untyped; they do not leave
# this package.
Header = Any
Transaction = Any
TransactionReceipt = Any
Computation = Any
State = Any


@dataclass(frozen=True)
class Mined:
    """A block with what its transactions did. ``created`` are contract addresses, in transaction order."""

    header: Header
    transactions: tuple[Transaction, ...]
    receipts: tuple[TransactionReceipt, ...]
    created: tuple[bytes | None, ...]
    raw: tuple[bytes, ...]

    @property
    def number(self) -> int:
        return int(self.header.block_number)


@dataclass(frozen=True)
class Call:
    """An unsigned call. ``to`` is empty for a contract creation; ``gas`` 0 means as much as a block holds."""

    sender: bytes
    to: bytes
    value: int
    data: bytes
    gas: int = 0


class Chain:
    """One chain from its genesis on; blocks are kept in memory by number, hash and transaction."""

    def __init__(self, *, chain_id: int, genesis_time: int) -> None:
        self.chain_id = chain_id
        faucet = PrivateKey(FAUCET_KEY).public_key.to_canonical_address()
        state = {faucet: {"balance": FAUCET_BALANCE, "nonce": 0, "code": b"", "storage": {}}}
        evm: Any = _chain_class(chain_id)
        self._chain = evm.from_genesis(AtomicDB(), _genesis(genesis_time), state)
        genesis = self._chain.get_canonical_block_header_by_number(0)
        self.blocks: list[Mined] = [Mined(genesis, (), (), (), ())]
        self._by_hash: dict[bytes, int] = {genesis.hash: 0}
        self._places: dict[bytes, tuple[int, int]] = {}

    @property
    def head(self) -> Mined:
        """The newest block."""
        return self.blocks[-1]

    @property
    def next_base_fee(self) -> int:
        """The base fee of the next block, in wei per gas."""
        return int(self._chain.header.base_fee_per_gas)

    def block_of_hash(self, block_hash: bytes) -> Mined | None:
        """Return the block with the hash."""
        number = self._by_hash.get(block_hash)
        return None if number is None else self.blocks[number]

    def place_of(self, transaction_hash: bytes) -> tuple[Mined, int] | None:
        """Return the block of a transaction and its index in it."""
        place = self._places.get(transaction_hash)
        return None if place is None else (self.blocks[place[0]], place[1])

    def decode(self, raw: bytes) -> Transaction:
        """Return the signed transaction in the bytes, checked as far as they alone allow.

        Raises
        ------
        TransactionRefused
            Not a transaction, of another chain, of an unsupported type, or not in its one canonical form.
        """
        try:
            transaction = self._chain.get_vm().get_transaction_builder().decode(raw)
            type_id = getattr(transaction, "type_id", None)
            if type_id not in _ACCEPTED_TYPES:
                raise TransactionRefused("transaction type not supported")
            transaction.validate()
            transaction.check_signature_validity()
            canonical = transaction.encode()
        except _UNDECODABLE as error:
            raise TransactionRefused(f"invalid transaction: {error}") from error
        if canonical != raw or transaction.s > _HALF_ORDER:
            raise TransactionRefused("invalid transaction: not in canonical form")
        if transaction.chain_id is None:
            raise TransactionRefused("only replay-protected (EIP-155) transactions allowed over RPC")
        if transaction.chain_id != self.chain_id:
            raise TransactionRefused(
                f"invalid chain id for signer: have {transaction.chain_id} want {self.chain_id}"
            )
        return transaction

    def mine(self, raws: Sequence[bytes], at: int) -> Mined:
        """Mine a block of these transactions at the time ``at`` (Unix seconds, later than the head's).

        Raises
        ------
        TransactionRefused
            A transaction cannot be included; nothing has changed.
        """
        transactions = [self.decode(raw) for raw in raws]
        for transaction in transactions:
            self._check_includable(transaction)
        parent = self.head.header
        self._chain.set_header_timestamp(at)
        try:
            result, receipts, computations = self._chain.mine_all(
                transactions, blob_gas_used=0, mix_hash=keccak(parent.hash)
            )
        except ValidationError as error:
            raise TransactionRefused(str(error)) from error
        return self._keep(result.imported_block.header, transactions, receipts, computations, raws)

    def _keep(
        self,
        header: Header,
        transactions: Sequence[Transaction],
        receipts: Sequence[TransactionReceipt],
        computations: Sequence[Computation],
        raws: Sequence[bytes],
    ) -> Mined:
        created = tuple(
            one.msg.storage_address if one.msg.is_create and one.is_success else None for one in computations
        )
        block = Mined(header, tuple(transactions), tuple(receipts), created, tuple(raws))
        self.blocks.append(block)
        self._by_hash[header.hash] = block.number
        for index, transaction in enumerate(transactions):
            self._places[transaction.hash] = (block.number, index)
        return block

    def _check_includable(self, transaction: Transaction) -> None:
        state = self.state(self.head)
        nonce = state.get_nonce(transaction.sender)
        if transaction.nonce < nonce:
            raise TransactionRefused(f"nonce too low: next nonce {nonce}, tx nonce {transaction.nonce}")
        if transaction.nonce > nonce:
            raise TransactionRefused(f"nonce too high: next nonce {nonce}, tx nonce {transaction.nonce}")
        least = max(transaction.intrinsic_gas, _floor_gas(transaction.data))
        if transaction.gas < least:
            raise TransactionRefused(f"intrinsic gas too low: have {transaction.gas}, want {least}")
        if transaction.gas > BLOCK_GAS_LIMIT:
            raise TransactionRefused("exceeds block gas limit")
        if transaction.max_fee_per_gas < self.next_base_fee:
            raise TransactionRefused("max fee per gas less than block base fee")
        cost = transaction.gas * transaction.max_fee_per_gas + transaction.value
        if state.get_balance(transaction.sender) < cost:
            raise TransactionRefused("insufficient funds for gas * price + value")

    def state(self, block: Mined) -> State:
        """Return the state after a block."""
        return self._chain.get_vm(block.header).state

    def fund(self, address: bytes, wei: int) -> bytes:
        """Return the raw bytes of a transfer from the faucet, signed and ready to be mined."""
        faucet = PrivateKey(FAUCET_KEY)
        unsigned = self._builder().new_unsigned_dynamic_fee_transaction(
            chain_id=self.chain_id,
            nonce=self.state(self.head).get_nonce(faucet.public_key.to_canonical_address()),
            max_priority_fee_per_gas=0,
            max_fee_per_gas=2 * self.next_base_fee,
            gas=100_000,
            to=address,
            value=wei,
            data=b"",
            access_list=(),
        )
        return bytes(unsigned.as_signed_transaction(faucet, chain_id=self.chain_id).encode())

    def call(self, call: Call, block: Mined, *, at: int | None = None) -> bytes:
        """Return what the call returns on the state after ``block``.

        ``at`` runs it as of the pending block at that time; else it sees the block's own number and time.
        Gas costs nothing. Raises ``CallReverted`` with the revert data, ``TransactionRefused`` otherwise.
        """
        computation, _ = self._run(call, block, at)
        return bytes(computation.output)

    def estimate(self, call: Call, block: Mined, *, at: int | None = None) -> int:
        """Return a gas limit with which the call succeeds, a little above what it uses.

        Raises as ``call`` does when no limit would do.
        """
        computation, spent = self._run(call, block, at)
        ceiling = call.gas or BLOCK_GAS_LIMIT
        guess = spent + computation.get_gas_refund() + 2_300
        while guess < ceiling:
            try:
                self._run(Call(call.sender, call.to, call.value, call.data, guess), block, at)
            except (CallReverted, TransactionRefused):
                guess += guess // 8
            else:
                return int(guess)
        return ceiling

    def _run(self, call: Call, block: Mined, at: int | None) -> tuple[Computation, int]:
        header = block.header if at is None else self._chain.header.copy(timestamp=at)
        free = header.copy(base_fee_per_gas=0)
        vm = self._chain.get_vm(free)
        state = vm.state
        gas = min(call.gas or BLOCK_GAS_LIMIT, BLOCK_GAS_LIMIT)
        unsigned = self._builder().new_unsigned_dynamic_fee_transaction(
            chain_id=self.chain_id,
            nonce=state.get_nonce(call.sender),
            max_priority_fee_per_gas=0,
            max_fee_per_gas=0,
            gas=gas,
            to=call.to,
            value=call.value,
            data=call.data,
            access_list=(),
        )
        least = max(unsigned.intrinsic_gas, _floor_gas(call.data))
        if gas < least:
            raise TransactionRefused(f"intrinsic gas too low: have {gas}, want {least}")
        try:
            computation = state.apply_transaction(SpoofTransaction(unsigned, from_=call.sender))
        except ValidationError as error:
            raise TransactionRefused(f"insufficient funds for transfer: {error}") from error
        if computation.is_error:
            _raise(computation)
        return computation, gas - computation.get_gas_remaining() + computation.data_floor_gas

    def _builder(self) -> Any:
        return self._chain.get_vm().get_transaction_builder()


def _raise(computation: Computation) -> None:
    if isinstance(computation.error, Revert):
        raise CallReverted(bytes(computation.output))
    raise TransactionRefused(str(computation.error) or type(computation.error).__name__)


def _floor_gas(data: bytes) -> int:
    """Return the least gas of a transaction with this data (EIP-7623)."""
    zeros = data.count(0)
    return int(constants.GAS_TX) + _FLOOR_PER_TOKEN * (zeros + 4 * (len(data) - zeros))


def _genesis(time: int) -> dict[str, Any]:
    return {
        "coinbase": constants.ZERO_ADDRESS,
        "difficulty": 0,
        "extra_data": b"",
        "gas_limit": BLOCK_GAS_LIMIT,
        "mix_hash": constants.ZERO_HASH32,
        "nonce": bytes(8),
        "receipt_root": constants.BLANK_ROOT_HASH,
        "transaction_root": constants.BLANK_ROOT_HASH,
        "timestamp": time,
    }


@cache
def _chain_class(own_chain_id: int) -> type[MiningChain]:
    vms = ConsensusApplier(NoProofConsensus).amend_vm_configuration(((0, PragueVM),))

    class DevnetChain(MiningChain):
        chain_id = own_chain_id
        vm_configuration = vms

        def create_header_from_parent(self, parent_header: Header, **header_params: Any) -> Header:
            # py-evm would let the gas limit wander; a constant one is easier to reason about.
            return super().create_header_from_parent(
                parent_header, **{**header_params, "gas_limit": parent_header.gas_limit}
            )

    return DevnetChain
