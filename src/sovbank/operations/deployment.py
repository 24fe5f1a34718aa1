"""Deploying the control plane: one operation, whose every transaction is in the journal before it is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from sovbank.core.ids import operation_id
from sovbank.core.machine import Kind, State
from sovbank.core.profile import Contracts
from sovbank.evm.port import Recorder
from sovbank.journal.port import LogEvent, LogKind, NewOperation, OperationRow
from sovbank.operations.chain import recorder
from sovbank.operations.house import House
from sovbank.operations.ledgerlog import intent


class Deployed(Protocol):
    """What a deployment ends with."""

    @property
    def contracts(self) -> Contracts:
        """The proxies' addresses."""
        ...


_Result = TypeVar("_Result", bound=Deployed)


def deploy(house: House, deployer: str, run: Callable[[Recorder], _Result]) -> tuple[OperationRow, _Result]:
    """Run a deployment under an operation of its own; an interrupted one goes on where it stopped.

    ``deployer`` is the deploying key's address: one deployer, one deployment. ``run`` deploys, telling the
    recorder of each transaction before it sends it.
    """
    parameters = {"chain_id": str(house.profile.evm.chain_id), "deployer": deployer}
    operation, _ = house.journal.open_operation(
        NewOperation(
            id=operation_id(Kind.DEPLOY, parameters, deployer),
            kind=Kind.DEPLOY,
            reference=deployer,
            parameters=parameters,
            created_by="deployer",
        ),
        intent(house, "deployer"),
    )
    result = run(recorder(house, operation.id, actor="deployer", step="deploy"))
    if operation.state is State.POSTED:
        return operation, result
    contracts = {name: str(address) for name, address in result.contracts.model_dump().items()}
    event = LogEvent(
        LogKind.ADMIN, actor="deployer", rule="control-plane", decision="deployed", body=contracts
    )
    operation = house.journal.advance(
        operation.id, before=State.INTENT, after=State.POSTED, event=event, facts=contracts
    )
    return operation, result
