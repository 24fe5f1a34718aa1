"""Errors of the compiled contracts that ship with the package."""

from __future__ import annotations

from typing import ClassVar

from sovbank.errors.base import Failed


class UnknownArtifact(Failed):
    """A contract was asked for that the package does not ship."""

    code = "artifacts.unknown"
    default_next_step: ClassVar[str] = "reinstall sovbank; the compiled contracts are part of the package"
