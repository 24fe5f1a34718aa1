"""`sovbank key`: make keys in a test network's keystore or in an HSM, list and show them, and try one."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sovbank.cli.context import Run, current

if TYPE_CHECKING:
    from sovbank.cli.render import Output
    from sovbank.core.profile import Profile
    from sovbank.keys.port import PublicKey, Scheme

app = typer.Typer(add_completion=False, rich_markup_mode=None)
_KEY = Annotated[str, typer.Argument(help="Name of a key in the profile's keystore, or a key URI.")]


class SchemeName(StrEnum):
    """The schemes as the command line names them."""

    SECP256K1 = "secp256k1"
    ED25519 = "ed25519"


@app.command()
def generate(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(help="Name of the new key (lower-case letters, digits, - _ .), or a pkcs11: URI.")
    ],
    scheme: Annotated[
        SchemeName, typer.Option("--scheme", "-s", help="Control-plane keys must be secp256k1.")
    ] = SchemeName.SECP256K1,
) -> None:
    """Make a key in the keystore or an HSM. A pkcs11: URI as NAME makes it inside the HSM.

    The first key of a keystore makes the keystore and sets its passphrase. A key that is made inside an HSM
    never leaves it.
    """
    from sovbank.errors.devices import KeyMadeElsewhere
    from sovbank.errors.keys import KeystoreInProduction
    from sovbank.keys.port import Scheme

    run = current(ctx)
    if name.startswith("pkcs11:"):
        _generate_in_token(run, name, Scheme(scheme.value))
        return
    if name.startswith("awskms:"):
        raise KeyMadeElsewhere("keys of AWS KMS are made by an administrator of the account")
    if run.wiring.parsed.production:
        raise KeystoreInProduction("a production profile keeps no keys in files")
    directory = run.wiring.keystore.directory()
    record = directory.generate(name, Scheme(scheme.value), uri=_uri(name))
    data = _data(run, _uri(name), record.public_key, record.created)
    run.out.result(
        result={**data, "keystore": str(directory.path)},
        human=lambda out: _panel(out, f"Key {name} made", data),
    )


@app.command("list")
def list_keys(
    ctx: typer.Context,
    token: Annotated[
        str | None, typer.Argument(help="A pkcs11: URI that names a token, to list that token's keys.")
    ] = None,
) -> None:
    """List the keys of the profile's keystore, or of an HSM. No passphrase or PIN is needed."""
    from sovbank.errors.keys import KeystoreMissing

    run = current(ctx)
    if token is not None:
        _list_token(run, token)
        return
    directory = run.wiring.keystore.directory()
    try:
        records = list(directory.records())
    except KeystoreMissing:
        if directory.path.exists():
            raise
        records = []
    rows = [_data(run, _uri(record.name), record.public_key, record.created) for record in records]
    run.out.result(
        result={"keystore": str(directory.path), "keys": rows},
        human=lambda out: _table(out, rows, str(directory.path)),
    )


@app.command()
def show(ctx: typer.Context, key: _KEY) -> None:
    """Show the public part of one key. That is its addresses, and who uses it in the profile."""
    from sovbank.keys.uri import parse_key_uri

    run = current(ctx)
    uri = _uri(key)
    if parse_key_uri(uri).scheme == "keystore":
        record = run.wiring.keystore.record(uri)
        data = _data(run, uri, record.public_key, record.created)
    else:
        # A token shows public halves without its PIN; what is missing there is said by opening the key.
        public = run.wiring.keys.public_key(uri) or run.wiring.keys.signer(uri).public_key
        data = _data(run, uri, public, None)
    run.out.result(result=data, human=lambda out: _panel(out, f"Key {data['name']}", data))


