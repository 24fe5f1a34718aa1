"""Reaching everything that a profile names, one finding each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from sovbank.cli.context import Run
from sovbank.core.profile import Profile
from sovbank.core.profile_rules import problems
from sovbank.errors.base import SovbankError

if TYPE_CHECKING:
    from sovbank.cli.render import Output
    from sovbank.cli.wiring import Wiring
    from sovbank.xrpl.port import LedgerReader


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    OK: ClassVar[str] = "ok"
    WRONG: ClassVar[str] = "wrong"
    NOTE: ClassVar[str] = "note"

    state: str
    what: str
    detail: str


def check_everything(run: Run) -> list[Finding]:
    """Return what was found, in the order of the profile. A profile that cannot be read is an error."""
    wiring = run.wiring
    profile = wiring.parsed
    findings = [*_file(profile), *_addresses(profile), *_examples(profile)]
    looks: list[tuple[str, Callable[[], str]]] = [
        ("core node", lambda: _node(wiring.reader)),
        ("treasury node", lambda: _node(wiring.treasury_reader)),
        ("member node", lambda: _node(wiring.member_reader)),
        ("EVM chain", lambda: _chain(wiring)),
        ("journal", lambda: _journal(wiring)),
    ]
    if profile.evm.contracts is not None:
        looks.append(("contracts", lambda: _contracts(wiring)))
    for what, look in looks:
        with run.out.working(f"Looking at the {what}"):
            findings.append(_looked_at(what, look))
    if profile.evm.contracts is None:
        findings.append(Finding(Finding.NOTE, "contracts", "not deployed yet: `sovbank control deploy`"))
    return [*findings, *_keys(wiring)]


def show_findings(out: Output, findings: Sequence[Finding]) -> None:
    """Write the findings as a table."""
    from sovbank.cli.render import Column

    out.table(
        ["state", Column("what", wrap=True), Column("found", wrap=True)],
        [[one.state, one.what, one.detail] for one in findings],
    )


def _looked_at(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(Finding.OK, what, look())
    except SovbankError as error:
        return Finding(Finding.WRONG, what, f"{error.message} ({error.code}). {error.next_step}")


def _file(profile: Profile) -> Iterator[Finding]:
    found = problems(profile)
    for problem in found:
        yield Finding(Finding.WRONG, f"rule {problem.rule}", problem.message)
    if not found:
        yield Finding(Finding.OK, "profile file", "its parts agree")


def _named_addresses(profile: Profile) -> Iterator[tuple[str, str]]:
    for name, officer in profile.officers.items():
        yield f"officer {name}", officer.account
    for name, account in profile.accounts.items():
        yield f"account {name}", account.address


def _addresses(profile: Profile) -> Iterator[Finding]:
    from sovbank.wire.addresses import is_address

    wrong = [(what, address) for what, address in _named_addresses(profile) if not is_address(address)]
    for what, address in wrong:
        yield Finding(Finding.WRONG, what, f"{address} is no address: its checksum is wrong")
    if not wrong:
        yield Finding(Finding.OK, "addresses", "every checksum is right")


def _examples(profile: Profile) -> Iterator[Finding]:
    from sovbank.cli.profile_init import load_template

    shipped = {address for _, address in _named_addresses(load_template("mainnet"))}
    for what, address in _named_addresses(profile):
        if address in shipped:
            yield Finding(Finding.WRONG, what, f"{address} is the template's example: nobody has its key")


def _node(reader: LedgerReader) -> str:
    state = reader.server_state()
    return (
        f"network {state.network_id}, ledger {state.validated_ledger} validated "
        f"{state.validated_age_seconds} s ago, version {state.build_version}"
    )


def _chain(wiring: Wiring) -> str:
    block = wiring.chain.final()
    return f"chain {wiring.chain.chain_id}, block {block.number} is final"


def _journal(wiring: Wiring) -> str:
    head = wiring.journal.head()
    return f"log {head.log_id[:8]}, {head.seq} rows"


def _contracts(wiring: Wiring) -> str:
    from sovbank.errors.cli import ContractsDiffer
    from sovbank.evm.inspection import inspect

    contracts = wiring.parsed.evm.contracts
    if contracts is None:
        return "none are named"
    status = inspect(wiring.chain, wiring.parsed, contracts)
    if status.differences:
        raise ContractsDiffer("; ".join(status.differences))
    paused = f"paused: {status.pause_reason}" if status.paused else "not paused"
    return f"all five answer as the profile says; {paused}"


def _keys(wiring: Wiring) -> Iterator[Finding]:
    here = 0
    uris = [
        (f"key of officer {name}", officer.key, officer.account, officer.evm_address)
        for name, officer in wiring.parsed.officers.items()
    ]
    uris += [
        (f"master key of account {name}", account.master_key, account.address, None)
        for name, account in wiring.parsed.accounts.items()
        if account.master_key is not None
    ]
    for what, uri, account, chain in uris:
        try:
            addresses = wiring.addresses_of_key(uri)
        except SovbankError as error:
            yield Finding(Finding.WRONG, what, f"{error.message} ({error.code})")
            continue
        if addresses is None:
            continue
        here += 1
        if addresses[0] != account or (chain is not None and addresses[1] != chain):
            yield Finding(Finding.WRONG, what, f"{uri} is a key of {addresses[0]}, not of {account}")
    yield Finding(Finding.NOTE, "keys", f"{here} of {len(uris)} are on this machine")
