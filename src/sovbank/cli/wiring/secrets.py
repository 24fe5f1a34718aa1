"""Where passphrases and PINs come from in a run: a file descriptor, a file or the terminal, in this order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sovbank.cli.context import Options
    from sovbank.keys.asking import SecretKind, SecretSource
    from sovbank.keys.secret import Secret


def passphrase_source(options: Options, *, before_question: Callable[[], None]) -> SecretSource:
    """Return the source of a keystore's passphrase."""
    from sovbank.keys.passphrase import PASSPHRASE

    chosen = (options.passphrase_fd, options.passphrase_file, options.no_input)
    return _source(PASSPHRASE, *chosen, before_question)


def pin_source(options: Options, *, before_question: Callable[[], None]) -> SecretSource:
    """Return the source of a token's PIN."""
    from sovbank.keys.pin import PIN

    return _source(PIN, options.pin_fd, options.pin_file, options.no_input, before_question)


def _source(
    kind: SecretKind,
    descriptor: int | None,
    file: str | None,
    no_input: bool,
    before_question: Callable[[], None],
) -> SecretSource:
    if descriptor is not None:
        return kind.from_descriptor(descriptor)
    if file is not None:
        return kind.from_file(Path(file))
    if no_input:
        return kind.refuse_to_ask

    def ask(purpose: str, *, new: bool = False) -> Secret:
        before_question()
        return kind.from_terminal(purpose, new=new)

    return ask