@app.command()
def test(ctx: typer.Context, key: _KEY) -> None:
    """Sign and verify a labelled message. It can never be a transaction."""
    from sovbank.keys.addresses import xrpl_address
    from sovbank.keys.trial import try_key

    run = current(ctx)
    signer = run.wiring.keys.signer(_uri(key))
    trial = try_key(signer)
    data = {
        "uri": signer.uri,
        "scheme": signer.public_key.scheme.value,
        "xrpl_address": xrpl_address(signer.public_key),
        "fingerprint": signer.public_key.fingerprint,
        "message": trial.message.hex(),
        "signature": trial.signature.hex(),
        "verified": True,
    }
    run.out.result(
        result=data,
        human=lambda out: out.panel(
            "The key signs, and two libraries accept its signature",
            [
                ("key", data["uri"]),
                ("scheme", data["scheme"]),
                ("XRPL address", data["xrpl_address"]),
                ("fingerprint", data["fingerprint"]),
            ],
        ),
    )


def _generate_in_token(run: Run, uri: str, scheme: Scheme) -> None:
    signer = run.wiring.hsm.generate(uri, scheme)
    data = {**_data(run, uri, signer.public_key, None), "device": signer.device}
    run.out.result(result=data, human=lambda out: _panel(out, f"Key made in the {signer.device}", data))


def _list_token(run: Run, uri: str) -> None:
    found = run.wiring.hsm.keys(uri)
    rows = [
        {**_data(run, key.uri, key.public_key, None), "name": key.label}
        for key in found
        if key.public_key is not None
    ]
    others = len(found) - len(rows)
    run.out.result(
        result={"token": uri, "keys": rows, "other_public_keys": others},
        human=lambda out: _token_table(out, rows, others, uri),
    )


def _uri(key: str) -> str:
    return key if ":" in key else f"keystore:{key}"


def _data(run: Run, uri: str, public: PublicKey, created: str | None) -> dict[str, Any]:
    from sovbank.keys.addresses import evm_address, xrpl_address
    from sovbank.keys.port import Scheme

    return {
        "name": uri.removeprefix("keystore:"),
        "uri": uri,
        "scheme": public.scheme.value,
        "xrpl_address": xrpl_address(public),
        "evm_address": evm_address(public) if public.scheme is Scheme.SECP256K1 else None,
        "public_key": public.data.hex().upper(),
        "fingerprint": public.fingerprint,
        "created": created,
        "used_by": _users(run.wiring.parsed, uri, xrpl_address(public)),
    }


def _users(profile: Profile, uri: str, address: str) -> list[str]:
    # A key of a token has many URIs, and one address.
    officers = [
        name
        for name, officer in profile.officers.items()
        if uri in (officer.key, officer.evm_key) or officer.account == address
    ]
    accounts = [
        f"account {name}"
        for name, entry in profile.accounts.items()
        if entry.master_key == uri or entry.address == address
    ]
    return officers + accounts


def _panel(out: Output, title: str, data: dict[str, Any]) -> None:
    out.panel(
        title,
        [
            ("key URI", data["uri"]),
            ("scheme", data["scheme"]),
            ("XRPL address", data["xrpl_address"]),
            ("EVM address", data["evm_address"] or "none: Ed25519 keys cannot act on the control plane"),
            ("public key", data["public_key"]),
            ("fingerprint", data["fingerprint"]),
            ("made", data["created"]),
            ("used by", ", ".join(data["used_by"]) or "nobody in this profile"),
        ],
    )


def _token_table(out: Output, rows: list[dict[str, Any]], others: int, uri: str) -> None:
    if rows:
        out.table(
            ["key", "scheme", "XRPL address", "EVM address", "used by", "key URI"],
            [
                [
                    *(row[name] for name in ("name", "scheme", "xrpl_address", "evm_address")),
                    ", ".join(row["used_by"]),
                    row["uri"],
                ]
                for row in rows
            ],
            title=f"Keys in {uri}",
        )
    else:
        out.line(f"No keys of secp256k1 or Ed25519 in {uri}.")
    if others:
        out.line(f"{others} public keys of other kinds are not shown.")


def _table(out: Output, rows: list[dict[str, Any]], directory: str) -> None:
    if not rows:
        out.line(f"No keys in {directory}.")
        return
    out.table(
        ["key", "scheme", "XRPL address", "EVM address", "used by"],
        [
            [row["name"], row["scheme"], row["xrpl_address"], row["evm_address"], ", ".join(row["used_by"])]
            for row in rows
        ],
        title=f"Keys in {directory}",
    )
