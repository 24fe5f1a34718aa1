"""Writes the sample bundles in data/, which the fuzzer mutates and the JSON schema is held against."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from make_unsigned import other_kinds
from samples import CEO, CFO, COO, HEAD, bundle, signature

from sovbank.ceremony.digest import to_bytes
from sovbank.ceremony.records import Bundle
from sovbank.ceremony.signing import add_signatures

DATA = Path(__file__).parent / "data"


def samples() -> dict[str, Bundle]:
    """Return the sample bundles by name."""
    one, kinds = bundle(), other_kinds()
    some = [signature(one, account) for account in (CEO.address, CFO.address, COO.address, HEAD.address)]
    unchecked = signature(kinds, CFO.address, 2, unchecked=("expected-effects", "live-signer-list"))
    return {
        "unsigned": one,
        "signed": add_signatures(one, some),
        "kinds": add_signatures(
            kinds, [signature(kinds, COO.address, place) for place in range(3)] + [unchecked]
        ),
        "bare": bundle(effects=None, ledger_hash=None),
    }


if __name__ == "__main__":
    for name, made in samples().items():
        (DATA / f"{name}.json").write_bytes(to_bytes(made))
