"""One entry point: exit statuses, messages, the JSON object, and nothing that it should not say."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from sovbank.cli import commands
from sovbank.cli.lazy import load

HERE = Path(__file__).parent
PROGRAM = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
from sovbank.cli import commands
commands.GROUPS["sample"] = ("sample_group", "Sample commands.")
from sovbank.cli.app import main
main()
"""


@pytest.fixture(autouse=True)
def _sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.setitem(commands.GROUPS, "sample", ("sample_group", "Sample commands."))


def outside(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, **environment},
        check=False,
    )


def test_data_goes_to_stdout_and_messages_to_stderr(run: Callable) -> None:
    ran = run("sample", "done", "--note", "x")
    assert ran.status == 0
    assert "1,000,000.50" in ran.out
    assert ran.err == "a message\n"


def test_json_is_one_object_with_amounts_as_strings(run: Callable) -> None:
    ran = run("sample", "done", "--json", "--note", "\x7f\u202e\ud800")
    assert ran.data == {
        "schema": "sovbank/result",
        "version": 1,
        "ok": True,
        "operation": {"id": "ab" * 32},
        "result": {"amount": "1000000.50", "note": "\x7f\u202e\ud800"},
    }
    assert ran.out.rstrip("\n").isascii()
    assert ran.out.rstrip("\n").isprintable()


def test_a_command_without_a_result_still_gives_one_object(run: Callable) -> None:
    assert run("--json", "sample", "quiet").data["ok"] is True


@pytest.mark.parametrize(
    "arguments",
    [
        ("--yes", "--dry-run", "-q", "-p", "a", "--json", "sample", "options"),
        ("sample", "--yes", "--dry-run", "-q", "-p", "a", "--json", "options"),
        ("sample", "options", "--yes", "--dry-run", "-q", "-p", "a", "--json"),
        ("-p", "b", "sample", "options", "--yes", "--dry-run", "-q", "--profile=a", "--json"),
    ],
)
def test_global_options_stand_before_and_after(
    run: Callable, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sovbank.cli.lazy.PREVIEWS", {"sample options"})
    assert run(*arguments).data["result"] == {"profile": "a", "yes": True, "dry_run": True, "quiet": True}


def test_a_command_without_a_preview_refuses_dry_run_before_it_acts(run: Callable) -> None:
    for arguments in (("--dry-run", "sample", "crash"), ("sample", "crash", "--dry-run")):
        ran = run(*arguments)
        assert ran.status == 2
        assert "cli.dry-run-not-possible" in ran.err


@pytest.mark.parametrize("path", sorted(commands.PREVIEWS))
def test_every_command_with_a_preview_exists(path: str) -> None:
    group, *names = path.split()
    loaded = load(group)
    for name in names:
        assert loaded is not None
        loaded = loaded.commands[name]
    assert loaded is not None
    assert not hasattr(loaded, "commands")


def test_a_flag_goes_before_a_variable(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOVBANK_PROFILE", "variable")
    monkeypatch.setenv("SOVBANK_JSON", "1")
    assert run("sample", "options").data["result"]["profile"] == "variable"
    assert run("sample", "options", "-p", "flag").data["result"]["profile"] == "flag"


def test_a_refusal_shows_reason_code_and_next_step(run: Callable) -> None:
    ran = run("sample", "refuse")
    assert ran.status == 5
    assert ran.out == ""
    assert ran.err.splitlines() == [
        "REFUSED  there are none",
        "         code test.no-reserves, exit 5",
        "         next: Attest the reserves.",
    ]


def test_a_refusal_as_data(run: Callable) -> None:
    ran = run("sample", "refuse", "--json")
    assert ran.status == 5
    assert ran.data["ok"] is False
    assert ran.data["error"] == {
        "code": "test.no-reserves",
        "message": "there are none",
        "next": "Attest the reserves.",
        "details": {"asset": "FTHUSD"},
    }


def test_hostile_text_in_a_refusal_is_escaped(run: Callable) -> None:
    ran = run("sample", "refuse", "--text", "x\x1b[2J\u202e\nREFUSED  nothing")
    assert "\x1b" not in ran.err
    assert ran.err.splitlines()[0] == "REFUSED  x\\u{1b}[2J\\u{202e}\\u{a}REFUSED  nothing"


def test_waiting_has_its_result_and_who_acts_next(run: Callable) -> None:
    ran = run("sample", "wait", "--json")
    assert ran.status == 15
    assert ran.data["waiting_for"] == "approver"
    assert ran.data["result"] == {"id": "1"}
    assert "waiting for: approver" in run("sample", "wait").err


@pytest.mark.parametrize("flags", [(), ("-v",), ("--json",), ("-v", "--json")])
def test_a_defect_is_typed_and_quotes_no_values(run: Callable, flags: tuple[str, ...]) -> None:
    ran = run("sample", "crash", *flags)
    assert ran.status == 1
    assert "cli.internal" in ran.out + ran.err
    assert "sEcReT" not in ran.out + ran.err
    assert ("sample_group.py" in ran.err) == ("-v" in flags)


def test_an_interrupt_exits_130(run: Callable) -> None:
    assert run("sample", "stop").status == 130


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nonsense",), "No such command 'nonsense'"),
        (("sampl",), "Did you mean sample?"),
        (("sample", "don"), "Did you mean 'done'?"),
        (("sample", "done", "--nope"), "No such option: --nope"),
        (("sample", "done", "extra"), "unexpected extra argument"),
        (("--passphrase-fd", "x", "sample", "quiet"), "not a valid int"),
    ],
)
def test_a_wrong_command_line_exits_2(run: Callable, arguments: tuple[str, ...], words: str) -> None:
    ran = run(*arguments)
    assert ran.status == 2
    assert words in ran.err
    assert "usage.command-line" in ran.err
    assert run("--json", *arguments).data["error"]["code"] == "usage.command-line"


