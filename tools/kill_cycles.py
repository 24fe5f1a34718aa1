"""The cycles of the kill campaign: an operation by its commands, killed and taken up until it is done."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_UP, Decimal
from pathlib import Path

from bank_machine import ASSET, Bank

from kill_checks import Failure, Since, check_done
from kill_program import Ended, Killer
from sovbank.ceremony.digest import digest_of
from sovbank.ceremony.reading import parse_bundle
from sovbank.core.machine import Kind, State
from sovbank.journal.port import OperationRow
from sovbank.operations import kyc, mint, treasury
from sovbank.operations.resume import run_mint
from sovbank.wire.addresses import encode_address

_STOCK = Decimal(1_000_000)
_MOST_KILLS = 4
_MOST_RUNS = 12
_LINE_LIMIT = "10000000000"
# The window of a killed attempt may pass; the next run says so, and the one after it mends it.
_AGAIN = frozenset({"ledger.attempt-without-effect", "ledger.outcome-unknown", "guard.window-over"})
# `ops resume` cannot give what only the command knows.
_BY_COMMAND = frozenset({"operation.wrong-state"})

Find = Callable[[], OperationRow | None]


class Campaign:
    """One bank, one killer, and what was done so far."""

    def __init__(self, bank: Bank, killer: Killer, *, log: Callable[[str], None] = lambda _: None) -> None:
        self._bank = bank
        self._killer = killer
        self._log = log
        self._number = 0
        self._stock: str | None = None
        self.kills = 0

    def cycle(self, chance: random.Random) -> str:
        """Run one cycle and check what it left behind; return what it was.

        Raises
        ------
        Failure
            With what was found and the commands that led to it.
        """
        self._number += 1
        stock = self._stocked()
        since = Since.now(self._bank)
        name = chance.choices(list(_CYCLES), weights=[weight for _, weight in _CYCLES.values()])[0]
        cycle = _Cycle(self._bank, self._killer, chance, stock=stock, mark=f"{self._number:05d}")
        try:
            _CYCLES[name][0](cycle)
            check_done(self._bank, since, cycle.done)
        except (Failure, AssertionError) as failure:
            told = "\n".join(cycle.told)
            raise Failure(f"{name}: {failure}\n{told}") from failure
        finally:
            self.kills += cycle.kills
            for line in cycle.told:
                self._log(f"  {line}")
        return name

    def _stocked(self) -> str:
        """Return a deposit of which the treasury holds the tokens; the customer holds some of them."""
        if self._stock is None:
            self._bank.gateway.armed.set()
            house = self._bank.house
            deposit = self._bank.deposit(str(_STOCK))
            run_mint(house, mint.request(house, mint.MintOrder(ASSET, _STOCK, deposit)).id)
            held = _STOCK / 4
            treasury.distribute(
                house,
                treasury.Distribution(ASSET, held, self._bank.customer.address, deposit, "KILL-STOCK"),
            )
            self._stock = deposit
        return self._stock


class _Cycle:
    """One cycle: commands that are killed and taken up again, and what they were to bring about."""

    def __init__(self, bank: Bank, killer: Killer, chance: random.Random, *, stock: str, mark: str) -> None:
        self.bank = bank
        self.chance = chance
        self.stock = stock
        self.mark = mark
        self.amount = Decimal(chance.randint(1, 10_000_000)).scaleb(-6)
        self.done: list[OperationRow] = []
        self.told: list[str] = []
        self.kills = 0
        self._killer = killer

    def take(self, name: str, *arguments: str, find: Find | None = None) -> None:
        """Run a command, killing it again and again, then to its end: by itself or by ``ops resume``."""
        resume: tuple[str, ...] | None = None
        for _ in range(_MOST_KILLS):
            ended = self._killer.strike(name, resume or arguments, self.chance)
            self._tell(resume or arguments, ended)
            if not ended.killed:
                self._refuse_failed(ended, resumed=resume is not None)
                break
            self.kills += 1
            resume = self._resume(find)
            if self.chance.random() < 0.6:
                break
        self._finish(arguments, resume)

    def finish(self, find: Find) -> None:
        """Expect an operation to be over now."""
        found = find()
        if found is None:
            raise Failure("the operation is not in the journal")
        if found.state is not State.POSTED:
            raise Failure(f"operation {found.id} is {found.state.value} after its command ended with 0")
        self.done.append(found)

    def _resume(self, find: Find | None) -> tuple[str, ...] | None:
        found = find() if find is not None else None
        if found is None or self.chance.random() < 0.5:
            return None
        return ("ops", "resume", found.id)

    def _finish(self, arguments: tuple[str, ...], resume: tuple[str, ...] | None) -> None:
        for _ in range(_MOST_RUNS):
            ended = self._killer.run(resume or arguments)
            self._tell(resume or arguments, ended)
            self._refuse_failed(ended, resumed=resume is not None)
            if ended.status == 0 and resume is None:
                return
            resume = None  # what was resumed must bear the same command again
        raise Failure(f"{' '.join(arguments)} does not end")

    def _refuse_failed(self, ended: Ended, *, resumed: bool) -> None:
        allowed = _AGAIN | (_BY_COMMAND if resumed else frozenset())
        if ended.status != 0 and _code_of(ended) not in allowed:
            raise Failure(f"status {ended.status}: {ended.out.strip()} {ended.err.strip()}")

    def _tell(self, arguments: tuple[str, ...], ended: Ended) -> None:
        how = f"killed {ended.aim}" if ended.killed else f"{ended.aim}, status {ended.status}"
        self.told.append(f"{' '.join(arguments)}: {how}{'' if ended.status <= 0 else ' ' + _code_of(ended)}")

    def found(self, kind: Kind, reference: str) -> Find:
        """Return a function that finds an operation by its reference."""
        return lambda: self.bank.house.journal.find(kind, reference)

    def newest(self, kind: Kind) -> Find:
        """Return a function that finds the newest operation of a kind opened from now on."""
        before = {row.id for row in self.bank.house.journal.operations(kind=kind, limit=1)}

        def find() -> OperationRow | None:
            rows = self.bank.house.journal.operations(kind=kind, limit=1)
            return rows[0] if rows and rows[0].id not in before else None

        return find


def _code_of(ended: Ended) -> str:
    try:
        return str(json.loads(ended.out)["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return "no-code"


def _mint_at_once(cycle: _Cycle) -> None:
    amount = str(cycle.amount)
    deposit = cycle.bank.deposit(str(cycle.amount.quantize(Decimal("0.01"), ROUND_UP)))
    find = cycle.found(Kind.MINT, deposit)
    order = ("--asset", ASSET, "--amount", amount, "--deposit", deposit)
    cycle.take("mint run", "mint", "run", *order, find=find)
    cycle.finish(find)


def _mint_by_steps(cycle: _Cycle) -> None:
    amount = str(cycle.amount)
    deposit = cycle.bank.deposit(str(cycle.amount.quantize(Decimal("0.01"), ROUND_UP)))
    find = cycle.found(Kind.MINT, deposit)
    cycle.take("mint request", "mint", "request", "-a", ASSET, "--amount", amount, "--deposit", deposit)
    operation = find()
    if operation is None:
        raise Failure("the mint is not in the journal")
    for step in ("approve", "execute", "confirm"):
        cycle.take(f"mint {step}", "mint", step, operation.id, find=find)
    cycle.finish(find)


def _ceremony(cycle: _Cycle) -> None:
    """A mint by a bundle that is made, signed, collected and submitted, each step killed and given again."""
    deposit = cycle.bank.deposit(str(cycle.amount.quantize(Decimal("0.01"), ROUND_UP)))
    house = cycle.bank.house
    request = mint.request(house, mint.MintOrder(ASSET, cycle.amount, deposit))
    find = cycle.found(Kind.MINT, deposit)
    operation = mint.approve(house, request.id)
    files = Path(cycle.bank.stage.home)
    bundle, signed = files / f"bundle-{cycle.mark}.json", files / f"signed-{cycle.mark}.json"
    window = ("--ledgers", "2000", "-o", str(bundle))
    cycle.take("multisig new", "multisig", "new", operation.id, *window)
    digest = digest_of(parse_bundle(bundle.read_bytes()))
    sign = ("multisig", "sign", str(bundle), "-o", str(signed), "--expect-digest", digest)
    cycle.take("multisig sign", *sign)
    cycle.take("multisig collect", "multisig", "collect", str(signed))
    cycle.take("multisig submit", "multisig", "submit", operation.id, find=find)
    cycle.take("mint confirm", "mint", "confirm", operation.id, find=find)
    cycle.finish(find)


def _distribute(cycle: _Cycle) -> None:
    reference = f"KILL-DIST-{cycle.mark}"
    find = cycle.found(Kind.DISTRIBUTE, reference)
    order = ("--asset", ASSET, "--amount", str(cycle.amount), "--to", cycle.bank.customer.address)
    source = ("--deposit", cycle.stock, "--reference", reference)
    cycle.take("distribute", "treasury", "distribute", *order, *source, find=find)
    cycle.finish(find)


def _redeem(cycle: _Cycle) -> None:
    reference = f"KILL-RED-{cycle.mark}"
    find = cycle.found(Kind.BURN, reference)
    holder = cycle.bank.customer
    order = ("--asset", ASSET, "--amount", str(cycle.amount), "--holder", holder.address)
    cycle.take("burn request", "burn", "request", *order, "--reference", reference)
    operation = find()
    if operation is None:
        raise Failure("the redemption is not in the journal")
    tag = int(operation.facts["destination_tag"])
    holder.redeem(ASSET, cycle.amount, operation=operation.id, tag=tag)
    if cycle.chance.random() < 0.5:
        cycle.take("burn receive", "burn", "receive", operation.id, find=find)
        cycle.take("burn execute", "burn", "execute", operation.id, find=find)
    else:
        cycle.take("burn run", "burn", "run", operation.id, find=find)
    cycle.finish(find)


def _admit(cycle: _Cycle) -> None:
    account = encode_address(cycle.chance.randbytes(20))
    until = (datetime.now(UTC) + timedelta(days=300)).date().isoformat()
    find = cycle.newest(Kind.WHITELIST)
    who = ("--kyc-id", f"KILL-{cycle.mark}", "--name", "Kill Ltd", "--account", account)
    cycle.take("kyc whitelist", "kyc", "whitelist", *who, "--expires", until, "--officer", "compliance-head")
    cycle.finish(find)
    if kyc.standing(cycle.bank.house, f"KILL-{cycle.mark}").customer is None:
        raise Failure("the admitted customer is not in the books")
    cycle.bank.stage.fund(account)
    authorized = cycle.newest(Kind.AUTHORIZE)
    line = ("trustlines", "authorize", "-a", ASSET, "--holder", account)
    cycle.take("trustlines authorize", *line, find=authorized)
    cycle.finish(authorized)


def _set_limit(cycle: _Cycle) -> None:
    find = cycle.newest(Kind.TRUST_LINE)
    limit = str(int(_LINE_LIMIT) - cycle.chance.randint(1, 10**6))
    line = ("trustlines", "set", "-a", ASSET, "--account", "redemption", "--limit", limit)
    cycle.take("trustlines set", *line, find=find)
    cycle.finish(find)


def _set_up(cycle: _Cycle) -> None:
    """The ledger is as the profile says but for the trust limit, so the set-up has one step to do."""
    other = str(int(_LINE_LIMIT) - cycle.chance.randint(1, 10**6))
    cycle.bank.run("trustlines", "set", "-a", ASSET, "--account", "treasury", "--limit", other)
    find = cycle.newest(Kind.SETTINGS)
    cycle.take("issuer setup", "issuer", "setup", "--asset", ASSET, find=find)
    cycle.finish(find)
    house = cycle.bank.house
    (line,) = house.ledger.trust_lines(cycle.bank.treasury, peer=house.issuer_of(ASSET).address)
    if line.limit != Decimal(_LINE_LIMIT):
        raise Failure(f"the set-up ended and left the trust limit at {line.limit}")


def _attest(cycle: _Cycle) -> None:
    house = cycle.bank.house
    cycle.bank.stage.fund(encode_address(cycle.chance.randbytes(20)))
    held = house.control.reserves(house.asset_id(ASSET))
    moment = datetime.fromtimestamp(house.control.head().block_time, UTC)
    if int(moment.timestamp()) <= held.as_of:
        return
    document = Path(cycle.bank.stage.home) / f"statement-{cycle.mark}"
    document.write_text(f"statement {cycle.mark}")
    as_of = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    find = cycle.found(Kind.ATTEST, f"{ASSET}/{as_of}")
    total = str(100_000_000 + cycle.chance.randint(1, 1000))
    report = ("--total", total, "--document", str(document), "--as-of", as_of)
    cycle.take("reserves attest", "reserves", "attest", "-a", ASSET, *report, find=find)
    cycle.finish(find)
    rows = house.books.attestations(ASSET)
    if not rows or rows[0].as_of != moment:
        raise Failure("the attestation is not in the books")


_CYCLES: dict[str, tuple[Callable[[_Cycle], None], int]] = {
    "mint at once": (_mint_at_once, 5),
    "mint by steps": (_mint_by_steps, 4),
    "ceremony": (_ceremony, 4),
    "distribute": (_distribute, 5),
    "redeem": (_redeem, 4),
    "admit": (_admit, 3),
    "trust limit": (_set_limit, 1),
    "set up": (_set_up, 2),
    "attest": (_attest, 2),
}
