"""Every way out of the output layer, with hostile text, on terminals and pipes."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sovbank.cli.context import Options
from sovbank.cli.render import Column, Output
from sovbank.errors.base import Failed, PolicyRefused, Waiting

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_HOSTILE = st.text(alphabet=st.characters(codec=None), max_size=50)


class Refusal(PolicyRefused):
    """A refusal of the tests."""

    code = "test.refusal"
    default_next_step = "Do otherwise."


class Delay(Waiting):
    """A delay of the tests."""

    code = "test.delay"
    default_next_step = "Wait."


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def options(**changes: bool) -> Options:
    chosen = Options(profile=None, json=False, no_input=True, passphrase_file=None)
    for name, value in changes.items():
        setattr(chosen, name, value)
    return chosen


def _step(out: Output, text: str) -> None:
    with out.step(text, explain=text, on_stdout=True) as step:
        step.done(text)
    with out.step(text) as step:
        step.refused(Refusal(text, next_step=text))


WAYS: dict[str, Callable[[Output, str], object]] = {
    "line": lambda out, text: out.line(text),
    "heading": lambda out, text: out.heading(text),
    "paragraph": lambda out, text: out.paragraph(text, indent=3),
    "panel": lambda out, text: out.panel(text, [(text, text), ("n", Decimal(5))]),
    "table": lambda out, text: out.table([text, Column(text, wrap=True)], [[text, text]], title=text),
    "say": lambda out, text: out.say(text),
    "detail": lambda out, text: out.detail(text),
    "warn": lambda out, text: out.warn(text),
    "refused": lambda out, text: out.refused(Refusal(text, next_step=text)),
    "failure": lambda out, text: out.failure(Delay(text, waiting_for=text, details={"a": text})),
    "step": _step,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipe"])
@settings(max_examples=60)
@given(text=_HOSTILE)
def test_no_hostile_character_gets_out(way: str, terminal: bool, text: str) -> None:
    kind = Terminal if terminal else io.StringIO
    stdout, stderr = kind(), io.StringIO()
    WAYS[way](Output(options(verbose=True), stdout=stdout, stderr=stderr), text)
    for stream in (stdout, stderr):
        shown = _COLOUR.sub("", stream.getvalue()) if stream.isatty() else stream.getvalue()
        assert all(character.isprintable() for character in shown if character != "\n")


@settings(max_examples=200)
@given(st.recursive(_HOSTILE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_HOSTILE, inner)))
def test_json_is_ascii_and_says_what_was_meant(value: object) -> None:
    stdout = io.StringIO()
    out = Output(options(json=True), stdout=stdout, stderr=io.StringIO())
    out.result(result={"value": value})
    out.finish()
    line = stdout.getvalue().removesuffix("\n")
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["result"]["value"] == value


def test_a_float_is_no_result() -> None:
    out = Output(options(json=True), stdout=io.StringIO(), stderr=io.StringIO())
    out.result(result={"amount": 0.1})
    with pytest.raises(TypeError):
        out.finish()


def test_a_command_gives_one_result() -> None:
    out = Output(options(), stdout=io.StringIO(), stderr=io.StringIO())
    out.result()
    with pytest.raises(RuntimeError):
        out.result()


def test_a_piece_is_handed_on_exactly_and_not_beside_json() -> None:
    stdout = io.StringIO()
    Output(options(), stdout=stdout, stderr=io.StringIO()).piece("12AB")
    assert stdout.getvalue() == "12AB\n"
    Output(options(json=True), stdout=stdout, stderr=io.StringIO()).piece("CD")
    assert stdout.getvalue() == "12AB\n"


def test_a_step_that_fails_says_so_and_lets_the_error_through() -> None:
    stderr = io.StringIO()
    out = Output(options(), stdout=io.StringIO(), stderr=stderr)
    with pytest.raises(Failed), out.step("Minting"):
        raise Failed("no")
    assert stderr.getvalue() == " failed  Minting\n"


def test_a_step_that_somebody_else_takes_up_next_has_not_failed() -> None:
    stderr = io.StringIO()
    out = Output(options(), stdout=io.StringIO(), stderr=stderr)
    with pytest.raises(Waiting), out.step("Minting"):
        raise Waiting("held", waiting_for="approver")
    with pytest.raises(PolicyRefused), out.step("Paying"):
        raise PolicyRefused("not whitelisted")
    assert stderr.getvalue() == "waiting  Minting\nrefused  Paying\n"


def test_steps_are_silent_beside_json_and_messages_with_quiet() -> None:
    stdout, stderr = io.StringIO(), io.StringIO()
    out = Output(options(json=True), stdout=stdout, stderr=stderr)
    _step(out, "Minting")
    out.refused(Refusal("no"))
    assert stdout.getvalue() == stderr.getvalue() == ""
    out = Output(options(quiet=True), stdout=stdout, stderr=stderr)
    with out.step("Minting"):
        out.say("hello")
    assert stderr.getvalue() == ""
    out.warn("careful")
    assert stderr.getvalue() == "WARNING  careful\n"


@pytest.mark.parametrize("way", ["line", "say", "detail"])
def test_a_long_line_is_fitted_on_a_terminal_and_whole_in_a_pipe(way: str) -> None:
    text = "Purpose: " + "issuer (rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh) pays 2,500.25 FTHUSD to " * 4
    for stream, most in ((Terminal(), 100), (io.StringIO(), len(text))):
        out = Output(options(verbose=True), stdout=stream, stderr=stream)
        getattr(out, way)(text)
        shown = stream.getvalue().splitlines()
        assert max(map(len, shown)) <= most
        assert " ".join(" ".join(shown).split()) == text.strip()
        assert (len(shown) == 1) == (most == len(text))


def test_a_row_of_a_qr_code_is_never_fitted() -> None:
    stream = Terminal()
    Output(options(), stderr=stream).line_to_stderr("# " * 200)
    assert stream.getvalue() == "# " * 200 + "\n"
