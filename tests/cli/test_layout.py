"""Tables and panels line up, fit, and never cut an identifier."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovbank.cli.layout import Column, fitted, panel_lines, table_lines, wrap

ADDRESS = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"
HASH = "E3FE6EA3D48F0C2B639448020EA4F03D4F4F8FFDB243A852A0F59177921B4879"


def lines(columns: list[Column], rows: list[list[object]], width: int | None) -> list[str]:
    return [text for text, _ in table_lines(columns, rows, width)]


def test_amounts_stand_on_the_right_and_columns_line_up() -> None:
    shown = lines(
        [Column("account"), Column("balance", right=True)],
        [[ADDRESS, Decimal("1000000")], [ADDRESS, Decimal("12.5")]],
        80,
    )
    assert shown[2].endswith("1,000,000.00")
    assert shown[3].endswith("12.50")
    assert len(shown[2]) == len(shown[3])
    assert shown[0].startswith("account")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_an_identifier_is_whole_on_one_line_at_any_width(width: int) -> None:
    shown = lines(
        [Column("account"), Column("hash"), Column("why", wrap=True), Column("amount", right=True)],
        [[ADDRESS, HASH, "a reason " * 12, Decimal("5")]],
        width,
    )
    assert any(ADDRESS in line for line in shown)
    assert any(HASH in line for line in shown)
    assert all(len(line) <= width or HASH in line or ADDRESS in line for line in shown)


def test_prose_wraps_inside_its_column() -> None:
    shown = lines([Column("account"), Column("why", wrap=True)], [[ADDRESS, "word " * 30]], 80)
    assert max(map(len, shown)) <= 80
    assert sum("word" in line for line in shown) > 1


def test_a_table_that_just_fits_is_drawn_without_loss() -> None:
    rows: list[list[object]] = [["a" * 38, "b" * 40], ["c", "d"]]
    assert lines([Column("x"), Column("y")], rows, 80)[2] == f"{'a' * 38}  {'b' * 40}"
    assert "  x  " in lines([Column("x"), Column("y")], rows, 79)[0]


def test_an_optional_column_goes_first() -> None:
    columns = [Column("account"), Column("title", optional=True), Column("hash")]
    rows: list[list[object]] = [["abc", "t" * 40, HASH]]
    assert "title" in lines(columns, rows, 120)[0]
    assert lines(columns, rows, 80)[0].split() == ["account", "hash"]


def test_a_pipe_gets_one_line_a_row() -> None:
    shown = lines([Column("hash"), Column("why", wrap=True)], [[HASH, "word " * 80]], None)
    assert len(shown) == 3


def test_values_are_escaped_and_absent_ones_are_a_dash() -> None:
    shown = lines([Column("a"), Column("b"), Column("c")], [["\x1b[2J", None, True]], 80)
    assert "\x1b" not in "".join(shown)
    assert shown[2].split() == ["\\u{1b}[2J", "-", "yes"]


def test_brackets_are_no_markup() -> None:
    assert "[/red]x[bold]" in "".join(lines([Column("a")], [["[/red]x[bold]"]], 80))


@given(
    st.lists(st.lists(st.text(max_size=30), min_size=3, max_size=3), max_size=5),
    st.sampled_from([40, 80, 120, None]),
)
def test_no_control_character_leaves_a_table(rows: list[list[object]], width: int | None) -> None:
    columns = [Column("a"), Column("b", right=True), Column("c", wrap=True)]
    for text in lines(columns, rows, width):
        assert text.isprintable()


@given(st.text(alphabet="abc \u00e9\x1b", max_size=300), st.integers(20, 120))
def test_a_panel_keeps_every_word(text: str, width: int) -> None:
    from sovbank.cli.escape import escape

    shown = " ".join(line.strip() for line in panel_lines([("name", text)], width))
    assert shown.split()[1:] == (escape(text).split() or ["-"])


def test_wrapping_keeps_a_long_word_whole() -> None:
    assert any(line.strip() == HASH for line in wrap(f"see {HASH} there", 40, 4))


@given(st.lists(st.sampled_from(["a", "word", ADDRESS, HASH]), min_size=1, max_size=12), st.integers(0, 6))
def test_a_line_of_a_screen_is_fitted_and_keeps_every_word(words: list[str], indent: int) -> None:
    line = " " * indent + " ".join(words)
    shown = fitted(line, 80)
    assert " ".join(" ".join(shown).split()) == " ".join(words)
    assert all(part.startswith(" " * indent) for part in shown)
    assert all(len(part) <= 80 or len(part.split()) == 1 for part in shown)
    assert fitted(line, None) == [line], "a pipe gets it in one piece"


def test_a_line_that_fits_stays_as_it_is() -> None:
    assert fitted("  a   table   row  ", 80) == ["  a   table   row  "]


@pytest.mark.parametrize(("width", "kept"), [(120, 3), (70, 2), (39, 1)])
def test_optional_columns_go_one_by_one_from_the_last(width: int, kept: int) -> None:
    columns = [Column("name"), Column("account", optional=True), Column("other", optional=True)]
    head, *_ = lines(columns, [["ceo", ADDRESS, ADDRESS]], width)
    assert len(head.split()) == kept


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_a_hash_in_a_wrapped_column_is_whole(width: int) -> None:
    shown = lines([Column("row"), Column("said", wrap=True)], [[1, f"digest {HASH}; form bundle"]], width)
    assert any(HASH in line for line in shown)