def test_help_without_arguments_is_a_usage_error(run: Callable) -> None:
    assert run().status == 2
    assert run("sample").status == 2
    assert run("--json", "sample").data["error"]["code"] == "usage.command-line"
    assert run("--help").status == 0
    assert run("sample", "done", "-h").status == 0


def test_quiet_silences_messages_only(run: Callable) -> None:
    ran = run("sample", "done", "-q")
    assert ran.err == ""
    assert "amount" in ran.out
    assert "a particular" in run("sample", "done", "-v").err


def test_a_question_without_a_terminal_exits_2_and_names_the_flag() -> None:
    ran = outside("sample", "ask")
    assert ran.returncode == 2
    assert "--yes" in ran.stderr
    assert ran.stdout == ""
    assert outside("sample", "ask", "--yes").returncode == 0


def test_yes_does_not_count_where_policy_wants_a_person() -> None:
    ran = outside("sample", "ask", "--person", "--yes", "--json")
    assert ran.returncode == 5
    assert json.loads(ran.stdout)["error"]["code"] == "policy.yes-not-allowed"


@pytest.mark.parametrize(("answer", "status"), [("Yes", 0), ("yes", 1), ("Y", 1), ("", 1), ("Yes ", 1)])
def test_only_an_exact_yes_goes_on(answer: str, status: int) -> None:
    child = pexpect.spawn(sys.executable, ["-c", PROGRAM, "sample", "ask", "--person"], timeout=20)
    child.expect_exact("to go on: ")
    assert b"\\u{202e}the treasury" in child.before
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == status


def test_what_was_shown_is_known_by_its_digest_at_any_width() -> None:
    """The lines as they were shown, and the question; not how the terminal broke them."""
    screen = "1,000,000.00 FTHUSD to \\u{202e}the treasury\nSign?"
    for columns in (40, 200):
        child = pexpect.spawn(
            *(sys.executable, ["-c", PROGRAM, "--json", "sample", "ask"]),
            dimensions=(24, columns),
            encoding="utf-8",
            timeout=20,
        )
        child.expect_exact("to go on: ")
        child.sendline("Yes")
        child.expect(pexpect.EOF)
        result = json.loads(child.before[child.before.index("{") :].replace("\r\n", ""))["result"]
        assert result["screen_sha256"] == hashlib.sha256(screen.encode()).hexdigest()
        assert (result["how"], result["login"]) == ("Yes at the terminal", getpass.getuser())


def test_a_flag_agrees_to_no_screen() -> None:
    result = json.loads(outside("sample", "ask", "--yes", "--json").stdout)["result"]
    assert (result["how"], result["screen_sha256"]) == ("--yes", None)


def test_no_input_never_asks() -> None:
    child = pexpect.spawn(sys.executable, ["-c", PROGRAM, "sample", "ask", "--no-input"], timeout=20)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2


def test_a_closed_pipe_ends_quietly() -> None:
    command = (
        f"{sys.executable} -c {shlex.quote(PROGRAM)} sample done --note x | true; exit ${{PIPESTATUS[0]}}"
    )
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    # The reader may be gone before or after the write.
    assert ran.stderr.splitlines() == ["a message"]
    assert ran.returncode in (0, 1)


def test_closed_streams_are_borne() -> None:
    command = f"{sys.executable} -c {shlex.quote(PROGRAM)} sample done --note x >&- 2>&-"
    assert subprocess.run(["bash", "-c", command], check=False).returncode == 0


def test_colour_on_a_terminal_only() -> None:
    def shown(**environment: str) -> bytes:
        child = pexpect.spawn(
            sys.executable,
            ["-c", PROGRAM, "sample", "refuse"],
            env={**os.environ, "TERM": "xterm", **environment},
            timeout=20,
        )
        child.expect(pexpect.EOF)
        return bytes(child.before)

    assert b"\x1b[1;31mREFUSED" in shown()
    assert b"\x1b" not in shown(NO_COLOR="1")
    assert b"\x1b" not in shown(TERM="dumb")
    assert "\x1b" not in outside("sample", "refuse").stderr
