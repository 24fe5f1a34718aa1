"""Noise at the door: whatever parameters and signed transactions come, no answer is a surprise.

The server answers a value that it cannot convert with ``internal``, and so does the devnet; what it never
does is catch an exception that nothing foresaw.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sovbank.devnet.ledger.fields import FIELDS, TRANSACTION_TYPES
from sovbank.devnet.ledger.values import MptAmount, TokenAmount
from sovbank.devnet.rpc.dispatch import LOG, METHODS
from sovbank.devnet.transactions.registry import TRANSACTORS

GENESIS = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"
USD = bytes(12) + b"USD" + bytes(5)
NAMES = sorted(
    {
        *("account", "ledger_index", "ledger_hash", "ledger", "marker", "limit", "type", "peer", "role"),
        *("hotwallet", "strict", "transaction", "ctid", "binary", "min_ledger", "max_ledger", "forward"),
        *("ledger_index_min", "ledger_index_max", "tx_blob", "tx_json", "fail_hard", "nft_id", "index"),
        *("account_root", "credential", "deposit_preauth", "directory", "ripple_state", "ticket", "offer"),
        *("mptoken", "mpt_issuance", "escrow", "fee", "hashes", "signer_list", "credentials", "feature"),
        *("source_account", "destination_account", "queue", "signer_lists", "transactions", "expand"),
        *("full", "accounts", "deletion_blockers_only", "ignore_default", "permissioned_domain"),
        *("ident", "tx_hash", "start", "amm", "bridge", "oracle", "vault", "loan", "delegate", "did"),
    }
)
KEYS = sorted(
    {"account", "accounts", "currency", "owner", "seq", "ticket_seq", "subject", "issuer", "value"}
    | {"credential_type", "authorized", "authorized_credentials", "sub_index", "dir_root", "ledger"}
    | {"mpt_issuance_id", "Signer", "Memo", "SignerEntry"}
    | set(FIELDS)
)
TEXTS = st.one_of(
    st.sampled_from([GENESIS, "validated", "current", "3", "0" * 64, "F" * 64, "0" * 48, "user", "state"]),
    st.sampled_from(["Payment", "AccountSet", "TrustSet", "XRP", "USD", "1e3", "-1", "0.5", "", "r", ","]),
    st.text(max_size=8),
)
JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)
ACCOUNT_NAMES = ("alice", "bob", "nobody")


@given(
    st.sampled_from(sorted(set(METHODS) - {"ledger_accept"})),
    st.dictionaries(st.sampled_from(NAMES), JUNK, max_size=4),
    st.booleans(),
    st.sampled_from([1, 2]),
)
@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_parameters_of_any_kind(
    chain: Any, method: str, params: dict[str, Any], known: bool, version: int
) -> None:
    if known:
        params = {"account": GENESIS, **params}
    with patch.object(LOG, "exception", side_effect=AssertionError((method, params))):
        answer = chain.call(method, api_version=version, **params)
    assert answer["status"] == ("error" if "error" in answer else "success")


@given(
    st.dictionaries(st.sampled_from(sorted(FIELDS)), JUNK, max_size=5),
    st.sampled_from(sorted(TRANSACTION_TYPES)),
)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_drafts_of_any_kind(chain: Any, fields: dict[str, Any], kind: str) -> None:
    draft = {"TransactionType": kind, "Account": GENESIS, **fields}
    answer = chain.call("simulate", tx_json=draft)
    assert answer.get("error") != "internal", draft
    assert answer.get("engine_result") != "tefEXCEPTION", draft


def accounts(signer: Callable[[str], Any]) -> st.SearchStrategy[bytes]:
    """Draw accounts that exist and accounts that do not."""
    return st.sampled_from([signer(name).account for name in ACCOUNT_NAMES] + [bytes(20), b"\xff" * 20])


def arrays(signer: Callable[[str], Any], name: str) -> st.SearchStrategy[Any]:
    """Draw arrays of signers or of credentials, as the field asks."""
    holders = accounts(signer)
    signers = st.builds(
        lambda who, weight: {"SignerEntry": {"Account": who, "SignerWeight": weight}},
        holders,
        st.integers(0, 3),
    )
    credentials = st.builds(
        lambda who, kind: {"Credential": {"Issuer": who, "CredentialType": kind}},
        holders,
        st.binary(max_size=70),
    )
    element = st.one_of(signers, credentials) if name == "SignerEntries" else credentials
    return st.lists(element, max_size=4).map(tuple)


def values(signer: Callable[[str], Any]) -> dict[str, st.SearchStrategy[Any]]:
    """Draw values of fields by type, with a taste for the edges."""
    holders = accounts(signer)
    small = st.sampled_from([0, 1, 2, 3, 7])
    token = st.builds(
        TokenAmount,
        st.sampled_from([USD, b"\x01" + bytes(19)]),
        holders.filter(any),
        st.sampled_from([10**15, -(10**15), 10**16 - 1, 1234567890123456]),
        st.sampled_from([-96, -15, -6, 0, 80]),
    )
    nothing = st.builds(TokenAmount, st.just(USD), holders.filter(any), st.just(0), st.just(-100))
    mpt = st.builds(MptAmount, st.binary(min_size=24, max_size=24), st.sampled_from([0, 1, 2**63 - 1]))
    account = signer("bob").account
    return {
        "UInt8": st.one_of(small, st.integers(0, 2**8 - 1)),
        "UInt16": st.one_of(small, st.integers(0, 2**16 - 1)),
        "UInt32": st.one_of(small, st.integers(0, 2**32 - 1)),
        "UInt64": st.one_of(small, st.integers(0, 2**64 - 1)),
        "Hash128": st.binary(min_size=16, max_size=16),
        "Hash192": st.builds(lambda n: n.to_bytes(4, "big") + account, st.integers(0, 9)),
        "Hash256": st.one_of(st.just(bytes(32)), st.binary(min_size=32, max_size=32)),
        "Blob": st.one_of(st.just(b""), st.binary(max_size=300)),
        "AccountID": holders,
        "Amount": st.one_of(st.integers(-5, 10**17 + 5), small, token, nothing, mpt),
        "Vector256": st.lists(st.binary(min_size=32, max_size=32), max_size=4).map(tuple),
        "PathSet": st.lists(
            st.lists(
                st.fixed_dictionaries(
                    {}, optional={"account": holders, "issuer": holders, "currency": st.just(USD)}
                ).filter(bool),
                min_size=1,
                max_size=3,
            ).map(tuple),
            min_size=1,
            max_size=3,
        ).map(tuple),
    }


@given(st.data())
@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_signed_transactions_of_any_kind(
    chain: Any, signer: Callable[[str], Any], data: st.DataObject
) -> None:
    alice, bob = signer("alice"), signer("bob")
    if chain.call("account_info", account=alice.address).get("error"):
        chain.fund(alice, bob)
    kind = data.draw(st.sampled_from(sorted(TRANSACTORS)))
    drawn = values(signer)
    optional = sorted(TRANSACTORS[kind].optional | {"Flags", "LastLedgerSequence", "TicketSequence"})
    chosen = [
        *sorted(TRANSACTORS[kind].required),
        *data.draw(st.lists(st.sampled_from(optional), unique=True, max_size=4)),
    ]
    fields = {
        name: data.draw(arrays(signer, name) if FIELDS[name].type == "STArray" else drawn[FIELDS[name].type])
        for name in chosen
    }
    if "TicketSequence" in fields:
        fields["Sequence"] = 0
    answer = chain.submit(data.draw(st.sampled_from([alice, bob])), TransactionType=kind, **fields)
    assert answer.get("error") in (None, "invalidTransaction"), answer
    assert answer.get("engine_result") not in ("tefEXCEPTION", "temUNKNOWN"), (kind, fields)
    if data.draw(st.integers(0, 20)) == 0:
        chain.close()
