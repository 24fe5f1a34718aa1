"""How fast a devnet with many accounts and trust lines answers, and takes signed payments, over HTTP.

    bench_devnet.py [--accounts N] [--queries N] [--payments N] [--connections N] [--closes N]

1. Accounts are paid from genesis, and each opens a trust line to one issuer.
2. One connection asks for the account_info of accounts at random, one after the other.
3. Several connections submit payments at once, signed beforehand, the issuer's tokens on one of them and XRP
   on the others, while another closes a ledger every second. The time ends when the last close is answered,
   and every payment must be in a closed ledger by then.

4. A devnet without traffic closes ledgers; what its memory grows by is told for a day of automatic closes.

Beside the time by the clock stands the CPU time that the server took, which other programs do not change.
Exit status 1 when account_info takes more than --need-ms (median) or fewer than --need-rate payments a second
are taken.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import coincurve

from fidelity import Client
from sovbank.devnet.ledger.encoding import encode
from sovbank.devnet.ledger.signing import account_of_key
from sovbank.devnet.ledger.text import account_text
from sovbank.devnet.ledger.values import TokenAmount
from sovbank.devnet.server import CLOSE_SECONDS as DEFAULT_CLOSE_SECONDS
from sovbank.wire.hashes import sha512_half
from sovbank.wire.seeds import FamilySeed
from throwaway_devnet import Devnet, devnet

ACCOUNTS: Final = 5000
PAYMENTS: Final = 4000
CONNECTIONS: Final = 4
QUERIES: Final = 2000
CLOSES: Final = 9600
NEED_MS: Final = 5.0
NEED_RATE: Final = 300.0
CLOSE_SECONDS: Final = 1.0
PER_LEDGER: Final = 500
FUNDED_DROPS: Final = 1_000_000_000
FEW_DROPS: Final = 1_000
_USD: Final = bytes(12) + b"USD" + bytes(5)
_CLOSES_A_DAY: Final = 24 * 3600 / DEFAULT_CLOSE_SECONDS
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Account:
    """A key, its address and the sequence that comes next."""

    def __init__(self, secret: bytes, sequence: int = 0) -> None:
        self._key = coincurve.PrivateKey(secret)
        self._public = self._key.public_key.format()
        self.account = account_of_key(self._public)
        self.address = account_text(self.account)
        self.sequence = sequence

    def request(self, **fields: Any) -> dict[str, Any]:
        """Return the submission of the account's next transaction, signed."""
        tx = {
            "Account": self.account,
            "Fee": 10,
            "Sequence": self.sequence,
            "SigningPubKey": self._public,
            **fields,
        }
        self.sequence += 1
        digest = sha512_half(b"STX\0", encode(tx, only_signed=True))
        blob = encode(tx | {"TxnSignature": self._key.sign(digest, hasher=None)})
        return {"method": "submit", "params": [{"tx_blob": blob.hex().upper()}]}


@dataclass(frozen=True)
class Figure:
    """What a phase took: requests, seconds by the clock, and seconds of the server's CPU time."""

    name: str
    requests: int
    seconds: float
    cpu: float

    def line(self) -> str:
        """Return the line of the table."""
        rate, cpu = self.requests / self.seconds, 1000 * self.cpu / self.requests
        return f"{self.name:34} {self.requests:7d} {self.seconds:8.2f} {rate:8.0f} {cpu:14.3f}\n"


