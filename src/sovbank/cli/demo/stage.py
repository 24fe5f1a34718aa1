"""The stage of the rehearsal: a home of its own, a devnet, everybody's keys, a profile and a journal."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from sovbank.cli.context import Options, Run
from sovbank.cli.demo.wallet import Wallet
from sovbank.cli.paths import private_directory
from sovbank.cli.profile_init import load_template, write_profile
from sovbank.cli.wiring.house import house_of
from sovbank.cli.wiring.keys import make_identities
from sovbank.core.profile import Contracts, Profile
from sovbank.core.profile_fill import fill_profile, with_endpoints
from sovbank.core.profile_rules import check_profile
from sovbank.devnet import process
from sovbank.devnet.server import DEFAULT_NETWORK_ID, DevnetConfig
from sovbank.errors.cli import FileExists
from sovbank.keys.addresses import xrpl_address
from sovbank.keys.keyfile import Cost
from sovbank.keys.port import Scheme

PROFILE = "demo"
DEPLOYER = "keystore:deployer"
ACCOUNT_XRP = Decimal(1000)
_CLOSE_SECONDS = 0.35


class Stage:
    """Where the rehearsal plays: its directory, the devnet, and a run of the program on its profile."""

    def __init__(self, home: Path, devnet: process.Running, run: Run) -> None:
        self.home = home
        self.devnet = devnet
        self.run = run
        self.house = house_of(run)

    def adopt(self, contracts: Contracts) -> None:
        """Write the contracts of a fresh deployment into the profile and go on with it."""
        profile = self.run.wiring.profile
        named = profile.model_copy(update={"evm": profile.evm.model_copy(update={"contracts": contracts})})
        path = self.run.wiring.profile_path
        path.unlink()
        write_profile(path, named)
        self.run.close()
        self.run = Run(self.run.options)
        self.house = house_of(self.run)

    @property
    def passphrase_file(self) -> Path:
        """The file with the keystore's passphrase."""
        return self.home / "passphrase"

    def fund(self, address: str) -> None:
        """Give an account its XRP from genesis."""
        self.devnet.client.fund(address, ACCOUNT_XRP)

    def wallet(self, name: str) -> Wallet:
        """Make a customer with a key of their own and some XRP."""
        uri = f"keystore:customer-{name}"
        store = self.run.wiring.keystore
        store.directory(uri).generate(f"customer-{name}", Scheme.SECP256K1, cost=Cost.TEST_NETWORK, uri=uri)
        address = xrpl_address(store.public_key(uri))
        self.fund(address)
        return Wallet(address, self.run.wiring.keys.signer(uri), self.house)


@contextmanager
def set_stage(shown: Run, *, keep: Path | None, tickets: int | None = None) -> Iterator[Stage]:
    """Set the stage in a temporary directory, or in one that is kept with its devnet running.

    ``tickets`` gives every account a pool of that size instead of the template's.

    Raises
    ------
    FileExists
        The directory to keep is there and not empty.
    """
    home = _home(keep)
    before = os.environ.get("SOVBANK_HOME")
    os.environ["SOVBANK_HOME"] = str(home)
    completed = False
    try:
        stage = _build(shown, home, tickets)
        try:
            yield stage
        finally:
            stage.run.close()
        completed = True
    finally:
        if before is None:
            os.environ.pop("SOVBANK_HOME", None)
        else:
            os.environ["SOVBANK_HOME"] = before
        if keep is None or not completed:
            process.stop(home / "state" / "devnet")
        if keep is None:
            shutil.rmtree(home, ignore_errors=True)


def _home(keep: Path | None) -> Path:
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="sovbank-demo-"))
    home = keep.absolute()
    if home.exists() and any(home.iterdir()):
        raise FileExists(f"{home} is not empty", next_step="Name a new directory with --keep.")
    return private_directory(home)


def _build(shown: Run, home: Path, tickets: int | None) -> Stage:
    passphrase = home / "passphrase"
    with os.fdopen(os.open(passphrase, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(secrets.token_hex(24) + "\n")
    options = Options(
        profile=PROFILE,
        yes=True,
        no_input=True,
        json=shown.options.json,
        verbose=shown.options.verbose,
        quiet=shown.options.quiet,
        passphrase_file=str(passphrase),
        passphrase_fd=None,
    )
    run = Run(options)
    run.out = shown.out
    devnet = process.start(
        DevnetConfig(
            state=private_directory(run.wiring.paths.devnet),
            network_id=DEFAULT_NETWORK_ID,
            xrpl_port=0,
            evm_port=0,
            close_seconds=_CLOSE_SECONDS,
        )
    )
    profile = _profile(run, devnet, tickets)
    private_directory(run.wiring.paths.profiles)
    write_profile(run.wiring.paths.profiles / f"{PROFILE}.toml", check_profile(profile))
    return Stage(home, devnet, run)


def _profile(run: Run, devnet: process.Running, tickets: int | None) -> Profile:
    template = load_template("devnet")
    keystore = run.wiring.keystore_of(PROFILE)
    officers, accounts = make_identities(template, keystore)
    keystore.directory(DEPLOYER).generate("deployer", Scheme.SECP256K1, cost=Cost.TEST_NETWORK, uri=DEPLOYER)
    filled = fill_profile(template, name=PROFILE, officers=officers, accounts=accounts)
    if tickets is not None:
        pools = {
            name: account.model_copy(update={"tickets": tickets}) for name, account in filled.accounts.items()
        }
        filled = filled.model_copy(update={"accounts": pools})
    return with_endpoints(
        filled,
        xrpl_url=f"http://127.0.0.1:{devnet.xrpl_port}",
        evm_url=f"http://127.0.0.1:{devnet.evm_port}",
        network_id=devnet.network_id,
    )
