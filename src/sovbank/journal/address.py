"""Journal URLs: an absolute path of a SQLite file, or a Postgres database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, quote, urlsplit

from sovbank.errors.journal import JournalUrlRefused

_SQLITE = "sqlite:///"
_POSTGRES = "postgresql+psycopg://"


@dataclass(frozen=True)
class SqliteAddress:
    """A database file."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    @property
    def uri(self) -> str:
        """The URI that opens the file for reading and writing and never makes it."""
        return f"file:{quote(str(self.path))}?mode=rw"


@dataclass(frozen=True)
class PostgresAddress:
    """A database on a server. Its text form shows no password."""

    url: str

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        user = f"{parts.username}@" if parts.username else ""
        return f"{_POSTGRES}{user}{_host(parts)}{parts.path}"

    @property
    def conninfo(self) -> str:
        """The form that libpq takes."""
        return "postgresql://" + self.url.removeprefix(_POSTGRES)


Address = SqliteAddress | PostgresAddress


def parse_address(url: str) -> Address:
    """Return the address that a journal URL names.

    A path is taken as it is written. Raises ``JournalUrlRefused`` for another scheme or a relative path.
    """
    if url.startswith(_SQLITE):
        path = Path(url.removeprefix(_SQLITE))
        if not path.is_absolute() or not url.isprintable():
            raise JournalUrlRefused(f"not an absolute path of a database file: {url[:200]!r}")
        return SqliteAddress(path)
    if url.startswith(_POSTGRES) and urlsplit(url).path.strip("/"):
        return PostgresAddress(url)
    raise JournalUrlRefused(f"not a journal URL: {url.split('://')[0][:40]!r}")


def sqlite_url(path: Path) -> str:
    """Return the journal URL of a database file."""
    return _SQLITE + str(path.absolute())


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]
