"""Every server configuration, parsed: ports and who reaches them, administration, signing, sizes."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from sovbank.devnet.ledger.genesis import AMENDMENTS, FEES

ROOT = Path(__file__).resolve().parents[2]
DIRECTORY = ROOT / "rippled-standalone"
ROLES = ("core", "treasury", "member")
NAMES = (*ROLES, "standalone")
KNOWN_SECTIONS = frozenset(
    [
        "amendments",
        "database_path",
        "debug_logfile",
        "ips_fixed",
        "ledger_history",
        "network_id",
        "node_db",
        "node_size",
        "path_search_max",
        "peer_private",
        "rpc_startup",
        "server",
        "signing_support",
        "ssl_verify",
        "validators_file",
        "voting",
    ]
)
PORT_KEYS = frozenset(
    [
        "ip",
        "port",
        "protocol",
        "admin",
        "secure_gateway",
        "limit",
        "send_queue_limit",
        "ssl_key",
        "ssl_cert",
        "ssl_chain",
    ]
)


class Configuration(NamedTuple):
    """Sections with their lines, and the ports with their settings."""

    sections: dict[str, list[str]]
    ports: dict[str, dict[str, str]]

    def one(self, section: str) -> str:
        (line,) = self.sections[section]
        return line

    def settings(self, section: str) -> dict[str, str]:
        return settings(self.sections[section])

    def reached(self, protocol: str) -> dict[int, str]:
        """Ports of a protocol, with or without TLS, and the address that each listens on."""
        return {
            int(port["port"]): port["ip"]
            for port in self.ports.values()
            if port["protocol"] in (protocol, f"{protocol}s")
        }


def settings(lines: list[str]) -> dict[str, str]:
    pairs = [line.split("=", 1) for line in lines]
    found = {key.strip(): value.strip() for key, value in pairs}
    assert len(found) == len(lines), "a setting stands twice"
    return found


def read(name: str) -> Configuration:
    """Read a file as the server does: sections in brackets, comments, one value or pair a line."""
    sections: dict[str, list[str]] = {}
    current: list[str] | None = None
    for raw in (DIRECTORY / name).read_text(encoding="ascii").splitlines():
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        assert "#" not in line, "the server takes a comment behind a value for a part of it"
        if match := re.fullmatch(r"\[([a-z_]+)\]", line):
            assert match[1] not in sections, f"[{match[1]}] stands twice"
            current = sections[match[1]] = []
            continue
        assert current is not None, f"{line} is in no section"
        current.append(line)
    names = sections.get("server", [])
    return Configuration(sections, {port: settings(sections[port]) for port in names})


def is_loopback(text: str) -> bool:
    return ipaddress.ip_address(text).is_loopback


@pytest.fixture(params=NAMES)
def named(request: pytest.FixtureRequest) -> tuple[str, Configuration]:
    """Give each configuration with its name."""
    return request.param, read(f"{request.param}.cfg")


def test_there_is_no_configuration_beside_these() -> None:
    assert sorted(path.stem for path in DIRECTORY.glob("*.cfg")) == sorted(NAMES)


def test_sections_are_known_and_filled(named: tuple[str, Configuration]) -> None:
    _, configuration = named
    assert configuration.sections.keys() - configuration.ports.keys() <= KNOWN_SECTIONS
    assert all(configuration.sections.values())
    for port in configuration.ports.values():
        assert port.keys() <= PORT_KEYS
        assert {"ip", "port", "protocol"} <= port.keys()
        ipaddress.ip_address(port["ip"])
        assert port["protocol"] in ("http", "https", "ws", "wss", "peer")
    for section in ("database_path", "debug_logfile", "node_db", "rpc_startup", "ssl_verify", "network_id"):
        assert section in configuration.sections
    assert configuration.one("ssl_verify") == "1"


@pytest.mark.parametrize(
    ("name", "rpc", "websocket", "peer", "size"),
    [
        ("core", {5005: "0.0.0.0", 5105: "127.0.0.1"}, {6006: "0.0.0.0"}, {2459: "0.0.0.0"}, "huge"),
        ("treasury", {5007: "127.0.0.1", 5107: "127.0.0.1"}, {}, {}, "medium"),
        ("member", {5006: "127.0.0.1", 5106: "127.0.0.1"}, {6007: "0.0.0.0"}, {}, "large"),
        ("standalone", {5005: "127.0.0.1"}, {6006: "127.0.0.1"}, {}, "tiny"),
    ],
)
def test_each_server_listens_where_its_role_says(
    name: str, rpc: dict[int, str], websocket: dict[int, str], peer: dict[int, str], size: str
) -> None:
    configuration = read(f"{name}.cfg")
    assert configuration.reached("http") == rpc
    assert configuration.reached("ws") == websocket
    assert configuration.reached("peer") == peer
    assert len(configuration.ports) == len(rpc) + len(websocket) + len(peer)
    assert configuration.one("node_size") == size


def test_the_three_servers_fit_on_one_machine() -> None:
    ports = [port["port"] for role in ROLES for port in read(f"{role}.cfg").ports.values()]
    assert len(ports) == len(set(ports))


def test_administrators_and_gateways_are_on_loopback_alone(named: tuple[str, Configuration]) -> None:
    _, configuration = named
    administered = 0
    for port in configuration.ports.values():
        for key in ("admin", "secure_gateway"):
            if key in port:
                assert is_loopback(port["ip"])
                assert all(is_loopback(address.strip()) for address in port[key].split(","))
        assert not {"admin", "secure_gateway"} <= port.keys(), "what passes a proxy would be an administrator"
        administered += "admin" in port
    assert administered


def test_public_ports_are_limited_and_encrypted(named: tuple[str, Configuration]) -> None:
    _, configuration = named
    for port in configuration.ports.values():
        if not is_loopback(port["ip"]) and port["protocol"] != "peer":
            assert port["protocol"] in ("https", "wss")
            assert 0 < int(port["limit"]) <= 10_000
            assert {"ssl_key", "ssl_chain"} <= port.keys()


def test_no_server_signs(named: tuple[str, Configuration]) -> None:
    _, configuration = named
    assert configuration.one("signing_support") == "false"
    assert not {"validation_seed", "validator_token", "node_seed"} & configuration.sections.keys()


@pytest.mark.parametrize("name", ROLES)
def test_history_is_kept_as_long_as_it_is_wanted(name: str) -> None:
    configuration = read(f"{name}.cfg")
    history = int(configuration.one("ledger_history"))
    assert 256 <= history <= int(configuration.settings("node_db")["online_delete"])
    assert configuration.one("network_id") == "main"
    assert (DIRECTORY / configuration.one("validators_file")).is_file()


def test_the_treasury_reaches_the_network_through_core_alone() -> None:
    configuration = read("treasury.cfg")
    assert configuration.one("peer_private") == "1"
    core_peer = read("core.cfg").ports["port_peer"]["port"]
    assert configuration.one("ips_fixed").split()[1] == core_peer


def test_validators_are_named_by_publishers() -> None:
    sections = read("validators.txt").sections
    assert sections.keys() == {"validator_list_sites", "validator_list_keys"}
    assert all(site.startswith("https://") for site in sections["validator_list_sites"])
    assert all(re.fullmatch(r"ED[0-9A-F]{64}", key) for key in sections["validator_list_keys"])


def test_standalone_is_the_devnets_ledger() -> None:
    configuration = read("standalone.cfg")
    fees = configuration.settings("voting")
    assert int(fees["reference_fee"]) == FEES.base
    assert int(fees["account_reserve"]) == FEES.reserve
    assert int(fees["owner_reserve"]) == FEES.increment
    turned_on = dict(line.split()[::-1] for line in configuration.sections["amendments"])
    assert turned_on == {
        name: hashlib.sha512(name.encode()).digest()[:32].hex().upper() for name in AMENDMENTS
    }


def test_the_standalone_profile_is_of_the_standalone_server() -> None:
    profile = tomllib.loads((ROOT / "profiles" / "standalone.toml").read_text())
    configuration = read("standalone.cfg")
    (port,) = configuration.reached("http")
    assert profile["network"]["id"] == int(configuration.one("network_id"))
    assert {node["url"] for node in profile["nodes"].values()} == {f"http://127.0.0.1:{port}"}
    assert profile["production"] is False
    evm = compose()["services"]["evm"]["command"]
    assert evm[evm.index("--chain-id") + 1] == str(profile["evm"]["chain_id"])
    assert f"http://127.0.0.1:{evm[evm.index('--port') + 1]}" == profile["evm"]["url"]


def compose() -> Any:
    return yaml.safe_load((DIRECTORY / "compose.yaml").read_text())


def test_every_service_has_its_files_and_no_port_of_its_own() -> None:
    services = compose()["services"]
    assert services.keys() == {*NAMES, "closer", "evm"}
    for name, service in services.items():
        assert service["network_mode"] == "host", "a published port is not reached from loopback"
        assert "ports" not in service
        assert "privileged" not in service
        assert service["cap_drop"] == ["ALL"]
        assert service["profiles"] == (["nodes"] if name in ROLES else ["standalone"])
        for mount in service.get("volumes", []):
            source, _, option = mount.partition(":")[0], *mount.rpartition(":")[1:]
            if source.startswith("./"):
                assert option == "ro"
                assert source == "./tls" or (DIRECTORY / source).is_file()
            else:
                assert source in compose()["volumes"]
    for name in NAMES:
        assert f"./{name}.cfg:/etc/xrpld/xrpld.cfg:ro" in services[name]["volumes"]
        assert ("-a" in services[name]["command"]) is (name == "standalone")
        assert services[name]["image"].startswith("${XRPLD_IMAGE:?")


def test_certificates_are_where_the_servers_look_for_them() -> None:
    for name in ROLES:
        mounted = "./tls:/etc/xrpld/tls:ro" in compose()["services"][name]["volumes"]
        wanted = [
            value
            for port in read(f"{name}.cfg").ports.values()
            for key, value in port.items()
            if key[:4] == "ssl_"
        ]
        assert mounted is bool(wanted)
        assert all(path.startswith("/etc/xrpld/tls/") for path in wanted)
