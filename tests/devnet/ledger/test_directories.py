"""Owner directories against a list of pages, under the server's rules for adding and removing."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sovbank.devnet.ledger import directories, keylets
from sovbank.devnet.ledger.genesis import FEES
from sovbank.devnet.ledger.state import ClosedState
from sovbank.devnet.ledger.view import LedgerInfo, Sandbox

OWNER = b"\x07" * 20
ROOT = keylets.owner_directory(OWNER)


class Directory(RuleBasedStateMachine):
    """A directory and the pages it should have: {number: sorted keys}, page 0 first."""

    def __init__(self) -> None:
        super().__init__()
        self.view = Sandbox(ClosedState(LedgerInfo(1, 0, bytes(32), FEES, open=False)))
        self.pages: dict[int, list[bytes]] = {}
        self.where: dict[bytes, int] = {}
        self.count = 0

    @rule(many=st.integers(1, 40))
    def add(self, many: int) -> None:
        for _ in range(many):
            self.count += 1
            key = keylets.ticket(OWNER, self.count)
            last = max(self.pages, default=0)
            if len(self.pages.setdefault(last, [])) == 32:
                last += 1
                self.pages[last] = []
            self.pages[last] = sorted([*self.pages[last], key])
            self.where[key] = last
            assert directories.insert_owned(self.view, OWNER, key) == last

    @rule(data=st.data(), many=st.integers(1, 40), keep_root=st.booleans())
    def remove(self, data: st.DataObject, many: int, keep_root: bool) -> None:
        for _ in range(min(many, len(self.where))):
            key = data.draw(st.sampled_from(sorted(self.where)))
            number = self.where.pop(key)
            assert directories.remove_owned(self.view, OWNER, number, key, keep_root=keep_root)
            self.pages[number].remove(key)
            if number and not self.pages[number]:
                del self.pages[number]
            if not self.where and not keep_root and set(self.pages) <= {0}:
                self.pages = {}

    @rule()
    def remove_stranger(self) -> None:
        assert not directories.remove_owned(self.view, OWNER, 0, bytes(32))

    @invariant()
    def walks_agree(self) -> None:
        wanted = [(number, key) for number, keys in sorted(self.pages.items()) for key in keys]
        assert list(directories.walk(self.view, ROOT)) == wanted

    @invariant()
    def links_agree(self) -> None:
        assert self.view.exists(ROOT) == bool(self.pages)
        numbers = sorted(self.pages)
        for place, number in enumerate(numbers):
            page = self.view.read(keylets.page(ROOT, number))
            assert page is not None
            assert page["Owner"] == OWNER
            following = numbers[place + 1] if place + 1 < len(numbers) else 0
            assert page.get("IndexNext", 0) == following
            assert page.get("IndexPrevious", 0) == numbers[place - 1]


TestDirectory = Directory.TestCase
TestDirectory.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)


def test_book_directories_keep_the_order_of_arrival() -> None:
    view = Sandbox(ClosedState(LedgerInfo(1, 0, bytes(32), FEES, open=False)))
    keys = [bytes([9]) * 32, bytes([1]) * 32, bytes([5]) * 32]
    for key in keys:
        directories.append(view, ROOT, key, lambda page: None)
    assert [key for _, key in directories.walk(view, ROOT)] == keys


def test_an_emptied_root_can_be_kept_and_deleted_later() -> None:
    view = Sandbox(ClosedState(LedgerInfo(1, 0, bytes(32), FEES, open=False)))
    key = bytes([1]) * 32
    directories.insert_owned(view, OWNER, key)
    assert not directories.is_empty(view, ROOT)
    assert not directories.delete_empty(view, ROOT)
    directories.remove_owned(view, OWNER, 0, key, keep_root=True)
    assert view.exists(ROOT)
    assert directories.is_empty(view, ROOT)
    assert directories.delete_empty(view, ROOT)
    assert not view.exists(ROOT)
