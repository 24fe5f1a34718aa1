"""Deploying: complete, resumable, and honest about what differs."""

from __future__ import annotations

from functools import partial

import pytest

from sovbank.core.profile import Role
from sovbank.errors.evm import (
    ContractMissing,
    ControlPlaneRefused,
    DeploymentDiffers,
    EvmNodeUnreachable,
    GasMissing,
)
from sovbank.evm.port import ChainSigner, Receipt, Recorder
from sovbank.evm.sending import Sender
from sovbank.evm.session import EvmSession

from .conftest import Bank, LocalSigner, TestChain, make_profile, rpc, run_deployment, signer_of


class DyingSender(Sender):
    """Sends a number of transactions, then the process would be dead."""

    def __init__(self, session: EvmSession, *, lives: int) -> None:
        super().__init__(session, settle_seconds=20)
        self.lives = lives

    def send(self, to: str | None, content: bytes, *, signer: ChainSigner, record: Recorder) -> Receipt:
        if self.lives == 0:
            raise EvmNodeUnreachable("killed")
        self.lives -= 1
        return super().send(to, content, signer=signer, record=record)


def test_what_stands_is_what_the_profile_says(bank: Bank) -> None:
    status = bank.inspect()
    assert status.differences == ()
    assert all(contract.as_shipped for contract in status.contracts)
    assert len({contract.implementation for contract in status.contracts}) == 5
    assert all(role.same for role in status.roles)
    assert {role.role for role in status.roles} == set(Role)
    assert [(asset.symbol, asset.same) for asset in status.assets] == [("FTHUSD", True)]
    assert not status.paused


def test_the_deployer_ends_with_nothing(bank: Bank) -> None:
    control = bank.open()
    deployer = signer_of("deployer").address
    held = [address for holders in control.role_holders().values() for address in holders]
    assert deployer not in held
    status = bank.inspect()
    assert status.deployer == deployer


def test_deploying_again_changes_nothing(bank: Bank) -> None:
    before = rpc(bank.chain.url, "eth_blockNumber")
    again = run_deployment(bank.profile, signer_of("deployer"))
    assert again.sent == 0
    assert again.contracts == bank.contracts
    assert rpc(bank.chain.url, "eth_blockNumber") == before


@pytest.mark.parametrize("lives", [0, 1, 5, 6, 10])
def test_an_interrupted_deployment_is_continued(bare_chain: TestChain, lives: int) -> None:
    profile, deployer = make_profile(bare_chain.url), LocalSigner(f"deployer {lives}")
    bare_chain.fund(deployer.address)
    with pytest.raises(EvmNodeUnreachable, match="killed"):
        run_deployment(profile, deployer, make_sender=partial(DyingSender, lives=lives))
    finished = run_deployment(profile, deployer)
    assert finished.sent == 11 - lives
    assert finished.status.differences == ()


def test_another_profile_on_the_same_deployment_is_told_apart(bank: Bank) -> None:
    others = {**bank.profile.evm.roles, Role.APPROVER: ("cto",), Role.GUARDIAN: ("ceo", "cfo", "ciso")}
    evm = bank.profile.evm.model_copy(update={"roles": others, "report_quorum": 1})
    changed = bank.profile.model_copy(update={"evm": evm})
    with pytest.raises(DeploymentDiffers):
        run_deployment(changed, signer_of("deployer"))
    status = bank.inspect(profile=changed)
    assert [role.role for role in status.roles if not role.same] == [Role.APPROVER, Role.GUARDIAN]
    assert any("role approver" in words for words in status.differences)
    assert any("reporters sign" in words for words in status.differences)


def test_a_second_deployment_takes_another_deployer(bank: Bank) -> None:
    other = signer_of("another deployer")
    bank.chain.fund(other.address)
    second = run_deployment(bank.profile, other)
    assert second.sent == 11
    assert second.contracts != bank.contracts


def test_an_officer_cannot_be_the_deployer(bank: Bank) -> None:
    with pytest.raises(DeploymentDiffers, match="that of cfo"):
        run_deployment(bank.profile, signer_of("cfo"))


def test_without_ether_nothing_is_deployed(bank: Bank) -> None:
    with pytest.raises(GasMissing):
        run_deployment(bank.profile, signer_of("pauper"))


def test_addresses_without_contracts_are_refused(bank: Bank) -> None:
    empty = bank.contracts.model_copy(update={"mint_guard": "0x" + "12" * 20})
    with pytest.raises(ContractMissing, match="MintGuard"):
        bank.inspect(contracts=empty)


def test_a_contract_in_anothers_place_is_seen(bank: Bank) -> None:
    swapped = bank.contracts.model_copy(update={"membership_registry": bank.contracts.compliance_registry})
    with pytest.raises(ControlPlaneRefused):
        bank.inspect(contracts=swapped)
