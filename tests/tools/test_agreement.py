"""What counts as the same answer, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from agreement import NOTHING, Difference, compare


@pytest.mark.parametrize(
    ("method", "wanted", "got"),
    [
        ("account_info", {"a": 1, "ledger_hash": "AA"}, {"a": 1, "ledger_hash": "BB"}),
        ("account_info", {"a": [{"date": 1}]}, {"a": [{"date": 2}]}),
        ("server_info", {"info": {"build_version": "3.2.0"}}, {"info": {}}),
        ("ledger_accept", {}, {"ledger_current_index": 4}),
        ("tx", {"error": "txnNotFound", "searched_all": True}, {"error": "txnNotFound"}),
        ("submit", {"engine_result": "tesSUCCESS"}, {"engine_result": "tesSUCCESS", "tx_json": {}}),
        ("simulate", {"engine_result": "tesSUCCESS"}, {"engine_result": "tesSUCCESS", "meta": {"a": 1}}),
    ],
)
def test_what_two_right_servers_may_say_agrees(method: str, wanted: Any, got: Any) -> None:
    assert compare(method, wanted, got) == []


@pytest.mark.parametrize(
    ("method", "wanted", "got", "path"),
    [
        ("account_info", {"a": 1}, {"a": 2}, "a"),
        ("account_info", {"a": 1}, {"a": True}, "a"),
        ("account_info", {"a": 1}, {"a": 1.0}, "a"),
        ("account_info", {"a": 0}, {}, "a"),
        ("account_info", {}, {"a": None}, "a"),
        ("account_info", {"a": {}}, {"a": []}, "a"),
        ("tx", {"meta": {"n": [{"b": "1"}]}}, {"meta": {"n": [{"b": "2"}]}}, "meta.n[0].b"),
        ("tx", {"meta": {"n": [1, 2]}}, {"meta": {"n": [1]}}, "meta.n[1]"),
        ("tx", {"meta": {"n": [1]}}, {"meta": {"n": [1, 2]}}, "meta.n[1]"),
        ("server_info", {"info": {}}, {"error": "noNetwork"}, "error"),
        ("ledger", {"error": "lgrNotFound"}, {"ledger": {}}, "error"),
        ("submit", {"engine_result": "tesSUCCESS"}, {"engine_result": "tecPATH_DRY"}, "engine_result"),
        ("submit", {"engine_result": "tesSUCCESS"}, {"error": "invalidTransaction"}, "error"),
        ("submit", {"tx_json": {"hash": "AA"}}, {"tx_json": {"hash": "BB"}}, "tx_json.hash"),
        ("submit", {"tx_json": {"hash": "AA"}}, {}, "tx_json.hash"),
        ("simulate", {"meta": {"a": 1}}, {"meta": {"a": 2}}, "meta.a"),
        ("simulate", {"meta": {"a": 1}}, {}, "meta"),
    ],
)
def test_a_difference_is_named_by_its_path(method: str, wanted: Any, got: Any, path: str) -> None:
    assert compare(method, wanted, got)[0].path == path


def test_an_answer_recorded_in_part_is_compared_in_that_part() -> None:
    assert compare("tx", {"a": 1}, {"a": 1, "b": 2}, partial=True) == []
    assert compare("tx", {"a": 1}, {"a": 2, "b": 2}, partial=True) == [Difference("a", 1, 2)]
    assert compare("tx", {"a": 1}, {"b": 2}, partial=True) == [Difference("a", 1, NOTHING)]
    assert compare("tx", {"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, partial=True)[0].path == "a.c"


def test_every_difference_is_given_and_short() -> None:
    found = compare("tx", {"a": 1, "b": "x" * 1000}, {"a": 2, "c": 3})
    assert [one.path for one in found] == ["a", "b", "c"]
    assert str(found[0]) == "a: wanted 1, got 2"
    assert str(found[2]) == "c: wanted nothing, got 3"
    assert len(str(found[1])) < 200
