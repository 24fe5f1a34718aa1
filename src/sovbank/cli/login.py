"""Who is logged in at this machine, as the operating system says."""

from __future__ import annotations


def login_name() -> str:
    """Return the login name of this process's user; ``unknown`` where the system names none."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
