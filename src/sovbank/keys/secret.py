"""Secret bytes that do not show themselves and are overwritten when they are no longer needed."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """Secret bytes in a buffer that can be wiped.

    Python and the libraries underneath may have made copies that nobody can reach; what can be overwritten
    is. ``repr`` shows nothing, and a secret can be neither pickled nor copied.
    """

    __slots__ = ("_data",)

    def __init__(self, data: bytes | bytearray) -> None:
        self._data = bytearray(data)

    def reveal(self) -> bytearray:
        """Return the buffer itself: do not keep it, and do not change it."""
        return self._data

    def wipe(self) -> None:
        """Overwrite the bytes with zeros and forget their number."""
        self._data[:] = bytes(len(self._data))
        self._data.clear()

    def __len__(self) -> int:
        return len(self._data)

    def __repr__(self) -> str:
        return "Secret(hidden)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not copied or stored")

    def __del__(self) -> None:
        self.wipe()
