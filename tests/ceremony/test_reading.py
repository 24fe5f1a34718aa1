"""What a bundle file must be, byte by byte."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import (
    CEO,
    CFO,
    COO,
    ISSUER,
    STRANGER,
    TREASURY,
    bundle,
    draft,
    operation,
    payment,
    person,
    signature,
)

from sovbank.ceremony.combine import admit
from sovbank.ceremony.create import create_bundle
from sovbank.ceremony.difference import require_digest
from sovbank.ceremony.digest import content_of, digest_of, to_bytes
from sovbank.ceremony.limits import MAX_BUNDLE_BYTES
from sovbank.ceremony.reading import parse_bundle
from sovbank.ceremony.signing import add_signatures, check_signatures
from sovbank.core.canonical import canonical_json
from sovbank.errors.base import SovbankError
from sovbank.errors.ceremony import (
    BundleDiffers,
    BundleInconsistent,
    BundleMalformed,
    BundleNotCanonical,
    BundleTooLarge,
    KeyNotOfSigner,
    StrangerSigned,
)

ONE = bundle()
SIGNED = add_signatures(ONE, [signature(ONE, CEO.address), signature(ONE, CFO.address)])


def changed(change: Callable[[dict[str, Any]], Any], of: Any = SIGNED) -> bytes:
    """Return the canonical bytes of a bundle after a change to its values."""
    values = json.loads(to_bytes(of))
    change(values)
    return canonical_json(values)


def put(*path: str | int, to: Any) -> Callable[[dict[str, Any]], Any]:
    def change(values: Any) -> None:
        for step in path[:-1]:
            values = values[step]
        values[path[-1]] = to

    return change


def drop(*path: str | int) -> Callable[[dict[str, Any]], Any]:
    def change(values: Any) -> None:
        for step in path[:-1]:
            values = values[step]
        del values[path[-1]]

    return change


@pytest.mark.parametrize("count", [1, 2, 7, 32])
def test_a_bundle_is_read_as_it_was_written(count: int) -> None:
    made = bundle(count)
    assert parse_bundle(to_bytes(made)) == made
    assert len(digest_of(made)) == 64


def test_signatures_are_no_part_of_the_digest() -> None:
    assert digest_of(SIGNED) == digest_of(ONE)
    assert "signatures" not in content_of(ONE)
    assert to_bytes(SIGNED) != to_bytes(ONE)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (put("comment", to="hello"), "comment"),
        (put("network", "nmae", to="devnet"), "network.nmae"),
        (put("purpose", "operations", 0, "note", to=""), "purpose.operations.0.note"),
        (put("signatures", 0, "comment", to=""), "signatures.0.comment"),
        (drop("checkpoint"), "checkpoint"),
        (drop("effects"), "effects"),
        (drop("signatures"), "signatures"),
        (drop("signer_list", "signers", 0, "regular_key"), "signer_list.signers.0.regular_key"),
        (put("format", to="sovbank/bundle/v2"), "format"),
        (put("production", to="false"), "production"),
        (put("production", to=0), "production"),
        (put("network", "id", to="21338"), "network.id"),
        (put("network", "id", to=-1), "network.id"),
        (put("network", "id", to=2**32), "network.id"),
        (put("network", "name", to="Dev net"), "network.name"),
        (put("transactions", to=[]), "transactions"),
        (put("transactions", to={}), "transactions"),
        (put("transactions", 0, to=[]), "transactions.0"),
        (put("signer_list", "account", to="rrrrrrrrrrrrrrrrrrrrrhoLvTq"), "signer_list.account"),
        (put("signer_list", "quorum", to=0), "signer_list.quorum"),
        (put("signer_list", "signers", 0, "weight", to=65536), "signer_list.signers.0.weight"),
        (put("signer_list", "signers", to=[]), "signer_list.signers"),
        (put("signer_list", "ledger_hash", to="ab" * 32), "signer_list.ledger_hash"),
        (put("expiry", "time", to="2026-11-31T00:00:00Z"), "expiry.time"),
        (put("expiry", "time", to="2026-11-30T00:00:00+01:00"), "expiry.time"),
        (put("expiry", "time", to="2026-11-30T24:00:00Z"), "expiry.time"),
        (put("checkpoint", "hash", to="5A" * 32), "checkpoint.hash"),
        (put("checkpoint", "seq", to=-1), "checkpoint.seq"),
        (put("purpose", "words", to=""), "purpose.words"),
        (put("purpose", "operations", 0, "id", to="00"), "purpose.operations.0.id"),
        (put("purpose", "operations", 0, "reference", to="a b"), "purpose.operations.0.reference"),
        (put("purpose", "operations", 0, "parameters", "amount", to=1), "purpose.operations.0.parameters"),
        (put("totals", "fees", to="012"), "totals.fees"),
        (put("signatures", 0, "public_key", to="ED" + "0" * 63), "signatures.0.public_key"),
        (put("signatures", 0, "signature", to="ab" * 64), "signatures.0.signature"),
        (put("signatures", 0, "transaction", to=32), "signatures.0.transaction"),
        (put("effects", 0, "result", to="TES success"), "effects.0.result"),
    ],
)
def test_a_value_of_the_wrong_form_is_named(change: Callable[[dict[str, Any]], Any], path: str) -> None:
    with pytest.raises(BundleMalformed) as caught:
        parse_bundle(changed(change))
    assert path in caught.value.message


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (put("purpose", "operations", 0, "parameters", "amount", to="1.00"), "purpose.operations.0.id"),
        (put("purpose", "operations", 0, "reference", to="DEP-2026-9999"), "purpose.operations.0.id"),
        (put("transactions", 0, "InvoiceID", to="0" * 64), "transactions.0.InvoiceID"),
        (put("transactions", 0, "Account", to=TREASURY), "transactions.0"),
        (put("transactions", 0, "SigningPubKey", to="ED" + "00" * 32), "transactions.0.SigningPubKey"),
        (drop("transactions", 0, "SigningPubKey"), "transactions.0.SigningPubKey"),
        (drop("transactions", 0, "LastLedgerSequence"), "transactions.0.LastLedgerSequence"),
        (drop("transactions", 0, "Fee"), "transactions.0.Fee"),
        (drop("transactions", 0, "Destination"), "transactions.0.Destination"),
        (drop("transactions", 0, "Amount"), "transactions.0.Amount"),
        (put("transactions", 0, "TxnSignature", to="00"), "transactions.0.TxnSignature"),
        (put("transactions", 0, "hash", to="00"), "transactions.0.hash"),
        (put("transactions", 0, "NetworkID", to=1), "transactions.0.NetworkID"),
        (drop("transactions", 0, "NetworkID"), "transactions.0.NetworkID"),
        (put("network", "id", to=1), "transactions.0.NetworkID"),
        (put("transactions", 0, "Flags", to=0x00020000), "transactions.0.Flags"),
        (put("transactions", 0, "Sequence", to=7), "transactions.0.Sequence"),
        (drop("transactions", 0, "TicketSequence"), "transactions.0.Sequence"),
        (put("transactions", 0, "Amount", "value", to="250000.50"), "transactions.0"),
        (put("transactions", 0, "Amount", "value", to="1.00000000000000001"), "transactions.0"),
        (put("transactions", 0, "Amount", "value", to=True), "transactions.0"),
        (put("transactions", 0, "Destination", to="nobody"), "transactions.0"),
        (put("transactions", 0, "Colour", to="red"), "transactions.0"),
        (put("transactions", 0, "LastLedgerSequence", to=901), "expiry.ledger_index"),
        (put("expiry", "ledger_index", to=901), "expiry.ledger_index"),
        (put("signer_list", "ledger_index", to=900), "signer_list.ledger_index"),
        (put("signer_list", "account", to=CEO.address), "transactions.0.Account"),
        (put("signer_list", "quorum", to=7), "signer_list.quorum"),
        (lambda values: values["signer_list"]["signers"].reverse(), "signer_list.signers"),
        (
            lambda values: values["signer_list"]["signers"].append(values["signer_list"]["signers"][-1]),
            "signer",
        ),
        (put("totals", "pays", to={}), "totals"),
        (put("totals", "takes", "XRP", to="1"), "totals"),
        (put("totals", "fees", to="1"), "totals"),
        (put("effects", to=[]), "effects"),
        (lambda values: values["signatures"].reverse(), "signatures"),
        (lambda values: values["signatures"].append(values["signatures"][-1]), "signatures"),
        (put("signatures", 1, "transaction", to=1), "signatures"),
        (lambda values: values["transactions"].append(values["transactions"][0]), "purpose.operations"),
    ],
)
def test_parts_that_contradict_each_other_are_named(
    change: Callable[[dict[str, Any]], Any], path: str
) -> None:
    with pytest.raises(BundleInconsistent) as caught:
        parse_bundle(changed(change))
    assert path in caught.value.message
    assert caught.value.details["path"] in caught.value.message


def test_the_account_cannot_be_its_own_signer() -> None:
    own = ONE.signer_list.signers[0].model_copy(update={"account": ISSUER})
    with pytest.raises(BundleInconsistent, match="account itself"):
        create_bundle(draft(signers=[own, *ONE.signer_list.signers[1:]]))


@pytest.mark.parametrize(
    "transactions",
    [
        [payment(0), payment(1, TicketSequence=10)],
        [payment(0, TicketSequence=None, Sequence=5), payment(1, TicketSequence=None, Sequence=5)],
    ],
)
def test_a_ticket_or_sequence_is_used_once(transactions: list[dict[str, Any]]) -> None:
    with pytest.raises(BundleInconsistent, match="stands twice"):
        create_bundle(draft(2, transactions=transactions))


def test_an_operation_stands_once() -> None:
    with pytest.raises(BundleInconsistent, match="an operation stands twice"):
        create_bundle(draft(2, operations=[operation(0), operation(0)]))


def test_mints_have_ids_of_their_own_rule() -> None:
    mint = operation(kind="mint")
    assert parse_bundle(to_bytes(bundle(operations=[mint]))).purpose.operations[0] == mint


def test_networks_up_to_1024_carry_no_network_id() -> None:
    legacy = ONE.network.model_copy(update={"id": 1, "name": "testnet"})
    made = bundle(network=legacy, transactions=[payment(NetworkID=None)])
    assert parse_bundle(to_bytes(made)).network.id == 1
    with pytest.raises(BundleInconsistent, match="NetworkID"):
        bundle(network=legacy)


def test_totals_are_exact() -> None:
    xrp = payment(1, Amount="17")
    made = bundle(3, transactions=[payment(0), xrp, payment(2)])
    assert made.totals.fees == "360"
    assert made.totals.pays["XRP"] == "17"
    assert made.totals.pays[f"{payment()['Amount']['currency']}/{ISSUER}"] == "500003"


def test_a_clawback_takes_from_its_holder() -> None:
    amount = {**payment()["Amount"], "issuer": TREASURY}
    made = bundle(
        transactions=[payment(TransactionType="Clawback", Amount=amount, Destination=None, InvoiceID=None)]
    )
    assert made.totals.pays == {}
    assert made.totals.takes == {f"{amount['currency']}/{ISSUER}": "250000.5"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b'"text"',
        b"{" * 100 + b"}" * 100,
        b"[" * 50_000 + b"]" * 50_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'{"format":NaN}',
        b'{"format":1e400}',
        b'{"format":"\\ud800"}',
        b'{"format":' + b"9" * 5000 + b"}",
        b"[" * 20 + b'"' + b'\\"' * 200_000,
        b" " * (MAX_BUNDLE_BYTES + 1),
        b"{" + b",".join(b'"k%d":0' % number for number in range(19_000)) + b"}",
        b'{"transactions":[' + b",".join([b"{}"] * 9000) + b"]}",
        to_bytes(SIGNED)[:-1],
        to_bytes(SIGNED) + b"}",
        to_bytes(SIGNED).replace(b'"production":false', b'"production":0.0'),
    ],
    ids=lambda data: data[:20].decode("latin1"),
)
def test_what_is_no_bundle_is_refused(data: bytes) -> None:
    with pytest.raises((BundleMalformed, BundleTooLarge)):
        parse_bundle(data)


@pytest.mark.parametrize(
    "fields",
    [
        {"Memos": [{"Memo": {"MemoData": "AB"}}] * 60},
        {"Memos": [{"Memo": {"MemoData": "AB" * 900}}]},
        {"Memos": [{"Memo": {}}] * 500},
        {"Paths": [[{"account": ISSUER}] * 8] * 6},
        {"Domain": "A" * 9000},
    ],
    ids=["memos", "large memos", "empty memos", "paths", "text"],
)
def test_what_costs_the_codec_most_is_refused_in_time(fields: dict[str, Any]) -> None:
    many = bundle(32)
    costly = many.model_copy(update={"transactions": tuple({**tx, **fields} for tx in many.transactions)})
    data = to_bytes(costly)
    before = time.process_time()
    with pytest.raises(BundleTooLarge):
        parse_bundle(data)
    assert time.process_time() - before < 0.15


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data + b"\n",
        lambda data: b" " + data,
        lambda data: data.replace(b'":', b'": ', 1),
        lambda data: data.replace(b'"devnet"', b'"\\u0064evnet"'),
        lambda data: data.replace(b'{"id":21338,"name":"devnet"}', b'{"name":"devnet","id":21338}'),
    ],
)
def test_only_the_canonical_bytes_will_do(change: Callable[[bytes], bytes]) -> None:
    data = change(to_bytes(SIGNED))
    assert data != to_bytes(SIGNED)
    with pytest.raises(BundleNotCanonical, match="from byte"):
        parse_bundle(data)


def test_a_name_stands_once() -> None:
    data = to_bytes(ONE).replace(b'"production":false', b'"production":true,"production":false')
    with pytest.raises(BundleMalformed, match="stands twice"):
        parse_bundle(data)


def _signature_section(data: bytes) -> range:
    start = data.index(b'"signatures":[') + len(b'"signatures":[')
    return range(start, data.index(b'],"signer_list"'))


def _mutants(data: bytes, place: int) -> list[bytes]:
    old = data[place]
    others = {old ^ 1, ord("0") if old != ord("0") else ord("7")}
    return [data[:place] + bytes([other]) + data[place + 1 :] for other in sorted(others - {old})]


def test_every_changed_byte_of_the_content_is_refused_and_the_difference_named() -> None:
    data = to_bytes(SIGNED)
    outside = [place for place in range(len(data)) if place not in _signature_section(data)]
    expected = digest_of(SIGNED)
    for place in outside:
        for mutant in _mutants(data, place):
            with pytest.raises(SovbankError) as caught:
                admit(SIGNED, mutant)
            assert caught.value.message
            if isinstance(caught.value, BundleDiffers):
                assert caught.value.details["path"]
                assert caught.value.details["expected"] != caught.value.details["found"]
                with pytest.raises(BundleDiffers) as by_digest:
                    require_digest(parse_bundle(mutant), expected)
                assert expected in by_digest.value.message
                assert "word " in by_digest.value.message


def test_every_changed_byte_of_a_signature_is_refused_and_the_signature_named() -> None:
    data = to_bytes(SIGNED)
    for place in _signature_section(data):
        for mutant in _mutants(data, place):
            with pytest.raises(SovbankError) as caught:
                admit(SIGNED, mutant)
            named = any(part in caught.value.message for part in ("signature", "signer", "JSON", "canonical"))
            assert named, caught.value.message


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_removing_or_adding_a_byte_is_refused(data: st.DataObject) -> None:
    whole = to_bytes(SIGNED)
    place = data.draw(st.integers(0, len(whole) - 1))
    extra = data.draw(st.binary(max_size=1))
    with pytest.raises(SovbankError):
        admit(SIGNED, whole[:place] + extra + whole[place + (not extra) :])


def test_the_stranger_and_the_wrong_key_are_told_apart() -> None:
    stranger = signature(ONE, COO.address).model_copy(update={"signer": STRANGER.address})
    with pytest.raises(StrangerSigned, match=STRANGER.address):
        check_signatures(ONE.model_copy(update={"signatures": (stranger,)}))
    other = signature(ONE, COO.address, by=person("somebody"))
    with pytest.raises(KeyNotOfSigner, match=COO.address):
        check_signatures(ONE.model_copy(update={"signatures": (other,)}))
