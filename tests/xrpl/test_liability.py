"""What an issuer owes, and the names of account flags."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovbank.xrpl.liability import liability
from sovbank.xrpl.port import TrustLine
from sovbank.xrpl.settings import BY_NAME, SETTINGS, is_set, settings_of

ISSUER = "rhwY2bDcFQepZNhrPE3Gdo4PUaZtm1RMPY"
FTHUSD = "4654485553440000000000000000000000000000"


def line(peer: str, balance: str, **changes: Any) -> TrustLine:
    fields: dict[str, Any] = {
        "account": ISSUER,
        "peer": peer,
        "currency": FTHUSD,
        "balance": Decimal(balance),
        "limit": Decimal(0),
        "limit_peer": Decimal(1000),
        **dict.fromkeys(("authorized", "peer_authorized", "no_ripple", "no_ripple_peer"), False),
        **dict.fromkeys(("freeze", "freeze_peer", "deep_freeze", "deep_freeze_peer"), False),
    }
    return TrustLine(**(fields | changes))


def test_the_issuer_owes_what_its_lines_owe() -> None:
    lines = [
        line("rA", "-874999.5"),
        line("rB", "-105000", freeze=True),
        line("rC", "0"),
        line("rD", "7"),
        line("rE", "-3", currency="USD"),
        line("rF", "-9", account="rX"),
    ]
    owed = liability(lines, issuer=ISSUER, currency="FTHUSD")
    assert owed.owed == Decimal("979999.5")
    assert owed.holders == {"rA": Decimal("874999.5"), "rB": Decimal(105000)}
    # What somebody issued to the issuer does not lessen what it owes.
    assert owed.claims == {"rD": Decimal(7)}
    assert owed.currency == FTHUSD


def test_the_sum_does_not_round_where_the_server_does() -> None:
    lines = [line("rA", "-10000000000"), line("rB", "-4.999999")]
    assert liability(lines, issuer=ISSUER, currency="FTHUSD").owed == Decimal("10000000004.999999")


@given(st.lists(st.tuples(st.integers(1, 10**16 - 1), st.integers(-96, 80)), max_size=30))
def test_the_sum_is_exact_over_the_whole_range_of_the_ledger(values: list[tuple[int, int]]) -> None:
    lines = [
        line(f"r{number}", f"-{mantissa}e{exponent}") for number, (mantissa, exponent) in enumerate(values)
    ]
    expected = sum(
        (Fraction(mantissa) * Fraction(10) ** exponent for mantissa, exponent in values), Fraction(0)
    )
    assert Fraction(liability(lines, issuer=ISSUER, currency="FTHUSD").owed) == expected


def test_the_flags_of_a_real_account_have_names(server_answers: dict[str, Any]) -> None:
    answer = server_answers["answers"]["account_info"]["result"]
    named = settings_of(answer["account_data"]["Flags"])
    renamed = {
        "disableMaster": "disableMasterKey",
        "disallowXRP": "disallowIncomingXRP",
        "requireAuth": "requireAuthorization",
        "requireDestTag": "requireDestinationTag",
    }
    assert {renamed.get(name, name): value for name, value in named.items()} == answer["account_flags"]
    assert named["requireAuth"]
    assert is_set(answer["account_data"]["Flags"], "allowTrustLineClawback")


def test_the_table_of_flags_agrees_with_the_sdks() -> None:
    from xrpl.models.transactions.account_set import AccountSetAsfFlag

    for setting in SETTINGS:
        assert bin(setting.bit).count("1") == 1
        if setting.asf is not None:
            (known,) = (flag.name for flag in AccountSetAsfFlag if flag == setting.asf)
            ours = setting.name.replace("DestTag", "Dest").upper()
            assert known.removeprefix("ASF_").replace("_", "").replace("DISABLEINC", "DISALLOWINC") == ours
    assert len({setting.bit for setting in SETTINGS}) == len(SETTINGS) == len(BY_NAME)
    with pytest.raises(KeyError):
        is_set(0, "nothing")
