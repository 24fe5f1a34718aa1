"""Compiled contracts of the control plane, as shipped: ABI and bytecode by name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from sovbank.errors.artifacts import UnknownArtifact

CONTRACTS = ("SystemGuard", "ComplianceRegistry", "ReserveRegistry", "MintGuard", "MembershipRegistry")
"""The five contracts, in the order in which their proxies are created."""

PROXY = "ERC1967Proxy"
"""The proxy in front of each of them: constructor ``(implementation, initialiser call)``."""


@dataclass(frozen=True)
class Artifact:
    """One compiled contract.

    ``abi`` is shared between callers and must not be changed. ``bytecode`` creates the contract;
    ``deployed_bytecode`` is what the chain then holds, except for ``immutables``, which are zero
    here: pairs of offset and length in bytes.
    """

    name: str
    abi: list[dict[str, Any]]
    bytecode: bytes
    deployed_bytecode: bytes
    immutables: tuple[tuple[int, int], ...]
    compiler: str

    def matches(self, code: bytes) -> bool:
        """Whether ``code``, read from a chain, is this contract's, whatever its immutables are."""
        return self._without_immutables(code) == self.deployed_bytecode

    def _without_immutables(self, code: bytes) -> bytes:
        masked = bytearray(code)
        for start, length in self.immutables:
            if start + length <= len(masked):
                masked[start : start + length] = bytes(length)
        return bytes(masked)


@cache
def load(name: str) -> Artifact:
    """Return the shipped artifact ``name``, one of `CONTRACTS` or `PROXY`; `UnknownArtifact` otherwise."""
    if name not in (*CONTRACTS, PROXY):
        raise UnknownArtifact(f"no compiled contract is named {name!r}")
    record = json.loads(files(__name__).joinpath(f"{name}.json").read_bytes())
    return Artifact(
        name=record["contractName"],
        abi=record["abi"],
        bytecode=_code(record["bytecode"]),
        deployed_bytecode=_code(record["deployedBytecode"]),
        immutables=tuple((place["start"], place["length"]) for place in record["immutables"]),
        compiler=f"{record['compiler']['name']} {record['compiler']['version']}",
    )


def _code(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
