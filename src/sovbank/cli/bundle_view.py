"""What an officer sees of a bundle, in the order in which it matters; the same on every screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sovbank.ceremony.finalise import Standing
    from sovbank.ceremony.records import Bundle
    from sovbank.operations.house import House

_WORDS_A_LINE = 8


def bundle_lines(
    house: House, bundle: Bundle, *, drift: Sequence[str] = (), unchecked: Sequence[str] = ()
) -> list[str]:
    """Return the screen: network, what is done, what else changes, who has signed, and the digest."""
    from sovbank.cli.freeze_view import bundle_notes
    from sovbank.operations.multisig.proposing import names_of

    names = names_of(house)
    return [
        *_network(bundle),
        "",
        *_transactions(bundle, names),
        *bundle_notes(house, bundle),
        "",
        *_effects(bundle),
        "",
        *_signers(bundle, names, drift),
        *_unchecked(unchecked),
        "",
        *_digest(bundle),
    ]


def bundle_data(bundle: Bundle) -> dict[str, Any]:
    """Return a bundle for ``--json``: its digest, how far it has come, and the file itself."""
    from sovbank.ceremony.digest import digest_of, to_bytes
    from sovbank.ceremony.finalise import standing_of
    from sovbank.ceremony.words import digest_words

    digest = digest_of(bundle)
    return {
        "digest": digest,
        "words": " ".join(digest_words(digest)),
        "operations": [operation.id for operation in bundle.purpose.operations],
        "network": bundle.network.id,
        "production": bundle.production,
        "expires_ledger": bundle.expiry.ledger_index,
        "standing": list(standing_of(bundle)),
        "bundle": to_bytes(bundle).decode(),
    }


def _network(bundle: Bundle) -> list[str]:
    kind = "PRODUCTION" if bundle.production else "not production"
    return [f"Network {bundle.network.id} ({bundle.network.name}): {kind}"]


def _transactions(bundle: Bundle, names: Mapping[str, str]) -> list[str]:
    from sovbank.ceremony.describe import describe
    from sovbank.cli.cancel_view import cancelled_lines

    lines = [f"Purpose (as the proposer words it): {bundle.purpose.words}"]
    count = len(bundle.transactions)
    for place, said in enumerate(describe(bundle, names)):
        tx, operation = bundle.transactions[place], bundle.purpose.operations[place]
        lines.append(f"Transaction {place + 1} of {count}: {said.sentence}")
        if said.in_words is not None:
            lines.append(f"  in words: {said.in_words}")
        slot = f"ticket {tx['TicketSequence']}" if "TicketSequence" in tx else f"sequence {tx['Sequence']}"
        lines.append(f"  {operation.kind} {operation.reference}, operation {operation.id}")
        lines.append(f"  fee {tx['Fee']} drops, {slot}, valid up to ledger {tx['LastLedgerSequence']}")
        lines += [f"  {name}: {value}" for name, value in said.fields]
        lines += cancelled_lines(operation, names)
    lines.append(f"Expires with ledger {bundle.expiry.ledger_index}, about {bundle.expiry.time}")
    return lines


def _effects(bundle: Bundle) -> list[str]:
    if bundle.effects is None:
        return ["Nobody asked a node what this would change."]
    lines = []
    for place, expected in enumerate(bundle.effects, start=1):
        lines.append(f"The proposer's node expects of transaction {place}: {expected.result} (preliminary)")
        lines += [f"  {change.what}: {change.before} -> {change.after}" for change in expected.changes]
    return lines


def _signers(bundle: Bundle, names: Mapping[str, str], drift: Sequence[str]) -> list[str]:
    from sovbank.ceremony.finalise import standing_of

    lines = [f"Signers as of ledger {bundle.signer_list.ledger_index}, quorum {bundle.signer_list.quorum}"]
    standings = list(standing_of(bundle))
    # A list of transactions is mostly signed as a whole; it is then told once.
    alike: dict[tuple[str, ...], list[Standing]] = {}
    for standing in standings:
        alike.setdefault(tuple(standing.signed), []).append(standing)
    for signed, group in alike.items():
        for signer in bundle.signer_list.signers:
            word = "signed " if signer.account in signed else "missing"
            name = names.get(signer.account, "unknown")
            lines.append(f"  {word}  {name} ({signer.account}), weight {signer.weight}")
        state = "complete" if group[0].is_complete else "not complete"
        places = _places([standing.transaction + 1 for standing in group], len(standings))
        lines.append(f"  {places}: weight {group[0].weight} of {group[0].quorum}, {state}")
    for name, unchecked in _unchecked_by(bundle, names).items():
        lines.append(f"  {name} signed without checking: {', '.join(unchecked)}")
    lines += [f"  CHANGED SINCE: {change}" for change in drift]
    return lines


def _places(places: Sequence[int], count: int) -> str:
    if len(places) == 1:
        return f"transaction {places[0]}"
    if len(places) == count:
        return f"each of the {count} transactions"
    return f"transactions {', '.join(map(str, places))}, each"


def _unchecked_by(bundle: Bundle, names: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in bundle.signatures:
        listed = found.setdefault(names.get(one.signer, one.signer), [])
        listed += [name for name in one.unchecked if name not in listed]
    return {name: unchecked for name, unchecked in found.items() if unchecked}


def _unchecked(unchecked: Sequence[str]) -> list[str]:
    if not unchecked:
        return []
    from sovbank.operations.multisig.assumptions import IN_WORDS

    return ["", "NOT CHECKED without a network:", *(f"  {IN_WORDS.get(name, name)}" for name in unchecked)]


def _digest(bundle: Bundle) -> list[str]:
    from sovbank.ceremony.digest import digest_of
    from sovbank.ceremony.words import digest_words

    digest = digest_of(bundle)
    words = digest_words(digest)
    rows = [
        f"  {at + 1:2}-{at + _WORDS_A_LINE:2}  {' '.join(words[at : at + _WORDS_A_LINE])}"
        for at in range(0, len(words), _WORDS_A_LINE)
    ]
    return [f"Digest {digest}", "Read these words to the proposer, or have them read to you:", *rows]
