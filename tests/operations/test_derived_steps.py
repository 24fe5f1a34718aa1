"""Steps from their keys: every machine gets the same transaction, and a profile gives nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paper_bank import ASSET, paper_profile

from sovbank.core.permits import step_digest
from sovbank.errors.base import SovbankError
from sovbank.errors.operations import StepUnknown
from sovbank.operations import steps
from sovbank.operations.derived_steps import derive_step
from sovbank.operations.steps import FLAG_TITLES, Step
from sovbank.wire.currency import encode_currency
from sovbank.xrpl.envelope import Anchor, Envelope

PROFILE = paper_profile()
ISSUER, TREASURY = PROFILE.accounts["issuer"], PROFILE.accounts["treasury"]
CURRENCY = encode_currency(PROFILE.assets[ASSET].currency)
STRANGER = "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"
LIST = steps.signers_of(ISSUER, PROFILE.officers)

amounts = st.decimals(min_value=Decimal("0.000001"), max_value=10**12, places=6)
optional = {"domain": (None, ISSUER.domain), "tick_size": (None, ISSUER.tick_size)}
every_step = st.one_of(
    st.sampled_from(sorted(FLAG_TITLES)).map(lambda name: steps.flag("issuer", name)),
    st.builds(
        lambda auth, xrp, domain, tick: steps.first_settings(
            "issuer", require_auth=auth, disallow_xrp=xrp, domain=domain, tick_size=tick
        ),
        st.booleans(),
        st.booleans(),
        st.sampled_from(optional["domain"]),
        st.sampled_from(optional["tick_size"]),
    ),
    st.builds(
        lambda domain: steps.settings("issuer", domain=domain, tick_size=ISSUER.tick_size),
        st.sampled_from(optional["domain"]),
    ),
    amounts.map(
        lambda limit: steps.trust_line(
            "treasury", issuer=ISSUER.address, currency=CURRENCY, limit=limit, title="limit"
        )
    ),
    st.sampled_from((STRANGER, TREASURY.address)).map(
        lambda holder: steps.authorize("issuer", holder=holder, currency=CURRENCY, title="authorise")
    ),
    st.integers(1, 250).map(lambda count: steps.tickets("issuer", count)),
    st.permutations(sorted(ISSUER.signers)).map(lambda names: steps.exercise("issuer", tuple(names[:3]))),
    st.just(steps.signer_list("issuer", LIST)),
    st.just(steps.preauthorize("issuer", PROFILE.accounts["redemption"].address)),
)


def does(step: Step) -> str:
    envelope = Envelope(
        account=PROFILE.accounts[step.account].address,
        network_id=21338,
        last_ledger=9,
        fee=10,
        multisigned=True,
        ticket=3,
        sequence=None,
    )
    return step_digest(21338, step.build(envelope, Anchor(1, "0" * 64)))


@given(every_step)
def test_every_step_is_derived_from_its_own_parameters(step: Step) -> None:
    derived = derive_step(PROFILE, step.parameters)
    assert (derived.parameters, derived.signers, derived.anchored) == (
        step.parameters,
        step.signers,
        step.anchored,
    )
    assert does(derived) == does(step)


REFUSED = {
    "an unknown step": {"step": "pay/everything"},
    "an unknown account": {"account": "nobody"},
    "a flag that no plan sets": {"step": "flag/noFreeze"},
    "freedom from clawback": {"step": "flag/globalFreeze"},
    "another domain": {"step": "settings/evil.example/"},
    "another tick size": {"step": "settings//9"},
    "too many tickets": {"step": "tickets/251"},
    "no tickets": {"step": "tickets/0"},
    "foreign digits": {"step": "tickets/\u0663"},
    "a sign": {"step": "tickets/+5"},
    "a leading zero": {"step": "tickets/05"},
    "another list": {"step": "signer-list/" + "0" * 16},
    "a stranger's preauthorisation": {"step": f"preauthorize/{STRANGER}"},
    "another currency": {"step": f"authorize/USD/{STRANGER}"},
    "an address that is none": {"step": f"authorize/{CURRENCY}/{STRANGER[:-1]}"},
    "another issuer": {"step": f"trust-line/{CURRENCY}/{STRANGER}/5"},
    "a limit with zeros": {"step": f"trust-line/{CURRENCY}/{ISSUER.address}/5.10"},
    "a limit of nothing": {"step": f"trust-line/{CURRENCY}/{ISSUER.address}/0"},
    "a stranger's proof": {"step": "exercise/mallory", "signers": "mallory"},
    "a proof by other signers": {"step": "exercise/ceo", "signers": "cfo"},
    "named signers": {"step": "tickets/5", "signers": "ceo"},
    "too much": {"step": "tickets/5", "also": "x"},
    "too many parts": {"step": "tickets/5/6"},
    "an issuer's line by another account": {
        "account": "treasury",
        "step": f"authorize/{CURRENCY}/{STRANGER}",
    },
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_what_no_plan_writes_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(SovbankError) as refused:
        derive_step(PROFILE, {"account": "issuer", "step": "tickets/5", "signers": "", **change})
    assert isinstance(refused.value, StepUnknown) or refused.value.exit_status == 2


@pytest.mark.parametrize("left_out", ["account", "step", "signers"])
def test_nothing_may_be_missing(left_out: str) -> None:
    parameters = {"account": "issuer", "step": "tickets/5", "signers": ""}
    del parameters[left_out]
    with pytest.raises(StepUnknown):
        derive_step(PROFILE, parameters)


@given(st.text(max_size=40))
def test_no_text_does_anything_but_refuse(text: str) -> None:
    for name in ("flag", "settings", "trust-line", "authorize", "tickets", "exercise", "signer-list", ""):
        key = f"{name}/{text}"
        try:
            step = derive_step(PROFILE, {"account": "issuer", "step": key, "signers": ""})
        except SovbankError:
            continue
        assert step.key == key
