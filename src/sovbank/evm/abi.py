"""Encoding calls and decoding answers and errors with web3, from the shipped artifacts.

web3 takes most of a second to import, so this module imports it when the first call is encoded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sovbank.errors.evm import ContractAnswerMalformed
from sovbank.evm.artifacts import CONTRACTS, PROXY, load
from sovbank.evm.identity import keccak256

ERROR_STRING = bytes.fromhex("08c379a0")
PANIC = bytes.fromhex("4e487b71")


@dataclass(frozen=True)
class RevertValue:
    """One value of a custom error: its name, its Solidity type (``enum X`` for an enum) and itself."""

    name: str
    kind: str
    value: Any


@dataclass(frozen=True)
class RevertReason:
    """What a contract reverted with: the error's name and values."""

    name: str
    values: tuple[RevertValue, ...]


class ContractCodec:
    """The ABI of one contract: calls in, records out."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._abi = load(name).abi
        self._contract = _web3().eth.contract(abi=self._abi)
        self._functions = {entry["name"]: entry for entry in self._abi if entry.get("type") == "function"}

    def encode(self, function: str, *arguments: Any) -> bytes:
        """Return the call data of a function; structs are given as mappings or tuples."""
        return bytes.fromhex(self._contract.encode_abi(function, args=list(arguments))[2:])

    def decode(self, function: str, answer: bytes) -> Any:
        """Return what a function returned: one value bare, several as a tuple, structs as mappings.

        Raises
        ------
        ContractAnswerMalformed
            The bytes are not what the ABI says.
        """
        from eth_abi.exceptions import DecodingError

        outputs = self._functions[function]["outputs"]
        types = [_type_of(output) for output in outputs]
        try:
            values = _web3().codec.decode(types, answer)
        except (DecodingError, OverflowError, ValueError) as error:
            raise ContractAnswerMalformed(
                f"{self._name}.{function} answered with {len(answer)} bytes that do not decode: {error}"
            ) from error
        shaped = tuple(_shaped(output, value) for output, value in zip(outputs, values, strict=True))
        return shaped[0] if len(shaped) == 1 else shaped


@cache
def codec(name: str) -> ContractCodec:
    """Return the codec of a shipped contract."""
    return ContractCodec(name)


def creation_code(name: str, *arguments: Any) -> bytes:
    """Return the data of the transaction that creates a contract with these constructor arguments."""
    artifact = load(name)
    constructor = next((entry for entry in artifact.abi if entry.get("type") == "constructor"), None)
    inputs = constructor["inputs"] if constructor else []
    encoded = _web3().codec.encode([_type_of(item) for item in inputs], list(arguments))
    return artifact.bytecode + bytes(encoded)


def revert_reason(data: bytes) -> RevertReason | None:
    """Return the error that the revert data names; None when no shipped contract knows it.

    ``Error(string)`` comes out as Error, ``Panic(uint256)`` as Panic.
    """
    from eth_abi.exceptions import DecodingError

    entry = _errors().get(data[:4])
    if entry is None:
        return None
    inputs = entry["inputs"]
    try:
        values = _web3().codec.decode([_type_of(item) for item in inputs], data[4:])
    except (DecodingError, OverflowError, ValueError):
        return None
    return RevertReason(
        entry["name"],
        tuple(
            RevertValue(str(item["name"]).rstrip("_"), _kind_of(item), value)
            for item, value in zip(inputs, values, strict=True)
        ),
    )


@cache
def error_names() -> frozenset[str]:
    """Return the names of all custom errors of the shipped contracts."""
    return frozenset(entry["name"] for entry in _errors().values()) - {"Error", "Panic"}


@cache
def _errors() -> Mapping[bytes, dict[str, Any]]:
    found: dict[bytes, dict[str, Any]] = {
        ERROR_STRING: {"name": "Error", "inputs": [{"name": "reason", "type": "string"}]},
        PANIC: {"name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]},
    }
    for contract in (*CONTRACTS, PROXY):
        for entry in load(contract).abi:
            if entry.get("type") == "error":
                signature = f"{entry['name']}({','.join(_type_of(item) for item in entry['inputs'])})"
                found[keccak256(signature.encode())[:4]] = entry
    return found


@cache
def _web3() -> Any:
    from web3 import Web3

    return Web3()


def _type_of(item: Mapping[str, Any]) -> str:
    kind = str(item["type"])
    if not kind.startswith("tuple"):
        return kind
    inner = ",".join(_type_of(component) for component in item["components"])
    return f"({inner}){kind.removeprefix('tuple')}"


def _kind_of(item: Mapping[str, Any]) -> str:
    internal = str(item.get("internalType", ""))
    return internal.split(".")[-1] if internal.startswith("enum ") else str(item["type"])


def _shaped(item: Mapping[str, Any], value: Any) -> Any:
    if item["type"] != "tuple":
        return value
    components = item["components"]
    return {
        component["name"]: _shaped(component, part) for component, part in zip(components, value, strict=True)
    }
