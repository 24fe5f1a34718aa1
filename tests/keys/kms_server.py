"""A KMS server process for tests: moto, corrected where it is not KMS, with faults on order.

moto 5.2.5 hashes what it is told is a digest, takes digests of any length and signs with disabled keys; the
corrections below do what the KMS API reference says of Sign and GetPublicKey (``test_kms_server.py`` fails
when moto does it by itself). ``POST /faults`` with ``{"operation": "Sign", "answers": [...]}`` orders answers
for the next calls: an AWS error code, ``"drop"`` (no answer), ``"rubbish"`` (not JSON), or an object that
replaces fields of the real answer (``null`` leaves one out).

Run ``python kms_server.py [PORT]``; the port is printed when the server listens on loopback.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import socket
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from typing import Any

STATUS = {"ThrottlingException": "400 Bad Request", "KMSInternalException": "500 Internal Server Error"}


def correct_moto() -> None:
    """Make moto's Sign and GetPublicKey do what KMS does."""
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.hashes import SHA256
    from moto.core.exceptions import JsonRESTError
    from moto.kms.models import KmsBackend
    from moto.kms.responses import KmsResponse

    def require_enabled(backend: KmsBackend, key_id: str) -> Any:
        key = backend.describe_key(key_id)
        if key.key_state != "Enabled":
            raise JsonRESTError("DisabledException", f"{key.arn} is disabled.")
        return key

    sign, get_public_key = KmsResponse.sign, KmsResponse.get_public_key

    def sign_as_kms(self: KmsResponse) -> str:
        key_id = self._get_param("KeyId")
        self._validate_key_id(key_id)
        key = require_enabled(self.kms_backend, key_id)
        if self._get_param("MessageType") != "DIGEST" or not key.key_spec.startswith("ECC"):
            return sign(self)
        digest = self._get_param("Message")
        if len(digest) != 32:
            raise JsonRESTError("ValidationException", "Digest is invalid length for algorithm.")
        signature = key.private_key.private_key.sign(digest, ec.ECDSA(utils.Prehashed(SHA256())))
        encoded = base64.b64encode(signature).decode()
        return json.dumps({"KeyId": key.arn, "Signature": encoded, "SigningAlgorithm": "ECDSA_SHA_256"})

    def get_public_key_as_kms(self: KmsResponse) -> str:
        key_id = self._get_param("KeyId")
        self._validate_key_id(key_id)
        key = require_enabled(self.kms_backend, key_id)
        return json.dumps({**json.loads(get_public_key(self)), "KeyId": key.arn, "KeySpec": key.key_spec})

    KmsResponse.sign = sign_as_kms
    KmsResponse.get_public_key = get_public_key_as_kms


class Faults:
    """The answers on order, by operation, around the real application."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self._ordered: dict[str, deque[Any]] = defaultdict(deque)
        self._calls: dict[str, int] = defaultdict(int)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/faults":
            return self._order(environ, start)
        operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        self._calls[operation] += 1
        if not self._ordered[operation]:
            return self._app(environ, start)
        return self._fail(self._ordered[operation].popleft(), environ, start)

    def _order(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length:
            order = json.loads(environ["wsgi.input"].read(length))
            self._ordered[order["operation"]] = deque(order["answers"])
            self._calls.clear()
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(self._calls).encode()]

    def _fail(self, fault: Any, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        json_type = [("Content-Type", "application/x-amz-json-1.1")]
        if fault == "drop":
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return []
        if fault == "rubbish":
            start("200 OK", json_type)
            return [b"<html>not KMS</html>"]
        if isinstance(fault, dict):
            answer = json.loads(b"".join(self._app(environ, lambda *_, **__: None)))
            start("200 OK", json_type)
            return [json.dumps(_replaced(answer, fault)).encode()]
        start(STATUS.get(fault, "400 Bad Request"), json_type)
        return [json.dumps({"__type": fault, "message": f"{fault} on order"}).encode()]


def _replaced(answer: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    inner = answer.get("KeyMetadata", answer)
    inner.update(fields)
    for name in [name for name, value in fields.items() if value is None]:
        del inner[name]
    return answer


def main() -> None:
    # Before moto is imported: it must not look for real credentials.
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "testing")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "testing")
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    correct_moto()
    app = Faults(DomainDispatcherApplication(create_backend_app))
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    server = make_server("127.0.0.1", port, app, threaded=True)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
