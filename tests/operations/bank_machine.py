"""A bank's machine for tests: its ports in this process, and the real program as a subprocess."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from gateway import Gateway

from sovbank.cli.app import run_command
from sovbank.cli.demo.stage import Stage
from sovbank.cli.demo.wallet import Wallet
from sovbank.operations import bank as bank_operations
from sovbank.operations.house import House

ASSET = "FTHUSD"
PROGRAM = Path(sys.executable).parent / "sovbank"
RESERVES = Decimal(100_000_000)


@dataclass(frozen=True)
class Ran:
    """What one run of the real program left behind."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        """The JSON object on stdout."""
        return dict(json.loads(self.out))


@dataclass
class Bank:
    """The bank's machine: its home, its ports in this process, and the program as a subprocess."""

    stage: Stage
    customer: Wallet
    gateway: Gateway
    deposits: int = 0

    @property
    def house(self) -> House:
        """The ports, for looking at what the program did."""
        return self.stage.house

    def environment(self, home: Path | None = None) -> Mapping[str, str]:
        """The environment of a run."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SOVBANK_")}
        return {
            **inherited,
            "SOVBANK_HOME": str(home or self.stage.home),
            "SOVBANK_PROFILE": "demo",
            "SOVBANK_PASSPHRASE_FILE": str((home or self.stage.home) / "passphrase"),
        }

    def start(self, *arguments: str, home: Path | None = None) -> subprocess.Popen[str]:
        """Start the program."""
        return subprocess.Popen(
            [str(PROGRAM), "--json", "--yes", "--no-input", *arguments],
            env=dict(self.environment(home)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, home: Path | None = None, expect: int | None = 0) -> Ran:
        """Run the program to its end."""
        process = self.start(*arguments, home=home)
        out, err = process.communicate(timeout=120)
        ran = Ran(process.returncode, out, err)
        if expect is not None:
            assert ran.status == expect, f"{arguments}: {ran}"
        return ran

    def call(self, *arguments: str, expect: int | None = 0) -> Ran:
        """Run one command line in this process: as ``run`` without the start of an interpreter."""
        before = dict(os.environ)
        out, err = io.StringIO(), io.StringIO()
        os.environ.update(self.environment())
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                status = run_command(["--json", "--yes", "--no-input", *arguments])
        finally:
            os.environ.clear()
            os.environ.update(before)
        ran = Ran(status, out.getvalue(), err.getvalue())
        if expect is not None:
            assert ran.status == expect, f"{arguments}: {ran}"
        return ran

    def chain_nonces(self) -> int:
        """How many transactions the officers ever sent to the control plane's chain."""
        count = 0
        for officer in self.house.profile.officers.values():
            body = {"jsonrpc": "2.0", "id": 1, "method": "eth_getTransactionCount"}
            asked = json.dumps({**body, "params": [officer.evm_address, "latest"]}).encode()
            kind = {"Content-Type": "application/json"}
            with urllib.request.urlopen(
                urllib.request.Request(self.house.profile.evm.url, asked, kind), timeout=30
            ) as reply:
                count += int(json.load(reply)["result"], 16)
        return count

    def deposit(self, amount: str) -> str:
        """Book a new deposit and return its bank reference."""
        from sovbank.bank.readers import statement_reader

        self.deposits += 1
        reference = f"DEP-TEST-{self.deposits:04d}"
        header = "reference,account,booked_on,direction,amount,currency,counterparty,remittance"
        row = f"{reference},US00123456789,2026-11-20,credit,{amount},USD,Customer Ltd,subscription"
        bank_operations.import_statement(
            self.house,
            statement_reader("csv"),
            f"{header}\n{row}\n".encode(),
            source="test.csv",
            actor="bank",
        )
        return reference

    def balance(self, account: str) -> Decimal:
        """What an account holds of the asset in the last validated ledger."""
        issuer = self.house.issuer_of(ASSET).address
        lines = self.house.ledger.trust_lines(account, peer=issuer)
        return sum((line.balance for line in lines), start=Decimal(0))

    @property
    def treasury(self) -> str:
        """The treasury's address."""
        return self.house.treasury_of(ASSET).address
