"""What the commands of `sovbank multisig` do with bundles: read one, ask about it, keep it, take it apart."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sovbank.cli.ceremony_view import say_lines

if TYPE_CHECKING:
    from pathlib import Path

    from sovbank.ceremony.records import Bundle
    from sovbank.cli.bundles import Kept
    from sovbank.cli.context import Run
    from sovbank.operations.house import House
    from sovbank.operations.multisig.cosigning import Cosigned

_QUESTION = "Sign this bundle?"
_BY_DIGEST = "--expect-digest"


def one_bundle(names: list[str], *, from_qr: bool, expect_digest: str | None) -> Bundle:
    """Return the one bundle that was given, of the expected digest if one was given."""
    from sovbank.ceremony.difference import require_digest
    from sovbank.ceremony.reading import parse_bundle
    from sovbank.ceremony.words import parse_digest
    from sovbank.cli.bundles import read_pieces
    from sovbank.errors.cli import CommandLineWrong

    expected = None if expect_digest is None else parse_digest(expect_digest)
    pieces = read_pieces(names, from_qr=from_qr)
    if len(pieces) != 1:
        raise CommandLineWrong("give one bundle")
    bundle = parse_bundle(pieces[0])
    if expected is not None:
        require_digest(bundle, expected)
    return bundle


def ask_to_sign(
    run: Run, house: House, bundle: Bundle, *, expect_digest: str | None, offline: bool
) -> list[str]:
    """Show the bundle and ask for an exact "Yes"; --expect-digest stands for it, --yes does not.

    Returns what the screen said of changes on the ledger since the bundle was made.
    """
    from sovbank.cli.bundle_view import bundle_lines
    from sovbank.errors.cli import YesNotAllowed
    from sovbank.operations.multisig.assumptions import assumed_house, unchecked_without_network
    from sovbank.operations.multisig.checkpoints import require_consistent
    from sovbank.operations.multisig.inspection import check_bundle, drift_of

    check_bundle(assumed_house(house, bundle)[0] if offline else house, bundle)
    require_consistent(house, bundle)
    drift = [] if offline else drift_of(house, bundle)
    unchecked = unchecked_without_network(bundle) if offline else ()
    lines = bundle_lines(house, bundle, drift=drift, unchecked=unchecked)
    if expect_digest is not None:
        say_lines(run, lines)
        run.prompt.agreed(_BY_DIGEST, () if run.options.quiet else lines)
        return drift
    if run.options.yes:
        raise YesNotAllowed("--yes does not sign a bundle; without a terminal, give --expect-digest")
    run.prompt.confirm(lines, question=_QUESTION, yes_allowed=False)
    return drift


def compare_checkpoints(house: House, bundle: Bundle) -> None:
    """Refuse a bundle that contradicts one signed here; a machine without a journal has signed none."""
    from sovbank.errors.journal import JournalMissing
    from sovbank.operations.multisig.checkpoints import require_consistent

    with contextlib.suppress(JournalMissing):
        require_consistent(house, bundle)


def screen_again(house: House, bundle: Bundle, signed: Mapping[str, str]) -> str:
    """Return the digest of the screen of a bundle, as it was when the given particulars were logged."""
    from sovbank.cli.bundle_view import bundle_lines
    from sovbank.cli.escape import escape
    from sovbank.operations.agreement import screen_sha256
    from sovbank.operations.multisig.assumptions import unchecked_without_network

    seen = set(signed.get("seen", "").split())
    then = tuple(one for one in bundle.signatures if f"{one.transaction}:{one.signer}" in seen)
    lines = bundle_lines(
        house,
        bundle.model_copy(update={"signatures": then}),
        drift=signed.get("drift", "").split("\n") if signed.get("drift") else (),
        unchecked=unchecked_without_network(bundle) if signed.get("unchecked") else (),
    )
    asked = [] if signed.get("agreed") == _BY_DIGEST else [_QUESTION]
    return screen_sha256([escape(text) for text in (*lines, *asked)])


def kept_form(kept: Kept, made: Bundle) -> Bundle:
    """Return the bundle as it was made first for this attempt, so that its digest stays the same."""
    from sovbank.ceremony.signing import add_signatures

    before = kept.like(made)
    if before is not None and before.transactions == made.transactions:
        return kept.keep(add_signatures(before, made.signatures))
    return kept.keep(made)


def hand_out(run: Run, house: House, made: Bundle) -> Bundle:
    """Keep a bundle, note that it leaves this machine, and return it as it was made first."""
    from sovbank.cli.bundles import Kept
    from sovbank.operations.multisig.transcript import note_handed_out

    bundle = kept_form(Kept(run), made)
    note_handed_out(house, bundle)
    return bundle


def show_and_write(
    run: Run,
    house: House,
    bundle: Bundle,
    target: str,
    *,
    more: Sequence[str] = (),
    qr: bool = False,
    qr_png: Path | None = None,
) -> None:
    """Show a bundle that nobody here has signed, with what is said of it, and write it for the officers."""
    from sovbank.ceremony.digest import to_bytes
    from sovbank.cli.bundle_view import bundle_lines
    from sovbank.cli.bundles import draw, give_piece

    say_lines(run, [*bundle_lines(house, bundle), *more])
    give_piece(run, to_bytes(bundle), target)
    draw(run, to_bytes(bundle), in_terminal=qr, folder=qr_png)


def raw_blobs(house: House, signed: Cosigned) -> list[str]:
    """Return the signed transactions of this machine's officers as hex."""
    from sovbank.ceremony.blobs import blob_of

    signers = [house.officer(name).account for name in signed.officers]
    return [blob_of(signed.bundle, place, signers) for place in range(len(signed.bundle.transactions))]


def blobs_apart(piece: bytes) -> list[bytes]:
    """Return a bundle whole, and raw blobs one by one."""
    return [piece] if piece.lstrip()[:1] == b"{" else piece.split()


def form_of(pieces: Sequence[bytes], *, from_qr: bool) -> str:
    """Return in words how signatures came: pictures of QR codes, bundles, raw blobs."""
    if from_qr:
        return "pictures of QR codes"
    bundles = sum(1 for piece in pieces if piece.lstrip()[:1] == b"{")
    counted = ((bundles, "bundle"), (len(pieces) - bundles, "raw blob"))
    return ", ".join(f"{count} {word}{'s' if count > 1 else ''}" for count, word in counted if count)
