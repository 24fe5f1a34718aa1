"""Currency codes: valid and invalid ones, and agreement with xrpl-py's bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xrpl.core.binarycodec.types.currency import Currency

from sovbank.errors.wire import MalformedCurrency
from sovbank.wire.currency import currency_bytes, display_currency, encode_currency

FTHUSD = "4654485553440000000000000000000000000000"
VALID = {
    "USD": "USD",
    "usd": "usd",
    "A1?": "A1?",
    "FTHUSD": FTHUSD,
    "USDF": "5553444600000000000000000000000000000000",
    "ABCDEFGHIJKLMNOPQRST": "4142434445464748494A4B4C4D4E4F5051525354",
    FTHUSD: FTHUSD,
    FTHUSD.lower(): FTHUSD,
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF": "F" * 40,
}
INVALID = {
    "empty": "",
    "XRP": "XRP",
    "xrp": "xrp",
    "two letters": "US",
    "twenty-one letters": "ABCDEFGHIJKLMNOPQRSTU",
    "space": "FTH USD",
    "control": "FTH\x1bUSD",
    "not ascii": "FTHÜSD",
    "full width": "\uff35\uff33\uff24",
    "line break": "USD\n",
    "three with a dot": "U.D",
    "hex of XRP": "0" * 40,
    "hex of a standard code": "0000000000000000000000005553440000000000",
    "hex reserved": "00" + "AB" * 19,
    "thirty-nine digits": "A" * 39,
}


@pytest.mark.parametrize("code", VALID)
def test_valid(code: str) -> None:
    assert encode_currency(code) == VALID[code]


@pytest.mark.parametrize("name", INVALID)
def test_invalid(name: str) -> None:
    with pytest.raises(MalformedCurrency):
        encode_currency(INVALID[name])


@pytest.mark.parametrize("code", VALID)
def test_the_bytes_are_those_of_xrpl_py(code: str) -> None:
    assert currency_bytes(code) == bytes(Currency.from_value(encode_currency(code)))


DISPLAYED = {
    FTHUSD: "FTHUSD",
    FTHUSD.lower(): "FTHUSD",
    "USD": "USD",
    "0158415500000000C1F76FF6ECB0BAC600000000": "0158415500000000C1F76FF6ECB0BAC600000000",
    "55534400" + "00" * 16: "55534400" + "00" * 16,  # would look like USD
    "58525000" + "00" * 16: "58525000" + "00" * 16,  # would look like XRP
    "4654480055534400000000000000000000000000": "4654480055534400000000000000000000000000",
    "1B5B324A00000000000000000000000000000000": "1B5B324A00000000000000000000000000000000",
    "G" * 40: "G" * 40,
}


@pytest.mark.parametrize("code", DISPLAYED)
def test_displayed(code: str) -> None:
    assert display_currency(code) == DISPLAYED[code]


@given(st.text(max_size=45))
def test_any_text_is_encoded_or_refused(code: str) -> None:
    try:
        ledger_code = encode_currency(code)
    except MalformedCurrency:
        return
    assert encode_currency(ledger_code) == ledger_code
    assert len(currency_bytes(code)) == 20
    if len(code) < 40:
        assert display_currency(ledger_code) == code


@given(st.text("0123456789abcdefABCDEF", min_size=40, max_size=40))
def test_a_displayed_name_leads_back_to_its_code(code: str) -> None:
    shown = display_currency(code)
    assert shown == code or encode_currency(shown) == code.upper()
