"""Verify an exported audit log without the program that wrote it: the standard library and nothing else.

    sovbank ledger export log.jsonl
    python3 tools/verify_log.py log.jsonl [--anchor ROW:HASH]... [--most-tail N]

Each line of the file is one row, byte for byte as stored: canonical JSON (RFC 8785) of the members below.
The hash of a row is SHA-256("sovbank/log/v1", a zero byte, the row); the next row's "prev" is that hash. An
anchor is a row's number and hash known from elsewhere: a memo of a transaction, an officer's notebook.

Exit status: 0 every row is as it was written, 10 a row is not, 11 the log is shorter than an anchor says,
12 more rows follow the last anchor than --most-tail allows, 13 the file cannot be read, 2 wrong usage.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterator

OK, USAGE, TAMPERED, TRUNCATED, UNANCHORED, UNREADABLE = 0, 2, 10, 11, 12, 13
MOST_ROW_BYTES = 8192
TEXT = {"log", "prev", "time", "kind", "actor", "host", "software", "body_sha256"}
TEXT_OR_NULL = {"operation", "account", "key", "payload_sha256", "tx_hash", "rule", "decision", "result"}
NUMBER = {"version", "seq"}
NUMBER_OR_NULL = {"network", "ticket", "last_ledger"}
MEMBERS = TEXT | TEXT_OR_NULL | NUMBER | NUMBER_OR_NULL
KINDS = {
    *("genesis", "intent", "approve", "sign.begin", "sign.done", "submit", "observe", "final", "abort"),
    *("admin", "checkpoint"),
}
SHORT_ESCAPES = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


class Bad(Exception):
    """A row is not as it must be."""


def quoted(text: str) -> str:
    """Return a string as RFC 8785 writes it."""
    out = []
    for character in text:
        code = ord(character)
        if code in SHORT_ESCAPES:
            out.append(SHORT_ESCAPES[code])
        elif code < 32:
            out.append(f"\\u{code:04x}")
        else:
            out.append(character)
    return '"' + "".join(out) + '"'


def canonical(row: dict[str, object]) -> bytes:
    """Return the canonical bytes of a flat row."""
    parts = []
    for name in sorted(row):
        value = row[name]
        text = "null" if value is None else quoted(value) if isinstance(value, str) else str(value)
        parts.append(f"{quoted(name)}:{text}")
    try:
        return ("{" + ",".join(parts) + "}").encode()
    except UnicodeEncodeError:
        raise Bad("the row holds half a character") from None


def parse(line: bytes) -> dict[str, object]:
    """Return the members of a row, or raise ``Bad``."""
    if len(line) > MOST_ROW_BYTES:
        raise Bad("the row is too long")
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise Bad("the row is not JSON") from None
    if not isinstance(row, dict) or set(row) != MEMBERS:
        raise Bad("the row does not have the members of a log row")
    for name, value in row.items():
        allowed = (str,) if name in TEXT | TEXT_OR_NULL else (int,)
        empty = value is None and name in TEXT_OR_NULL | NUMBER_OR_NULL
        if not empty and type(value) not in allowed:
            raise Bad(f"{name} is of the wrong type")
        if type(value) is int and abs(value) >= 2**53:
            raise Bad(f"{name} is too large")
    if canonical(row) != line:
        raise Bad("the row is not canonical")
    return row


def check(row: dict[str, object], *, number: int, before: str, log: object) -> None:
    """Refuse a row that does not belong where it stands."""
    if row["version"] != 1:
        raise Bad("the row is of an unknown version")
    if row["seq"] != number:
        raise Bad(f"the row says that it is row {row['seq']}")
    if row["prev"] != before:
        raise Bad("the row does not follow the one before it")
    if log is not None and row["log"] != log:
        raise Bad("the row belongs to another log")
    if row["kind"] not in KINDS or (row["kind"] == "genesis") != (number == 1):
        raise Bad(f"a row of kind {row['kind']!r} cannot stand here")
    if not re.fullmatch("[0-9a-f]{64}", str(row["body_sha256"])):
        raise Bad("body_sha256 is not a hash")


def lines_of(path: str) -> Iterator[bytes]:
    """Yield the file's lines without their ends, never more than a row's length at once."""
    with sys.stdin.buffer if path == "-" else open(path, "rb") as file:
        while line := file.readline(MOST_ROW_BYTES + 2):
            yield line.removesuffix(b"\n")


def anchor_of(text: str) -> tuple[int, str]:
    """Return an anchor's row number and hash."""
    match = re.fullmatch("([1-9][0-9]{0,15}):([0-9a-fA-F]{64})", text)
    if match is None:
        raise argparse.ArgumentTypeError("an anchor is ROW:HASH")
    return int(match[1]), match[2].lower()


def main(arguments: list[str]) -> int:
    """Verify the file and print what was found."""
    parser = argparse.ArgumentParser(description="Verify an exported audit log.")
    parser.add_argument("file", help="what `sovbank ledger export` wrote, or - for stdin")
    parser.add_argument("--anchor", action="append", type=anchor_of, default=[], metavar="ROW:HASH")
    parser.add_argument("--most-tail", type=int, metavar="N", help="rows that may follow the last anchor")
    options = parser.parse_args(arguments)
    number, before, log = 0, "0" * 64, None
    known = dict(options.anchor)
    try:
        for line in lines_of(options.file):
            row = parse(line)
            check(row, number=number + 1, before=before, log=log)
            number, log = number + 1, row["log"]
            before = hashlib.sha256(b"sovbank/log/v1\0" + line).hexdigest()
            if known.get(number, before) != before:
                print(f"row {number} is not the one that the anchor names")
                return TAMPERED
    except Bad as fault:
        print(f"row {number + 1}: {fault}")
        return TAMPERED
    except OSError as error:
        print(f"cannot read {options.file}: {error.strerror}")
        return UNREADABLE
    last = max(known, default=0)
    print(f"log {log}\nrows {number}\nhead {before}\nrows after the last anchor {max(0, number - last)}")
    if number == 0 or number < last:
        print(f"the log ends at row {number}; row {max(last, 1)} is known to exist")
        return TRUNCATED
    if options.most_tail is not None and number - last > options.most_tail:
        print(f"{number - last} rows follow the last anchor, {options.most_tail} are allowed")
        return UNANCHORED
    return OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
