"""Codes: what they look like, how they may be typed, what is stored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instance.verification import codes

KEY = b"k" * 32
written = st.text(codes.ALPHABET, min_size=codes.LETTER_SIGNS, max_size=codes.LETTER_SIGNS)


def test_the_alphabet_has_31_signs_and_none_that_looks_like_another() -> None:
    assert len(set(codes.ALPHABET)) == len(codes.ALPHABET) == 31
    assert not set(codes.ALPHABET) & set("0O1IL")


@pytest.mark.parametrize(
    ("make", "signs"), [(codes.letter_code, 8), (codes.voucher_code, 6), (codes.household_code, 8)]
)
def test_a_new_code_has_its_length_and_comes_once(make, signs: int) -> None:
    made = [make() for _ in range(500)]

    assert {len(code) for code in made} == {signs}
    assert set("".join(made)) == set(codes.ALPHABET)
    assert len(set(made)) == 500


def test_a_code_is_shown_in_two_groups() -> None:
    assert codes.grouped("ABCDEFGH") == "ABCD-EFGH"
    assert codes.grouped("ABCDEF") == "ABC-DEF"


@pytest.mark.parametrize(
    "typed", ["ABCD-2345", "abcd2345", " abcd 2345 ", "a b c d - 2 3 4 5", "ABCD\u20132345", "abcd\u00a02345\n"]
)
def test_case_spaces_and_hyphens_do_not_matter(typed: str) -> None:
    assert codes.normalise(typed) == "ABCD2345"


@pytest.mark.parametrize("sign", "0O1ILoil")
def test_a_sign_that_stands_in_no_code_is_not_guessed(sign: str) -> None:
    assert codes.normalise("ABCD234" + sign) is None


@pytest.mark.parametrize("typed", ["", "-", "ABCD234", "ABCD23456", "ABCD234ß", "ABCD23!5", "ÀBCD2345"])
def test_what_has_not_the_form_of_a_code_is_none(typed: str) -> None:
    assert codes.normalise(typed) is None


def test_a_code_of_six_signs_is_read_as_such_only_where_six_are_asked() -> None:
    assert codes.normalise("abc-234", codes.VOUCHER_SIGNS) == "ABC234"
    assert codes.normalise("abc-234") is None


@given(written)
def test_what_is_shown_is_read_back(code: str) -> None:
    assert codes.normalise(codes.grouped(code).lower()) == code


@given(written, written)
def test_a_mark_fits_its_own_code_and_key_only(code: str, other: str) -> None:
    mark = codes.digest(code, KEY)

    assert codes.matches(code, mark, KEY)
    assert codes.matches(other, mark, KEY) == (other == code)
    assert not codes.matches(code, mark, b"x" * 32)


def test_the_mark_does_not_tell_the_code() -> None:
    mark = codes.digest("ABCD2345", KEY)

    assert len(mark) == 64
    assert set(mark) <= set("0123456789abcdef")
    assert not codes.matches("ABCD2345", "", KEY)
    assert not codes.matches("ABCD2345", "é", KEY)
