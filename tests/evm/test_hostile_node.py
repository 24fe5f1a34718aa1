"""Nodes that lie, babble, lose replies or stand still: nothing is believed and nothing is done twice."""

from __future__ import annotations

import contextlib
import json
import threading
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from sovbank.core.profile import Profile, Role
from sovbank.errors.base import ExitStatus, SovbankError
from sovbank.errors.evm import (
    ContractAnswerMalformed,
    ContractMissing,
    ControlPlaneUnknown,
    ControlPlaneWithoutEffect,
    EvmNodeBehind,
    EvmNodeHostile,
    EvmNodeRefused,
    EvmNodeUnreachable,
    FeeTooHigh,
    GasMissing,
    SignerMisbehaves,
    WrongEvmChain,
)
from sovbank.evm.node import EvmNode
from sovbank.evm.port import RequestState

from .conftest import Bank, DevnetChain, LocalSigner, make_profile, rpc, run_deployment, signer_of

Answer = Callable[[dict[str, Any], Callable[[], dict[str, Any]]], Any]
DROP = object()
"""Close the connection without an answer."""


class Meddler:
    """A node between the adapter and a real one, which answers some methods in its own way."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.rules: dict[str, Answer] = {}
        self.seen: list[str] = []
        self.sent: list[str] = []
        meddler = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version: ClassVar[str] = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, content = meddler.answer(json.loads(body))
                if content is None:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}).start()

    def answer(self, request: dict[str, Any]) -> tuple[int, bytes | None]:
        method = request["method"]
        self.seen.append(method)
        if method == "eth_sendRawTransaction":
            self.sent.append(request["params"][0])
        rule = self.rules[method] if isinstance(self.rules, defaultdict) else self.rules.get(method)
        answer = rule(request, lambda: self._pass_on(request)) if rule else self._pass_on(request)
        if answer is DROP:
            return 0, None
        if isinstance(answer, tuple):
            return answer
        return 200, answer if isinstance(answer, bytes) else json.dumps(answer).encode()

    def result(self, method: str, value: Any) -> None:
        """Answer a method with a result of our own."""
        self.rules[method] = lambda request, _: {"jsonrpc": "2.0", "id": request["id"], "result": value}

    def error(self, method: str, message: str, code: int = -32000) -> None:
        """Answer a method with an error of our own."""
        error = {"code": code, "message": message}
        self.rules[method] = lambda request, _: {"jsonrpc": "2.0", "id": request["id"], "error": error}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _pass_on(self, request: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        forwarded = urllib.request.Request(self.target, json.dumps(request).encode(), headers)
        with urllib.request.urlopen(forwarded, timeout=30) as response:
            answer: dict[str, Any] = json.load(response)
        return answer


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DevnetChain, Profile, Any]]:
    """A devnet with a control plane."""
    chain = DevnetChain(tmp_path_factory.mktemp("hostile"))
    profile = make_profile(chain.url)
    for name in ("deployer", *profile.officers):
        chain.fund(signer_of(name).address)
    contracts = run_deployment(profile, signer_of("deployer")).contracts
    chain.remember()
    yield chain, profile, contracts
    chain.close()


@pytest.fixture
def between(deployed: tuple[DevnetChain, Profile, Any]) -> Iterator[tuple[Bank, Meddler]]:
    """A bank that reaches its chain through a meddler."""
    chain, profile, contracts = deployed
    chain.go_back()
    meddler = Meddler(chain.url)
    evm = profile.evm.model_copy(update={"url": meddler.url})
    bank = Bank(chain, profile.model_copy(update={"evm": evm}), contracts)
    yield bank, meddler
    bank.opened.close()
    meddler.close()


Between = tuple[Bank, Meddler]


def admit(bank: Bank, control: Any, number: int = 1, *, signer: Any = None) -> Any:
    """Whitelist somebody: a harmless transaction."""
    return control.whitelist(
        f"KYC-{number}",
        bank.profile.network.id,
        bank.profile.officers["cfo"].account,
        "low",
        bank.now() + 86_400,
        signer=signer or bank.officer(Role.COMPLIANCE),
        record=bank.record,
    )


def failure_of(action: Callable[[], Any]) -> SovbankError | None:
    """Run an action and return what it failed with."""
    try:
        action()
    except SovbankError as failure:
        return failure
    return None


def is_admitted(bank: Bank) -> bool:
    """Ask the chain itself."""
    control = bank.open(url=bank.chain.url)
    return control.is_whitelisted(bank.profile.network.id, bank.profile.officers["cfo"].account)


def test_another_chain_is_refused_before_anything_is_asked_or_signed(between: Between) -> None:
    bank, meddler = between
    meddler.result("eth_chainId", "0x1")
    with pytest.raises(WrongEvmChain):
        bank.open().is_paused()
    with pytest.raises(WrongEvmChain):
        admit(bank, bank.open())
    assert set(meddler.seen) == {"eth_chainId"}
    assert bank.recorded == []


GARBAGE = {
    "no JSON": b"<html>502</html>",
    "half JSON": b'{"jsonrpc":"2.0","id":1,"result":"0x',
    "not UTF-8": b'{"result":"\xff"}',
    "NaN": b'{"jsonrpc":"2.0","id":1,"result":NaN}',
    "a name twice": b'{"jsonrpc":"2.0","id":1,"result":"0x1","result":"0x2"}',
    "a list": b"[]",
    "neither": b'{"jsonrpc":"2.0","id":1}',
    "both": b'{"id":1,"result":"0x1","error":{"code":1,"message":""}}',
    "an error without code": b'{"id":1,"error":"no"}',
    "deep": b"[" * 100_000,
    "empty": b"",
}


@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_no_answer(between: Between, content: bytes) -> None:
    bank, meddler = between
    meddler.rules["eth_call"] = lambda request, _: content
    with pytest.raises(EvmNodeHostile):
        bank.open().is_paused()


@pytest.mark.parametrize(
    "value",
    [None, 7, "", "0x", "0xzz", "0x0", [], {}, "0x" + "00" * 31, "0x" + "ff" * 32, "0x" + "00" * 31 + "02"],
)
def test_answers_of_contracts_are_decoded_strictly(between: Between, value: Any) -> None:
    bank, meddler = between
    meddler.result("eth_call", value)
    with pytest.raises((EvmNodeHostile, ContractAnswerMalformed)):
        bank.open().is_paused()


@pytest.mark.parametrize(
    "change",
    [
        {"number": "0x00"},
        {"number": 5},
        {"number": "-0x1"},
        {"hash": "0x12"},
        {"timestamp": None},
        {"baseFeePerGas": "many"},
    ],
)
def test_blocks_are_read_strictly(between: Between, change: dict[str, Any]) -> None:
    bank, meddler = between

    def altered(_: Any, pass_on: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        answer = pass_on()
        answer["result"] |= change
        return answer

    meddler.rules["eth_getBlockByNumber"] = altered
    with pytest.raises(EvmNodeHostile):
        bank.open().head()


def test_answers_have_a_largest_size(between: Between, monkeypatch: pytest.MonkeyPatch) -> None:
    bank, meddler = between
    monkeypatch.setattr(EvmNode, "most_bytes", 100_000)
    meddler.result("eth_call", "0x" + "00" * 100_000)
    with pytest.raises(EvmNodeHostile, match="more than 100000 bytes"):
        bank.open().is_paused()


def test_the_answer_to_another_request_is_refused(between: Between) -> None:
    bank, meddler = between
    meddler.rules["eth_call"] = lambda request, pass_on: {**pass_on(), "id": 999}
    with pytest.raises(EvmNodeHostile, match="another request"):
        bank.open().is_paused()


def test_a_chain_that_grows_shorter_is_refused(between: Between) -> None:
    bank, meddler = between
    control = bank.open()
    control.head()
    old = rpc(bank.chain.url, "eth_getBlockByNumber", "0x3", False)
    meddler.result("eth_getBlockByNumber", old)
    with pytest.raises(EvmNodeBehind):
        control.head()


def test_missing_contracts_are_named(between: Between) -> None:
    bank, meddler = between
    meddler.result("eth_getCode", "0x")
    with pytest.raises(ContractMissing, match="SystemGuard"):
        bank.open().is_paused()


def test_the_nodes_own_errors_are_quoted(between: Between) -> None:
    bank, meddler = between
    meddler.error("eth_call", "missing trie node \x1b[31m")
    with pytest.raises(EvmNodeRefused, match="missing trie node"):
        bank.open().is_paused()


def test_a_read_whose_answer_is_lost_is_asked_once_more(between: Between) -> None:
    bank, meddler = between
    answers = iter([DROP, None])

    def once(_: Any, pass_on: Callable[[], dict[str, Any]]) -> Any:
        return next(answers) or pass_on()

    meddler.rules["eth_call"] = once
    assert bank.open().is_paused() is False
    meddler.rules["eth_call"] = lambda *_: DROP
    with pytest.raises(EvmNodeUnreachable):
        bank.open().is_paused()


def test_a_node_that_is_not_there_is_named(between: Between) -> None:
    bank, _ = between
    control = bank.open(url="http://127.0.0.1:9")
    with pytest.raises(EvmNodeUnreachable) as refusal:
        control.is_paused()
    assert refusal.value.exit_status is ExitStatus.ENVIRONMENT


@pytest.mark.parametrize(
    "lost",
    [DROP, (502, b"bad gateway"), b"<html>", {"jsonrpc": "2.0", "id": 0, "result": "0x" + "00" * 32}],
    ids=["dropped", "502", "garbage", "another hash"],
)
def test_after_a_lost_reply_the_same_bytes_go_again_and_count_once(between: Between, lost: Any) -> None:
    bank, meddler = between
    answers = iter([lost])

    def lose_the_first(_: Any, pass_on: Callable[[], dict[str, Any]]) -> Any:
        answer = pass_on()
        return next(answers, answer)

    meddler.rules["eth_sendRawTransaction"] = lose_the_first
    receipt = admit(bank, bank.open())
    assert is_admitted(bank)
    assert len(bank.recorded) == 1
    assert set(meddler.sent) == {"0x" + bank.recorded[0][1].hex()}
    assert receipt.tx_hash == bank.recorded[0][0]


def test_a_request_that_was_lost_on_the_way_is_sent_again(between: Between) -> None:
    bank, meddler = between
    answers = iter([DROP, DROP])
    meddler.rules["eth_sendRawTransaction"] = lambda _, pass_on: next(answers, None) or pass_on()
    admit(bank, bank.open())
    assert is_admitted(bank)
    assert len(meddler.sent) == 3
    assert len(set(meddler.sent)) == 1


def test_what_stays_lost_is_unknown_and_can_be_resumed(between: Between) -> None:
    bank, meddler = between
    meddler.rules["eth_sendRawTransaction"] = lambda *_: DROP
    with pytest.raises(ControlPlaneUnknown) as unknown:
        admit(bank, bank.open(settle_seconds=0.3))
    assert unknown.value.exit_status is ExitStatus.UNKNOWN
    assert not is_admitted(bank)
    meddler.rules.clear()
    ((tx_hash, raw),) = bank.recorded
    assert bank.open().resend(raw).tx_hash == tx_hash
    assert is_admitted(bank)


def test_a_receipt_that_never_comes_is_unknown_although_it_happened(between: Between) -> None:
    bank, meddler = between
    meddler.result("eth_getTransactionReceipt", None)
    meddler.result("eth_getTransactionCount", "0x0")
    with pytest.raises(ControlPlaneUnknown):
        admit(bank, bank.open(settle_seconds=0.3))
    assert is_admitted(bank)
    meddler.rules.clear()
    assert bank.open().resend(bank.recorded[0][1]).tx_hash == bank.recorded[0][0]


@pytest.mark.parametrize(
    "change",
    [
        {"transactionHash": "0x" + "11" * 32},
        {"blockHash": "0x" + "22" * 32},
        {"blockNumber": "0xffffff"},
        {"blockNumber": "latest"},
    ],
)
def test_forged_receipts_are_not_believed(between: Between, change: dict[str, Any]) -> None:
    bank, meddler = between

    def forged(_: Any, pass_on: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        answer = pass_on()
        if answer["result"] is not None:
            answer["result"] |= change
        return answer

    meddler.rules["eth_getTransactionReceipt"] = forged
    with pytest.raises(ControlPlaneUnknown):
        admit(bank, bank.open(settle_seconds=0.3))


def test_a_node_that_fails_while_we_wait_is_waited_for(between: Between) -> None:
    bank, meddler = between
    answers = iter([DROP, DROP, (503, b""), b"garbage"])
    meddler.rules["eth_getTransactionReceipt"] = lambda _, pass_on: next(answers, None) or pass_on()
    assert admit(bank, bank.open()).block_number > 0


@pytest.mark.parametrize(
    ("method", "value", "error"),
    [
        ("eth_maxPriorityFeePerGas", hex(10**13), FeeTooHigh),
        ("eth_estimateGas", hex(10**8), FeeTooHigh),
        ("eth_getBalance", "0x1", GasMissing),
        ("eth_getBalance", "lots", EvmNodeHostile),
        ("eth_getTransactionCount", "0x" + "ff" * 33, EvmNodeHostile),
    ],
)
def test_nothing_is_signed_on_absurd_terms(
    between: Between, method: str, value: str, error: type[SovbankError]
) -> None:
    bank, meddler = between
    meddler.result(method, value)
    with pytest.raises(error):
        admit(bank, bank.open())
    assert bank.recorded == []
    assert meddler.sent == []


def test_a_node_that_refuses_the_transaction_is_quoted(between: Between) -> None:
    bank, meddler = between
    meddler.error("eth_sendRawTransaction", "transaction type not supported")
    with pytest.raises(EvmNodeRefused, match="type not supported"):
        admit(bank, bank.open())
    meddler.error("eth_sendRawTransaction", "insufficient funds for gas * price + value")
    with pytest.raises(GasMissing):
        admit(bank, bank.open())


def test_an_old_nonce_is_replaced_by_the_next(between: Between) -> None:
    bank, meddler = between
    admit(bank, bank.open())
    answers = iter(["0x0"])

    def stale(request: Any, pass_on: Callable[[], dict[str, Any]]) -> Any:
        value = next(answers, None)
        return pass_on() if value is None else {"jsonrpc": "2.0", "id": request["id"], "result": value}

    meddler.rules["eth_getTransactionCount"] = stale
    control = bank.open()
    control.whitelist(
        "KYC-2",
        bank.profile.network.id,
        bank.profile.officers["coo"].account,
        "low",
        bank.now() + 86_400,
        signer=bank.officer(Role.COMPLIANCE),
        record=bank.record,
    )
    assert len(bank.recorded) == 3
    with pytest.raises(ControlPlaneWithoutEffect, match="used the nonce 0"):
        control.resend(bank.recorded[1][1])


@pytest.mark.parametrize("lives", range(1, 17))
def test_wherever_the_node_dies_the_exit_status_tells_what_is_known(between: Between, lives: int) -> None:
    bank, meddler = between
    control = bank.open(settle_seconds=0.2)

    def die(_: Any, pass_on: Callable[[], dict[str, Any]]) -> Any:
        return pass_on() if len(meddler.seen) <= lives else DROP

    meddler.rules = defaultdict(lambda: die)
    failure = failure_of(lambda: admit(bank, control))
    meddler.rules = {}
    if failure is None:
        assert lives >= 12
    else:
        assert failure.exit_status is (ExitStatus.UNKNOWN if meddler.sent else ExitStatus.ENVIRONMENT)
    if meddler.sent:
        bank.open().resend(bank.recorded[-1][1])
    assert is_admitted(bank) == bool(meddler.sent)


class ForgetfulSigner(LocalSigner):
    """Signs something else than it is handed."""

    def sign_digest(self, digest: bytes) -> tuple[int, int, int]:
        return super().sign_digest(digest[::-1])


class HighSigner(LocalSigner):
    """Gives the other form of the signature."""

    def sign_digest(self, digest: bytes) -> tuple[int, int, int]:
        r, s, parity = super().sign_digest(digest)
        order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
        return r, order - s, 1 - parity


@pytest.mark.parametrize("kind", [ForgetfulSigner, HighSigner])
def test_a_key_that_misbehaves_sends_nothing(between: Between, kind: type[LocalSigner]) -> None:
    bank, meddler = between
    name = bank.profile.evm.roles[Role.COMPLIANCE][0]
    with pytest.raises(SignerMisbehaves):
        admit(bank, bank.open(), signer=kind(name))
    assert meddler.sent == []
    assert bank.recorded == []


def test_states_that_this_version_does_not_know_are_refused(between: Between) -> None:
    bank, meddler = between
    meddler.result("eth_call", "0x" + "00" * 31 + "09")
    with pytest.raises(ContractAnswerMalformed):
        bank.open().tier_of(bank.profile.network.id, bank.treasury)
    assert RequestState(4).name == "CANCELLED"
