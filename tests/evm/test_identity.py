"""Keys and ids computed here are those that the contracts compute."""

from __future__ import annotations

import pytest
from eth_utils import keccak, to_checksum_address
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sovbank.errors.evm import MalformedEvmValue
from sovbank.errors.wire import MalformedAddress
from sovbank.evm import identity
from sovbank.evm.abi import codec
from sovbank.evm.control_plane import EvmControlPlane
from sovbank.evm.port import AssetId, BurnNotice, MintTerms
from sovbank.evm.session import EvmSession
from sovbank.wire.addresses import encode_address
from sovbank.wire.currency import currency_bytes

from .conftest import Bank

ISSUER = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"

accounts = st.binary(min_size=20, max_size=20).map(encode_address)
networks = st.integers(0, 2**32 - 1)
currencies = st.sampled_from(["USD", "usd", "FTHUSD", "USDF", "0158415500000000C1F76FF6ECB0BAC600000000"])
words = st.binary(min_size=32, max_size=32)
amounts = st.integers(1, 2**128 - 1)
references = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}", fullmatch=True)
slowly = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class MintGuardItself:
    """Asks the deployed contract."""

    def __init__(self, bank: Bank) -> None:
        control: EvmControlPlane = bank.open()
        self._session: EvmSession = control._session
        self._address = bank.contracts.mint_guard

    def __call__(self, function: str, *arguments: object) -> bytes:
        abi = codec("MintGuard")
        block = self._session.head()
        answer = self._session.call(self._address, abi.encode(function, *arguments), block)
        return bytes(abi.decode(function, answer))


@pytest.fixture
def ask(bank: Bank) -> MintGuardItself:
    """The deployed MintGuard."""
    return MintGuardItself(bank)


@slowly
@given(network=networks, account=accounts)
def test_account_keys_are_the_contracts(ask: MintGuardItself, network: int, account: str) -> None:
    namespace = ask("xrplNamespace", network)
    assert identity.network_namespace(network) == namespace
    expected = ask("accountKey", namespace, identity.decode_address(account))
    assert identity.account_key(network, account) == expected


@slowly
@given(network=networks, issuer=accounts, currency=currencies)
def test_asset_keys_are_the_contracts(ask: MintGuardItself, network: int, issuer: str, currency: str) -> None:
    expected = ask(
        "assetKey",
        ask("xrplNamespace", network),
        identity.decode_address(issuer),
        currency_bytes(currency),
    )
    assert identity.asset_key(AssetId(network, issuer, currency)) == expected


@slowly
@given(account=accounts, amount=amounts, reference=references, expiry=st.integers(0, 2**64 - 1))
def test_mint_ids_are_the_contracts_whatever_the_expiry(
    ask: MintGuardItself, account: str, amount: int, reference: str, expiry: int
) -> None:
    asset = AssetId(21338, ISSUER, "FTHUSD")
    terms = MintTerms(asset, account, amount, reference, expiry)
    expected = ask(
        "mintId",
        identity.asset_key(asset),
        identity.account_key(21338, account),
        amount,
        identity.bank_reference_hash(reference),
    )
    assert identity.mint_request_id(terms) == expected.hex()


@slowly
@given(redemption=words, tx_hash=words, amount=amounts, reason=st.sampled_from(identity.BURN_REASONS))
def test_burn_ids_are_the_contracts(
    ask: MintGuardItself, redemption: bytes, tx_hash: bytes, amount: int, reason: str
) -> None:
    asset = AssetId(21338, ISSUER, "FTHUSD")
    notice = BurnNotice(asset, redemption.hex(), amount, tx_hash.hex().upper(), reason)
    expected = ask(
        "burnId",
        redemption,
        identity.asset_key(asset),
        amount,
        tx_hash,
        identity.BURN_REASONS.index(reason),
    )
    assert identity.burn_record_id(notice) == expected


@given(data=st.binary(max_size=500))
def test_keccak_is_keccak(data: bytes) -> None:
    assert identity.keccak256(data) == keccak(data)


@given(account=st.binary(min_size=20, max_size=20))
def test_checksums_are_those_of_eip_55(account: bytes) -> None:
    expected = to_checksum_address(account)
    assert identity.checksum_address("0x" + account.hex()) == expected
    assert identity.checksum_address(expected) == expected
    assert identity.checksum_address("0x" + account.hex().upper()) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        "0x12",
        "0x" + "zz" * 20,
        "12" * 20,
        "0x5aAeb6053f3E94C9b9A09f33669435E7Ef1BeAeD",
        "0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(MalformedEvmValue):
        identity.checksum_address(text)


@pytest.mark.parametrize(
    ("nonce", "address"),
    [
        # A widely published example of the addresses that one account creates.
        (0, "0xcd234A471b72ba2F1Ccf0A70FCABA648a5eeCD8d"),
        (1, "0x343c43A37D37dfF08AE8C4A11544c718AbB4fCF8"),
        (2, "0xf778B86FA74E846c4f0a1fBd1335FE81c00a0C91"),
        (3, "0xffFd933A0bC612844eaF0C6Fe3E5b8E9B6C1d19c"),
    ],
)
def test_created_addresses_are_known_beforehand(nonce: int, address: str) -> None:
    creator = "0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0"
    assert identity.created_address(creator, nonce) == address


def test_a_key_of_one_kind_or_network_is_never_one_of_another() -> None:
    one = identity.account_key(0, ISSUER)
    assert one != identity.account_key(1, ISSUER)
    assert one != identity.asset_key(AssetId(0, ISSUER, "USD"))
    assert identity.asset_key(AssetId(0, ISSUER, "USD")) != identity.asset_key(AssetId(0, ISSUER, "usd"))


def test_the_reference_and_the_kyc_case_have_domains_of_their_own() -> None:
    assert identity.bank_reference_hash("A-1") != identity.kyc_key("A-1")


@pytest.mark.parametrize("amount", [0, -1, 2**128])
def test_amounts_that_the_contract_does_not_know_are_refused(amount: int) -> None:
    with pytest.raises(MalformedEvmValue):
        identity.mint_request_id(MintTerms(AssetId(0, ISSUER, "USD"), ISSUER, amount, "A", 0))


def test_malformed_names_are_refused() -> None:
    with pytest.raises(MalformedAddress):
        identity.account_key(0, "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTi")
    with pytest.raises(MalformedEvmValue):
        identity.network_namespace(2**32)
    with pytest.raises(MalformedEvmValue):
        identity.word("12", "hash")
    with pytest.raises(MalformedEvmValue):
        identity.burn_reason(BurnNotice(AssetId(0, ISSUER, "USD"), "", 1, "00" * 32, "theft"))
