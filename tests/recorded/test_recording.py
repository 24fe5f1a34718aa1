"""How cassettes come about: of which server, cleaned of what, and that they can be played."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import recording
import yaml
from vcr.request import Request
from vcr.serializers import yamlserializer

from sovbank.devnet.node import Node
from sovbank.devnet.server import xrpl_responder

HERE = Path(__file__).parent
GENUINE_NAME = "xrpld-json-rpc/xrpld-3.2.0"
CASSETTES = sorted((HERE / "cassettes").rglob("*.yaml"))


class Standin(BaseHTTPRequestHandler):
    """Answers as the devnet, under a name that each test chooses."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    sys_version = ""

    def do_POST(self) -> None:
        reply = self.server.respond(self.rfile.read(int(self.headers["Content-Length"])))  # type: ignore[attr-defined]
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def version_string(self) -> str:
        return self.server.name  # type: ignore[attr-defined,no-any-return]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def standin() -> Iterator[Any]:
    """Give a server on loopback whose ``name`` can be set."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Standin)
    server.daemon_threads = True
    server.respond = xrpl_responder(Node(network_id=21338))  # type: ignore[attr-defined]
    server.name = GENUINE_NAME  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def run(cassettes: Path, *flags: str, url: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"XRPL_CASSETTES": str(cassettes), "XRPL_URL": url}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    return subprocess.run(
        [*command, str(HERE / "test_node.py"), *flags],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=HERE.parents[1],
        timeout=240,
    )


def test_what_is_recorded_can_be_played_without_a_network(standin: Any, tmp_path: Path) -> None:
    port = standin.server_address[1]
    recorded = run(tmp_path, "--record-mode=rewrite", url=f"http://user:secret@127.0.0.1:{port}")
    assert recorded.returncode == 0, recorded.stdout
    standin.respond = None
    played = run(tmp_path)
    assert played.returncode == 0, played.stdout
    assert "skipped" not in played.stdout
    cassettes = list(tmp_path.rglob("*.yaml"))
    assert len(cassettes) == int(played.stdout.split(" passed")[0].split()[-1])
    for path in cassettes:
        assert f":{port}" not in path.read_text()
        assert "secret" not in path.read_text()
        check_cassette(path)


@pytest.mark.parametrize("name", ["sovbank-devnet", "nginx", "", "not-xrpld-json-rpc/"])
def test_only_one_kind_of_server_is_genuine(name: str) -> None:
    recording.check_genuine(GENUINE_NAME)
    with pytest.raises(recording.NotGenuine):
        recording.check_genuine(name)


def test_the_devnet_is_not_recorded(standin: Any, tmp_path: Path) -> None:
    standin.name = "sovbank-devnet"
    url = f"http://127.0.0.1:{standin.server_address[1]}"
    ran = run(tmp_path, "--record-mode=rewrite", "-k", "tells_its_state", url=url)
    assert ran.returncode == 2
    assert "only answers of xrpld are recorded" in ran.stdout
    assert list(tmp_path.rglob("*.yaml")) == []


def test_a_server_that_is_not_fresh_is_not_recorded(standin: Any, tmp_path: Path) -> None:
    standin.respond(b'{"method":"ledger_accept","params":[{}]}')
    url = f"http://127.0.0.1:{standin.server_address[1]}"
    assert "is not fresh" in run(tmp_path, "--record-mode=rewrite", url=url).stdout


def save(path: Path, *, body: bytes, server: str = GENUINE_NAME, uri: str = "http://10.1.2.3:5005/") -> None:
    request = Request("POST", uri, b"{}", {"Authorization": "Basic x", "Content-Type": "application/json"})
    response = {
        "status": {"code": 200, "message": "OK"},
        "headers": {"Server": [server], "Set-Cookie": ["a=b"], "Content-Type": ["application/json"]},
        "body": {"string": body},
    }
    recording.GenuinePersister.save_cassette(
        path, {"requests": [request], "responses": [response]}, yamlserializer
    )


def test_place_and_machine_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    save(path, body=b'{"result":{"info":{"hostid":"MYBOX","pubkey_node":"n9Mine","seq":7}}}')
    text = path.read_text()
    for word in ("10.1.2.3", "MYBOX", "n9Mine", "Basic", "Cookie", "cookie"):
        assert word not in text
    assert '"seq":7' in text
    check_cassette(path)


@pytest.mark.parametrize(
    "changed",
    [
        {"server": "sovbank-devnet"},
        {"server": ""},
        {"body": b'{"result":{"ip":"10.1.2.3"}}'},
    ],
)
def test_a_cassette_that_must_not_be_is_not_written(tmp_path: Path, changed: dict[str, Any]) -> None:
    with pytest.raises(recording.NotGenuine):
        save(tmp_path / "one.yaml", **{"body": b"{}", **changed})
    assert not (tmp_path / "one.yaml").exists()


def check_cassette(path: Path) -> None:
    """Assert that a cassette is of the real server, and of no place."""
    interactions = yaml.safe_load(path.read_text())["interactions"]
    assert interactions
    for interaction in interactions:
        assert interaction["request"]["uri"].startswith(recording.PLACE)
        assert interaction["request"]["headers"].keys() <= {"content-type"}
        assert interaction["response"]["headers"].keys() <= {"content-type", "server"}
        (server,) = interaction["response"]["headers"]["server"]
        recording.check_genuine(server)


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_the_cassettes_here_are_genuine(path: Path) -> None:
    check_cassette(path)
