"""Two chains to test against, the devnet's own and anvil, each with a deployed control plane."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import pytest
from eth_keys.datatypes import PrivateKey

from sovbank.core.profile import Contracts, ControlPlane, Profile, Role, parse_profile
from sovbank.devnet.evm.endpoint import EvmEndpoint
from sovbank.devnet.evm.journal import FILE_NAME
from sovbank.devnet.http import Listener
from sovbank.devnet.server import evm_responder
from sovbank.evm.control_plane import EvmControlPlane
from sovbank.evm.deployment import Deployed, deploy
from sovbank.evm.identity import keccak256
from sovbank.evm.inspection import ControlStatus, inspect
from sovbank.evm.node import EvmNode
from sovbank.evm.port import AssetId, MintTerms, ReserveReport
from sovbank.evm.sending import Sender
from sovbank.evm.session import EvmSession

CHAIN_ID = 21338
ANVIL = Path(__file__).parents[2] / "contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
DOCUMENT = "ab" * 32


class LocalSigner:
    """A key in this process, signing with another library than the product's."""

    def __init__(self, name: str) -> None:
        self._key = PrivateKey(keccak256(b"test key of " + name.encode()))

    @property
    def address(self) -> str:
        return str(self._key.public_key.to_checksum_address())

    def sign_digest(self, digest: bytes) -> tuple[int, int, int]:
        parity, r, s = self._key.sign_msg_hash(digest).vrs
        return r, s, parity


class TestChain(Protocol):
    """A chain that can be asked anything, given to, and put back to where it was."""

    __test__ = False
    url: str

    def fund(self, address: str) -> None: ...

    def advance(self, seconds: int) -> None: ...

    def mine(self, blocks: int) -> None: ...

    def remember(self) -> None: ...

    def go_back(self) -> None: ...

    def close(self) -> None: ...


def rpc(url: str, method: str, *params: Any) -> Any:
    """Ask a chain without any of the product's code."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        answer = json.load(response)
    if "error" in answer:
        raise RuntimeError(answer["error"]["message"])
    return answer["result"]


class DevnetChain:
    """The devnet's EVM behind the devnet's own HTTP server."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._endpoint = self._open()
        self._listener = Listener(0, lambda body: evm_responder(self._endpoint)(body), option="--evm-port")
        self._listener.start()
        self.url = f"http://127.0.0.1:{self._listener.port}"

    def _open(self) -> EvmEndpoint:
        return EvmEndpoint(self._directory, chain_id=CHAIN_ID, block_interval=0)

    def fund(self, address: str) -> None:
        rpc(self.url, "devnet_fund", address)

    def advance(self, seconds: int) -> None:
        rpc(self.url, "evm_increaseTime", seconds)
        rpc(self.url, "evm_mine")

    def mine(self, blocks: int) -> None:
        rpc(self.url, "evm_mine", blocks)

    def remember(self) -> None:
        shutil.copyfile(self._directory / FILE_NAME, self._directory / "remembered")

    def go_back(self) -> None:
        self._endpoint.close()
        shutil.copyfile(self._directory / "remembered", self._directory / FILE_NAME)
        self._endpoint = self._open()

    def close(self) -> None:
        self._listener.stop()
        self._endpoint.close()


class AnvilChain:
    """Foundry's anvil, started as its platform binary."""

    def __init__(self, directory: Path) -> None:
        command = [str(ANVIL), "--port", "0", "--chain-id", str(CHAIN_ID), "--hardfork", "prague"]
        self._log = directory / "anvil.log"
        with self._log.open("wb") as log:  # a pipe that nobody reads would stop it
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        self.url = self._wait_for_url()
        self._snapshot = ""

    def _wait_for_url(self) -> str:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for line in self._log.read_text().splitlines():
                if line.startswith("Listening on "):
                    return "http://" + line.removeprefix("Listening on ").strip()
            time.sleep(0.05)
        raise RuntimeError("anvil did not start")

    def fund(self, address: str) -> None:
        rpc(self.url, "anvil_setBalance", address, hex(100 * 10**18))

    def advance(self, seconds: int) -> None:
        rpc(self.url, "evm_increaseTime", seconds)
        rpc(self.url, "evm_mine")

    def mine(self, blocks: int) -> None:
        rpc(self.url, "anvil_mine", hex(blocks))

    def remember(self) -> None:
        self._snapshot = rpc(self.url, "evm_snapshot")

    def go_back(self) -> None:
        assert rpc(self.url, "evm_revert", self._snapshot)
        self.remember()

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)


def _open_chain(name: str, directory: Path) -> TestChain:
    if name == "devnet":
        return DevnetChain(directory)
    if not ANVIL.exists():
        pytest.skip("anvil is not installed: run `npm ci` in contracts/ (npm package @foundry-rs/anvil)")
    return AnvilChain(directory)


def signer_of(name: str) -> LocalSigner:
    """Return an officer's key."""
    return LocalSigner(name)


def make_profile(url: str, *, confirmations: int = 0) -> Profile:
    """Return the devnet's profile with officers whose keys are known here."""
    text = files("sovbank.templates").joinpath("devnet.toml").read_text()
    profile = parse_profile(text, source="devnet.toml")
    officers = {
        name: officer.model_copy(update={"evm_address": signer_of(name).address})
        for name, officer in profile.officers.items()
    }
    evm = profile.evm.model_copy(
        update={"url": url, "chain_id": CHAIN_ID, "confirmations": confirmations, "contracts": None}
    )
    return profile.model_copy(update={"officers": officers, "evm": evm})


def open_session(settings: ControlPlane) -> EvmSession:
    """Return the chain that a profile names."""
    node = EvmNode(settings.url)
    return EvmSession(node, chain_id=settings.chain_id, confirmations=settings.confirmations)


