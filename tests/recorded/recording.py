"""Cassettes of a genuine server: what may be recorded, and what of it is kept.

Kept are the method, the path and the bodies, the content types, and the name that the server gives itself.
The server's address and what tells of its machine are not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from vcr.persisters.filesystem import FilesystemPersister
from vcr.request import Request

PLACE = "http://node.test:5005/"
"""Where the recorded server is said to be."""
_GENUINE = re.compile(r"(xrpld|ripple)-json-rpc/")
_KEPT_REQUEST_HEADERS = frozenset({"content-type"})
_KEPT_RESPONSE_HEADERS = frozenset({"content-type", "server"})
_OF_THE_MACHINE = {"hostid": "HOST", "pubkey_node": "n9KnrcCmL5psyKtk2KWP6jy14Hj4EXuZDg7XMdQJ9cSDoFSp53hu"}
"""Fields that name the machine, and what stands in their place."""


class NotGenuine(Exception):
    """The answer does not come from the server that the recording is to be of."""


def check_genuine(server: str) -> None:
    """Refuse any server but the real one, by the name that it gives itself in its ``Server`` header."""
    if not _GENUINE.match(server):
        raise NotGenuine(f"only answers of xrpld are recorded, not of {server or 'a server without a name'}")


def _only(headers: Mapping[str, Any], kept: frozenset[str]) -> dict[str, Any]:
    return {name.lower(): value for name, value in headers.items() if name.lower() in kept}


def _clean_request(request: Request) -> Request:
    parts = urlsplit(request.uri)
    uri = PLACE.rstrip("/") + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Request(request.method, uri, request.body, _only(request.headers, _KEPT_REQUEST_HEADERS))


def _mask(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _OF_THE_MACHINE.get(name) or _mask(item) for name, item in value.items()}
    return [_mask(item) for item in value] if isinstance(value, list) else value


def _clean_response(response: dict[str, Any]) -> dict[str, Any]:
    headers = _only(response["headers"], _KEPT_RESPONSE_HEADERS)
    check_genuine(" ".join(headers.get("server", [])))
    text = response["body"]["string"]
    if any(name in text for name in map(str.encode, _OF_THE_MACHINE)):
        text = json.dumps(_mask(json.loads(text)), separators=(",", ":")).encode()
    return {"status": response["status"], "headers": headers, "body": {"string": text}}


class GenuinePersister(FilesystemPersister):
    """Keeps cassettes as files, cleaned, and of the real server alone."""

    @staticmethod
    def save_cassette(cassette_path: Any, cassette_dict: dict[str, Any], serializer: Any) -> None:
        """Write a cassette.

        Raises
        ------
        NotGenuine
            An answer is not the real server's, or names the place where it was recorded; nothing is written.
        """
        hosts = {urlsplit(request.uri).hostname or "" for request in cassette_dict["requests"]}
        cleaned = {
            "requests": [_clean_request(request) for request in cassette_dict["requests"]],
            "responses": [_clean_response(response) for response in cassette_dict["responses"]],
        }
        for item in (*cleaned["requests"], *cleaned["responses"]):
            text = str(item.body if isinstance(item, Request) else item)
            if any(host in text for host in hosts - {"", "localhost", urlsplit(PLACE).hostname}):
                raise NotGenuine("an answer names the host that it was recorded from")
        FilesystemPersister.save_cassette(cassette_path, cleaned, serializer)
