"""From a profile to its ports. The only package that names adapters; each port is built on first use."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sovbank.cli.paths import Paths, find_paths, private_directory
from sovbank.cli.profiles import find_profile, read_profile

if TYPE_CHECKING:
    from sovbank.cli.context import Options
    from sovbank.cli.wiring.keys import KeyRing
    from sovbank.core.profile import Node, Profile
    from sovbank.evm.control_plane import EvmControlPlane
    from sovbank.evm.sending import Sender
    from sovbank.evm.session import EvmSession
    from sovbank.journal.sql_books import SqlBooks
    from sovbank.journal.sql_journal import SqlJournal
    from sovbank.journal.store import Store
    from sovbank.keys.asking import SecretSource
    from sovbank.keys.keystore import KeystoreBackend
    from sovbank.keys.kms import KmsBackend
    from sovbank.keys.pkcs11 import Pkcs11Backend
    from sovbank.xrpl.reader import NodeReader
    from sovbank.xrpl.session import NodeSession
    from sovbank.xrpl.submission import NodeSubmitter


class SystemClock:
    """The wall clock of this machine."""

    def now(self) -> datetime:
        """Return the present time in UTC."""
        return datetime.now(UTC)


class Wiring:
    """The ports of the chosen profile.

    ``before_question`` is called before the terminal is used.
    """

    def __init__(self, options: Options, *, before_question: Callable[[], None]) -> None:
        self._options = options
        self._before_question = before_question
        self._open = ExitStack()

    def close(self) -> None:
        """Close the connections that were opened."""
        self._open.close()

    @cached_property
    def paths(self) -> Paths:
        """The program's directories."""
        return find_paths()

    @cached_property
    def profile_path(self) -> Path:
        """The file of the chosen profile."""
        return find_profile(self._options.profile, self.paths)

    @cached_property
    def parsed(self) -> Profile:
        """The chosen profile, parsed; ``profile check`` looks at one whose parts do not agree."""
        return read_profile(self.profile_path)

    @cached_property
    def profile(self) -> Profile:
        """The chosen profile, parsed and cross-checked."""
        from sovbank.core.profile_rules import check_profile

        return check_profile(self.parsed)

    @property
    def yes_allowed(self) -> bool:
        """Whether --yes counts for mint, burn and issuer commands: not in production."""
        return not self.profile.production

    @cached_property
    def journal_url(self) -> str:
        """The journal's URL: SOVBANK_JOURNAL, the profile's, or a SQLite file in the state directory."""
        chosen = os.environ.get("SOVBANK_JOURNAL") or self.profile.journal.url
        if chosen:
            return chosen
        directory = private_directory(self.paths.profile_state(self.profile.name))
        return f"sqlite:///{directory / 'journal.sqlite'}"

    @cached_property
    def store(self) -> Store:
        """The journal's database; it is made by ``ledger init`` alone."""
        from sovbank.journal.store import open_store

        return self._open.enter_context(closing(open_store(self.journal_url, clock=self.clock.now)))

    @cached_property
    def journal(self) -> SqlJournal:
        """Operations, attempts and the audit log."""
        from sovbank.journal.sql_journal import SqlJournal

        return SqlJournal(self.store)

    @cached_property
    def books(self) -> SqlBooks:
        """Customers, bank entries and attestations."""
        from sovbank.journal.sql_books import SqlBooks

        return SqlBooks(self.store)

    @cached_property
    def clock(self) -> SystemClock:
        """The wall clock."""
        return SystemClock()

    @cached_property
    def reader(self) -> NodeReader:
        """Reads of the core node, for watching and analysis."""
        return self._reader(self._session(self.parsed.nodes.core))

    @cached_property
    def treasury_reader(self) -> NodeReader:
        """Reads of the node that transactions are submitted through, for decisions about them."""
        return self._reader(self._treasury)

    @cached_property
    def member_reader(self) -> NodeReader:
        """Reads of the node that serves customers."""
        return self._reader(self._session(self.parsed.nodes.member))

    @cached_property
    def submitter(self) -> NodeSubmitter:
        """Submission through the treasury node."""
        from sovbank.xrpl.submission import NodeSubmitter

        return NodeSubmitter(self._treasury)

    @cached_property
    def keystore(self) -> KeystoreBackend:
        """The profile's keystore, and others that URIs name by path."""
        return self.keystore_of(self.parsed.name)

    @cached_property
    def keys(self) -> KeyRing:
        """The keys that this machine can reach."""
        from sovbank.cli.wiring.keys import KeyRing

        return KeyRing(self.keystore, devices={"pkcs11": lambda: self.hsm, "awskms": lambda: self.kms})

    @cached_property
    def hsm(self) -> Pkcs11Backend:
        """The tokens of this machine; SOVBANK_PKCS11_MODULE names the module where a URI names none."""
        from sovbank.keys.pkcs11 import Pkcs11Backend

        return Pkcs11Backend(os.environ.get("SOVBANK_PKCS11_MODULE"), pin=self.pin)

    @cached_property
    def kms(self) -> KmsBackend:
        """AWS KMS, as boto3 is set up on this machine."""
        from sovbank.keys.kms import KmsBackend

        return KmsBackend()

    def keystore_of(self, profile_name: str) -> KeystoreBackend:
        """Return the keystore that belongs to a profile of that name."""
        from sovbank.keys.keystore import KeystoreBackend

        path = self.paths.keystore(profile_name)
        private_directory(path.parent)
        return KeystoreBackend(path, passphrase=self.passphrase)

    def addresses_of_key(self, uri: str) -> tuple[str, str | None] | None:
        """Return the XRP Ledger and control-plane addresses of a key of this machine, or None."""
        from sovbank.cli.wiring.keys import addresses_of

        key = self.keys.public_key(uri)
        return None if key is None else addresses_of(key)

    @cached_property
    def passphrase(self) -> SecretSource:
        """Where a keystore's passphrase comes from in this run."""
        from sovbank.cli.wiring.secrets import passphrase_source

        return passphrase_source(self._options, before_question=self._before_question)

    @cached_property
    def pin(self) -> SecretSource:
        """Where the PIN of an HSM comes from in this run."""
        from sovbank.cli.wiring.secrets import pin_source

        return pin_source(self._options, before_question=self._before_question)

    @cached_property
    def chain(self) -> EvmSession:
        """The chain of the control plane."""
        from sovbank.evm.node import EvmNode
        from sovbank.evm.session import EvmSession

        plane = self.parsed.evm
        node = self._open.enter_context(closing(EvmNode(plane.url)))
        return EvmSession(node, chain_id=plane.chain_id, confirmations=plane.confirmations)

    @cached_property
    def sender(self) -> Sender:
        """What sends transactions to the control plane's chain."""
        from sovbank.evm.sending import Sender

        return Sender(self.chain)

    @cached_property
    def control(self) -> EvmControlPlane:
        """The five contracts that the profile names."""
        from sovbank.errors.evm import ContractMissing
        from sovbank.evm.control_plane import EvmControlPlane

        contracts = self.parsed.evm.contracts
        if contracts is None:
            raise ContractMissing(f"profile {self.parsed.name} names no contracts")
        return EvmControlPlane(self.chain, self.sender, contracts)

    @cached_property
    def _treasury(self) -> NodeSession:
        return self._session(self.parsed.nodes.treasury)

    def _session(self, node: Node) -> NodeSession:
        from sovbank.xrpl.client import NodeClient
        from sovbank.xrpl.session import NodeSession

        client = self._open.enter_context(closing(NodeClient(node.url)))
        return NodeSession(client, network_id=self.parsed.network.id)

    @staticmethod
    def _reader(session: NodeSession) -> NodeReader:
        from sovbank.xrpl.reader import NodeReader

        return NodeReader(session)
