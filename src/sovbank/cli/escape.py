r"""The one escape at the output boundary: what reaches a terminal is printable and cannot move or reorder it.

Everything that Unicode calls Other or Separator (control, format and bidirectional characters, lone
surrogates, line and paragraph separators, private and unassigned code points, every space but U+0020) and
the blank letters that draw nothing are written as ``\u{202e}``. A literal ``\u{`` in the text has its
backslash escaped too, so an escape on the screen always stands for the character it names.
"""

from __future__ import annotations

import re

_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
_SUSPECT = re.compile(rf"\\(?=u\{{)|[{_BLANK}]")


def escape(text: str) -> str:
    """Return the text on one line, safe to print on a terminal."""
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text
    marked = _SUSPECT.sub(_escape_match, text)
    if marked.isprintable():
        return marked
    return "".join(character if character.isprintable() else _visible(character) for character in marked)


def _escape_match(match: re.Match[str]) -> str:
    return _visible(match.group())


def _visible(character: str) -> str:
    return f"\\u{{{ord(character):x}}}"
