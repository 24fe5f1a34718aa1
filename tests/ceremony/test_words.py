"""Digests read aloud: every word is its own, and a wrong, missing or swapped one is heard."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovbank.ceremony.wordlist import THREE_SYLLABLES, TWO_SYLLABLES
from sovbank.ceremony.words import digest_words, parse_digest
from sovbank.errors.ceremony import DigestMalformed

ALL = TWO_SYLLABLES + THREE_SYLLABLES
digests = st.binary(min_size=32, max_size=32).map(bytes.hex)


def distance(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        following = [number]
        for place, against in enumerate(other, 1):
            following.append(min(row[place] + 1, following[-1] + 1, row[place - 1] + (letter != against)))
        row = following
    return row[-1]


def sound(word: str) -> str:
    """The classes of consonants that a bad line leaves of a word, and whether it begins with a vowel."""
    pairs = (("ph", "f"), ("ck", "k"), ("sch", "sk"), ("ch", "J"), ("sh", "S"), ("th", "T"), ("qu", "kw"))
    for letters, stands_for in (*pairs, ("gh", ""), ("wh", "w"), ("kn", "n"), ("wr", "r")):
        word = word.replace(letters, stands_for)
    word = re.sub("c(?=[eiy])", "s", word)
    word = re.sub(r"(.)\1+", r"\1", word.translate(str.maketrans("cqzdbgvjmx", "kkstpkfJns")))
    first = "A" if word[0] in "aeiou" else word[0]
    return first + re.sub("[aeiouyhw]", "", word[1:])


def test_there_are_256_of_each() -> None:
    assert len(TWO_SYLLABLES) == len(THREE_SYLLABLES) == 256
    assert len(set(ALL)) == 512
    assert all(re.fullmatch("[a-z]{4,10}", word) for word in ALL)
    assert list(TWO_SYLLABLES) == sorted(TWO_SYLLABLES)
    assert list(THREE_SYLLABLES) == sorted(THREE_SYLLABLES)


def test_no_two_words_look_or_sound_alike() -> None:
    assert len({word[:4] for word in ALL}) == len(ALL)
    assert len({sound(word) for word in ALL}) == len(ALL)
    for words in (TWO_SYLLABLES, THREE_SYLLABLES):
        assert [pair for pair in combinations(words, 2) if distance(*pair) < 3] == []


def test_no_word_is_one_of_a_wallets_seed_phrase() -> None:
    listed = files("eth_account") / "hdaccount" / "wordlist" / "english.txt"
    seed_words = set(listed.read_text().split())
    assert len(seed_words) == 2048
    assert seed_words & set(ALL) == set()


@given(digests)
def test_words_say_the_digest(digest: str) -> None:
    words = digest_words(digest)
    assert len(words) == 32
    assert parse_digest(" ".join(words)) == digest
    assert parse_digest("\n".join(words).upper()) == digest
    assert parse_digest(digest.upper()) == digest


@given(digests, st.integers(0, 31))
def test_a_word_left_out_or_said_twice_is_noticed(digest: str, place: int) -> None:
    words = list(digest_words(digest))
    for wrong in (words[:place] + words[place + 1 :], words[:place] + words[place:][:1] + words[place:]):
        with pytest.raises(DigestMalformed):
            parse_digest(" ".join(wrong))


@given(digests, st.integers(0, 30))
def test_neighbours_swapped_are_noticed(digest: str, place: int) -> None:
    words = list(digest_words(digest))
    words[place], words[place + 1] = words[place + 1], words[place]
    with pytest.raises(DigestMalformed, match=f"word {place + 1} "):
        parse_digest(" ".join(words))


@pytest.mark.parametrize("text", ["", "acorn", "0" * 63, "0" * 65, "g" * 64, "\u0660" * 64, "x" * 2000])
def test_what_is_no_digest_is_refused(text: str) -> None:
    with pytest.raises(DigestMalformed):
        parse_digest(text)
    with pytest.raises(DigestMalformed):
        digest_words(text)
