"""Retries around idempotent calls: few, and spread at random so that many clients do not return as one."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sovbank.errors.base import SovbankError

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Retry:
    """How often and how long; waits are uniform between zero and a bound that doubles ("full jitter").

    Parameters
    ----------
    attempts
        The most calls, the first one included.
    first, longest
        The bound of the first wait, and of any wait, in seconds.
    sleep, fraction
        Injected: waits so many seconds; gives a number from 0 to 1.
    """

    attempts: int = 5
    first: float = 0.2
    longest: float = 3.0
    sleep: Callable[[float], None] = time.sleep
    fraction: Callable[[], float] = random.SystemRandom().random

    def call(self, once: Callable[[], Answer], *, when: tuple[type[SovbankError], ...]) -> Answer:
        """Return what ``once`` returns; errors of ``when`` are tried again, and the last one comes out."""
        for attempt in range(self.attempts - 1):
            try:
                return once()
            except when:
                self.sleep(self.fraction() * min(self.longest, self.first * 2**attempt))
        return once()