@dataclass
class Bank:
    """A deployed control plane, its officers' keys and the transactions that were recorded."""

    chain: TestChain
    profile: Profile
    contracts: Contracts
    recorded: list[tuple[str, bytes]] = field(default_factory=list)
    opened: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def record(self, tx_hash: str, raw: bytes) -> None:
        self.recorded.append((tx_hash, raw))

    def open(self, *, settle_seconds: float = 20.0, **changes: Any) -> EvmControlPlane:
        """Return a fresh adapter, as another process would have."""
        session = open_session(self.profile.evm.model_copy(update=changes))
        control = EvmControlPlane(session, Sender(session, settle_seconds=settle_seconds), self.contracts)
        self.opened.callback(control.close)
        return control

    def inspect(self, *, profile: Profile | None = None, contracts: Contracts | None = None) -> ControlStatus:
        """Return the state of the control plane beside a profile."""
        with contextlib.closing(open_session(self.profile.evm)) as session:
            return inspect(session, profile or self.profile, contracts or self.contracts)

    def officer(self, role: Role, number: int = 0) -> LocalSigner:
        """Return the key of an officer who holds the role."""
        return signer_of(self.profile.evm.roles[role][number])

    @property
    def asset(self) -> AssetId:
        issuer = self.profile.accounts["issuer"].address
        return AssetId(self.profile.network.id, issuer, "FTHUSD")

    @property
    def treasury(self) -> str:
        return self.profile.accounts["treasury"].address

    def now(self) -> int:
        return int(rpc(self.chain.url, "eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def terms(self, **changes: Any) -> MintTerms:
        """Return a mint of 1,000,000.00 to the treasury that expires in a day."""
        whole = MintTerms(
            asset=self.asset,
            destination=self.treasury,
            amount_micro=1_000_000_000_000,
            bank_reference="DEP-1",
            expiry=self.now() + 86_400,
        )
        return replace(whole, **changes)

    def report(self, **changes: Any) -> ReserveReport:
        """Return a report of 5,000,000.00 in reserves as of now."""
        whole = ReserveReport(
            asset=self.asset,
            total_micro=5_000_000_000_000,
            encumbered_micro=0,
            as_of=self.now(),
            document_sha256=DOCUMENT,
        )
        return replace(whole, **changes)

    def attest(self, control: EvmControlPlane, **changes: Any) -> ReserveReport:
        """Have both reserve reporters sign a report and submit it."""
        report = self.report(**changes)
        reporters = [self.officer(Role.RESERVE_REPORTER, number) for number in range(2)]
        signatures = [control.sign_report(report, signer=reporter) for reporter in reporters]
        control.submit_attestation(report, signatures, signer=reporters[0], record=self.record)
        return report

    def admit_treasury(self, control: EvmControlPlane) -> None:
        """Have the admin whitelist the treasury as the bank's own."""
        control.whitelist(
            "BANK",
            self.profile.network.id,
            self.treasury,
            "internal",
            self.now() + 30 * 86_400,
            signer=self.officer(Role.ADMIN),
            record=self.record,
        )

    def approved_mint(self, control: EvmControlPlane, **changes: Any) -> str:
        """Return the id of a mint that was requested and approved."""
        terms = self.terms(**changes)
        control.request_mint(terms, signer=self.officer(Role.REQUESTER), record=self.record)
        request_id = control.mint_id(terms)
        control.approve_mint(request_id, signer=self.officer(Role.APPROVER), record=self.record)
        return request_id


def patient_sender(session: EvmSession) -> Sender:
    """Return a sender that waits for a while."""
    return Sender(session, settle_seconds=20)


def run_deployment(
    profile: Profile,
    deployer: LocalSigner,
    *,
    make_sender: Callable[[EvmSession], Sender] = patient_sender,
) -> Deployed:
    """Deploy a profile's control plane."""
    with contextlib.closing(open_session(profile.evm)) as session:
        return deploy(
            profile,
            session=session,
            sender=make_sender(session),
            signer=deployer,
            record=lambda tx_hash, raw: None,
            progress=lambda text: None,
        )


@pytest.fixture(scope="session", params=["devnet", "anvil"])
def chain_with_bank(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[TestChain, Profile, Contracts]]:
    """A chain on which the control plane is deployed, and its officers have ether."""
    with contextlib.ExitStack() as stack:
        chain = _open_chain(request.param, tmp_path_factory.mktemp("chain"))
        stack.callback(chain.close)
        profile = make_profile(chain.url)
        deployer = signer_of("deployer")
        chain.fund(deployer.address)
        for name in profile.officers:
            chain.fund(signer_of(name).address)
        contracts = run_deployment(profile, deployer).contracts
        chain.remember()
        yield chain, profile, contracts


@pytest.fixture
def bank(chain_with_bank: tuple[TestChain, Profile, Contracts]) -> Iterator[Bank]:
    """A control plane just deployed: nothing attested, nobody whitelisted."""
    chain, profile, contracts = chain_with_bank
    chain.go_back()
    opened = Bank(chain, profile, contracts)
    yield opened
    opened.opened.close()


@pytest.fixture
def open_bank(bank: Bank) -> tuple[Bank, EvmControlPlane]:
    """A control plane on which the treasury may receive and 5,000,000.00 are attested."""
    control = bank.open()
    bank.admit_treasury(control)
    bank.attest(control)
    return bank, control


@pytest.fixture(scope="session", params=["devnet", "anvil"])
def bare_chain(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestChain]:
    """A chain on which nothing is deployed."""
    chain = _open_chain(request.param, tmp_path_factory.mktemp("bare"))
    yield chain
    chain.close()