class Bench:
    """A devnet being measured."""

    def __init__(self, server: Devnet, *, accounts: int) -> None:
        self._server = server
        self._client = Client(server.url)
        self.figures: list[Figure] = []
        seed = FamilySeed.from_passphrase("masterpassphrase")
        self.genesis = Account(seed.secp256k1().private, sequence=1)
        self.issuer = Account((1 << 200).to_bytes(32, "big"))
        self.accounts = [Account((number + 1).to_bytes(32, "big")) for number in range(accounts)]

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask on a connection of the bench's own."""
        return self._client.post({"method": method, "params": [params]})

    def _cpu(self) -> float:
        times = Path(f"/proc/{self._server.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
        return sum(map(int, times)) / _TICKS

    def measure(self, name: str, count: int, work: Callable[[], None]) -> Figure:
        """Run a phase of so many requests and note what it took."""
        cpu, begun = self._cpu(), time.perf_counter()
        work()
        figure = Figure(name, count, time.perf_counter() - begun, self._cpu() - cpu)
        self.figures.append(figure)
        sys.stdout.write(figure.line())
        sys.stdout.flush()
        return figure

    def close_idle(self, count: int) -> None:
        """Close ledgers without transactions and tell what the server's memory grew by."""

        def work() -> None:
            for _ in range(count):
                self.ask("ledger_accept")

        before = self._resident()
        self.measure("closes without transactions", count, work)
        a_day = (self._resident() - before) / count * _CLOSES_A_DAY / 1e6
        sys.stdout.write(
            f"a day of such closes, one every {DEFAULT_CLOSE_SECONDS:g} s, keeps {a_day:.0f} MB\n"
        )

    def _resident(self) -> int:
        pages = Path(f"/proc/{self._server.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def submit(self, requests: Sequence[dict[str, Any]], *, close_every: int = 0) -> None:
        """Submit one after the other on a connection of its own, closing after every so many if asked."""
        client = Client(self._server.url)
        for number, request in enumerate(requests, start=1):
            result = client.post(request)
            if result.get("engine_result") != "tesSUCCESS":
                raise RuntimeError(f"refused: {result.get('engine_result', result)}")
            if close_every and number % close_every == 0:
                client.post({"method": "ledger_accept", "params": [{}]})
        client.close()

    def populate(self) -> None:
        """Make the accounts and their trust lines."""
        new = [self.issuer, *self.accounts]
        paid = [
            self.genesis.request(TransactionType="Payment", Destination=one.account, Amount=FUNDED_DROPS)
            for one in new
        ]
        self.measure("accounts made", len(paid), lambda: self._submit_all([paid]))
        for one in new:
            one.sequence = self.ask("account_info", account=one.address)["account_data"]["Sequence"]
        limit = TokenAmount(_USD, self.issuer.account, 10**15, -9)
        lines = [one.request(TransactionType="TrustSet", LimitAmount=limit) for one in self.accounts]
        self.measure("trust lines opened", len(lines), lambda: self._submit_all([lines]))

    def _submit_all(self, batches: list[list[dict[str, Any]]]) -> None:
        for batch in batches:
            self.submit(batch, close_every=PER_LEDGER)
        self.ask("ledger_accept")

    def query(self, count: int, ledger_index: str) -> float:
        """Ask for accounts at random; return the median milliseconds."""
        chooser = random.Random(count)  # the same choice every time
        addresses = [chooser.choice(self.accounts).address for _ in range(count)]
        times: list[float] = []

        def work() -> None:
            for address in addresses:
                begun = time.perf_counter()
                info = self.ask("account_info", account=address, ledger_index=ledger_index)
                times.append(time.perf_counter() - begun)
                if info["account_data"]["Account"] != address:
                    raise RuntimeError("an answer about another account")

        self.measure(f"account_info, {ledger_index}", count, work)
        return 1000 * statistics.median(times)

    def pay(self, count: int, connections: int) -> float:
        """Submit payments over several connections with closes between; return payments a second."""
        batches = self._payments(count, connections)
        done = threading.Event()
        problems: list[BaseException] = []
        closed: list[int] = []

        def guarded(work: Callable[[], None]) -> Callable[[], None]:
            def run() -> None:
                try:
                    work()
                except (OSError, ValueError, RuntimeError) as error:
                    problems.append(error)

            return run

        def close() -> None:
            client = Client(self._server.url)
            last = False
            while not last:
                last = done.wait(CLOSE_SECONDS)
                result = client.post({"method": "ledger_accept", "params": [{}]})
                closed.append(result["ledger_current_index"] - 1)
            client.close()

        def work() -> None:
            closer = threading.Thread(target=guarded(close))
            workers = [
                threading.Thread(target=guarded(lambda batch=batch: self.submit(batch)))  # type: ignore[misc]
                for batch in batches
            ]
            for thread in (closer, *workers):
                thread.start()
            for thread in workers:
                thread.join()
            done.set()
            closer.join()

        figure = self.measure(f"payments, {connections} connections", count, work)
        if problems:
            raise RuntimeError(f"{len(problems)} connections failed: {problems[0]}")
        final = sum(
            len(self.ask("ledger", ledger_index=at, transactions=True)["ledger"]["transactions"])
            for at in closed
        )
        if final != count:
            raise RuntimeError(f"{final} payments of {count} are in {len(closed)} closed ledgers")
        sys.stdout.write(f"all {count} payments are in {len(closed)} closed ledgers\n")
        return figure.requests / figure.seconds

    def _payments(self, count: int, connections: int) -> list[list[dict[str, Any]]]:
        """Sign payments, a list for each connection; no account is on two of them."""
        batches: list[list[dict[str, Any]]] = [[] for _ in range(connections)]
        for number in range(count):
            at = number % connections
            payee = self.accounts[(7 * number + 1) % len(self.accounts)]
            payer = self._payer(number // connections, at, connections, payee) if at else self.issuer
            tokens = TokenAmount(_USD, self.issuer.account, 10**15 + number, -14)
            amount = tokens if payer is self.issuer else FEW_DROPS + number
            request = payer.request(TransactionType="Payment", Destination=payee.account, Amount=amount)
            batches[at].append(request)
        return batches

    def _payer(self, turn: int, at: int, connections: int, payee: Account) -> Account:
        """Give the next payer of a connection, which pays nobody twice in a row and never itself."""
        mine = self.accounts[at - 1 :: connections - 1]
        payer = mine[turn % len(mine)]
        return payer if payer is not payee else mine[(turn + 1) % len(mine)]


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; give its exit status."""
    parser = argparse.ArgumentParser(description="Measure a devnet with many accounts over HTTP.")
    parser.add_argument("--accounts", type=int, default=ACCOUNTS)
    parser.add_argument("--payments", type=int, default=PAYMENTS)
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    parser.add_argument("--queries", type=int, default=QUERIES)
    parser.add_argument("--closes", type=int, default=CLOSES)
    parser.add_argument("--need-ms", type=float, default=NEED_MS, help="most for account_info, median")
    parser.add_argument("--need-rate", type=float, default=NEED_RATE, help="least payments a second")
    options = parser.parse_args(arguments)
    if options.connections < 2 or options.accounts < 2 * options.connections:
        parser.error("at least two connections, and two accounts for each")
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    sys.stdout.write(f"Python {platform.python_version()}, {os.cpu_count()} CPUs, load {load}\n")
    sys.stdout.write(f"{'':34} {'count':>7} {'seconds':>8} {'a second':>8} {'CPU ms of each':>14}\n")
    with devnet() as server:
        bench = Bench(server, accounts=options.accounts)
        bench.populate()
        medians = [bench.query(options.queries, at) for at in ("validated", "current")]
        rate = bench.pay(options.payments, options.connections)
        bench.close()
    with devnet() as server:
        bench = Bench(server, accounts=0)
        bench.close_idle(options.closes)
        bench.close()
    kept = max(medians) <= options.need_ms and rate >= options.need_rate
    sys.stdout.write(
        f"account_info {max(medians):.2f} ms (limit {options.need_ms:g}), {rate:.0f} payments a second"
        f" (at least {options.need_rate:g}): {'kept' if kept else 'BROKEN'}\n"
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
