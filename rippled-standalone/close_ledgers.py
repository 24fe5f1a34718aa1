"""Close the ledger of a standalone server every few seconds, as validators would.

    close_ledgers.py [--url URL] [--every SECONDS] [--count N] [--verbose]

Needs Python 3.9 or later and nothing else. It waits for a server that is not there yet, and ends with status
1 when the server refuses: it is not in standalone mode, or this machine is no administrator of it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import signal
import sys
import threading
import time
from types import FrameType
from urllib.parse import urlsplit

ANSWER_SECONDS = 30.0
WAIT_SECONDS = 1.0
REQUEST = json.dumps({"method": "ledger_accept", "params": [{}]}).encode()


class Refused(Exception):
    """The server answered, and closed nothing; the message is its word for it."""


def close_ledger(url: str) -> int:
    """Close the open ledger; return its index. OSError when nobody answers."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=ANSWER_SECONDS)
    try:
        connection.request("POST", parts.path or "/", REQUEST, {"Content-Type": "application/json"})
        response = connection.getresponse()
        body = response.read()
    except http.client.HTTPException as error:
        raise OSError(f"the connection broke: {error!r}") from error
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise Refused(f"HTTP {response.status}: {body[:200].decode('utf-8', 'replace').strip()}")
    return _closed_index(body)


def _closed_index(body: bytes) -> int:
    try:
        result = json.loads(body)["result"]
        if "error" in result:
            raise Refused(str(result["error"]))
        return int(result["ledger_current_index"]) - 1
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("the answer is not a ledger's") from error


def run(url: str, every: float, count: int | None, stopping: threading.Event, *, verbose: bool) -> None:
    """Close ledgers until told to stop, or ``count`` of them. Late closes are not made up for."""
    closed = 0
    reachable = True
    while count is None or closed < count:
        begun = time.monotonic()
        try:
            index = close_ledger(url)
        except OSError as error:
            if reachable:
                sys.stderr.write(f"{url} does not answer ({error}); trying on\n")
            reachable = False
        else:
            reachable = True
            closed += 1
            if verbose:
                sys.stderr.write(f"closed ledger {index}\n")
        pause = every if reachable else WAIT_SECONDS
        if stopping.wait(max(0.0, pause - (time.monotonic() - begun))):
            return


def main(arguments: list[str] | None = None) -> int:
    """Run the program; give its exit status."""
    parser = argparse.ArgumentParser(description="Close the ledger of a standalone server on a timer.")
    parser.add_argument("--url", default="http://127.0.0.1:5005", help="the server's administrative JSON-RPC")
    parser.add_argument("--every", type=float, default=3.0, metavar="SECONDS", help="between closes")
    parser.add_argument("--count", type=int, metavar="N", help="stop after so many closes")
    parser.add_argument("--verbose", action="store_true", help="say which ledger was closed")
    options = parser.parse_args(arguments)
    if not options.every > 0:
        parser.error("--every must be more than 0 seconds")
    parts = urlsplit(options.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        parser.error("--url must be that of an HTTP server")
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        run(options.url, options.every, options.count, stopping, verbose=options.verbose)
    except Refused as error:
        sys.stderr.write(f"{options.url} closes no ledger: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
