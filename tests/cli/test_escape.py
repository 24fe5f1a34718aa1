"""Nothing that moves, hides or reorders reaches a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovbank.cli.escape import escape

HOSTILE = {
    "escape sequence": ("\x1b[31mred", "\\u{1b}[31mred"),
    "carriage return": ("a\rb", "a\\u{d}b"),
    "line break": ("a\nb", "a\\u{a}b"),
    "delete": ("a\x7f", "a\\u{7f}"),
    "C1 control": ("a\x9b2J", "a\\u{9b}2J"),
    "right-to-left override": ("a\u202eb", "a\\u{202e}b"),
    "isolate": ("\u2066x\u2069", "\\u{2066}x\\u{2069}"),
    "line separator": ("a\u2028b", "a\\u{2028}b"),
    "paragraph separator": ("a\u2029b", "a\\u{2029}b"),
    "lone surrogate": ("a\ud800", "a\\u{d800}"),
    "zero width": ("a\u200bb\ufeff", "a\\u{200b}b\\u{feff}"),
    "tag characters": ("a\U000e0041", "a\\u{e0041}"),
    "no-break space": ("1\u00a0000", "1\\u{a0}000"),
    "Hangul filler": ("a\u3164b", "a\\u{3164}b"),
    "variation selector": ("a\ufe0f", "a\\u{fe0f}"),
    "a written escape": ("\\u{202e}", "\\u{5c}u{202e}"),
    "a written escape beside a real one": ("\\u{41}\x1b", "\\u{5c}u{41}\\u{1b}"),
}
PLAIN = ["", "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "Müller & Söhne", "銀行", "C:\\path", "5 € · 10 %", "\\u"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_made_visible(name: str) -> None:
    text, shown = HOSTILE[name]
    assert escape(text) == shown


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_stays(text: str) -> None:
    assert escape(text) == text


_ANY = st.text(alphabet=st.characters(codec=None), max_size=60)


@given(_ANY)
def test_no_control_or_bidi_character_passes(text: str) -> None:
    for character in escape(text):
        category = unicodedata.category(character)
        assert category[0] != "C"
        assert category not in ("Zl", "Zp")
        assert unicodedata.bidirectional(character) not in {
            *("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "B")
        }
        assert category != "Zs" or character == " "


@given(_ANY)
def test_what_is_shown_can_be_read_back(text: str) -> None:
    shown = escape(text)
    back = ""
    while shown:
        if shown.startswith("\\u{"):
            code, shown = shown[3:].split("}", 1)
            back += chr(int(code, 16))
        else:
            back, shown = back + shown[0], shown[1:]
    assert back == text
