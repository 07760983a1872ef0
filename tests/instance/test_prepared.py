"""Statements that are written out once: they answer what SQLAlchemy answers for the same statement."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, literal, select
from sqlalchemy.exc import DBAPIError

from instance.core import clock
from instance.core.db import BigId, Moment, db
from instance.core.prepared import LONG, Prepared
from instance.posts import visibility
from instance.posts.models import Post
from tests.city import City, Someone
from tests.instance.posts.writing import write
from tests.support.sql import statements

ASKED = select(
    Post.id, Post.is_public, Post.details, Post.edited_at, bindparam("now", type_=Moment).label("asked_at"),
    literal("100 % d’accord").label("said"),
).where(
    Post.id.in_(bindparam("ids", expanding=True, type_=BigId)), visibility.readable(),
    Post.scope.in_(["quartier", "public"]),
)  # fmt: skip


@pytest.fixture
def here(city: City) -> str:
    return city.quartier("Clignancourt")


@pytest.fixture
def salma(city: City, here: str) -> Someone:
    return city.resident(here, "salma")


@pytest.mark.parametrize("number", [1, 2, 3, 20, LONG + 1])
def test_it_answers_the_same_rows_of_the_same_types_for_lists_of_any_length(
    city: City, here: str, salma: Someone, number: int
) -> None:
    ids = [write(city, salma, here) for _ in range(min(number, 3))]
    ids += range(1, number - len(ids) + 1)
    values = visibility.reader(salma.actor_id) | {"ids": ids}

    prepared = Prepared(ASKED)
    found = [prepared.rows(values) for _ in range(2)]

    expected = [tuple(row) for row in db.session.connection().execute(ASKED, values)]
    assert len(expected) == min(number, 3)
    for rows in found:
        assert sorted(map(tuple, rows)) == sorted(expected)
        assert [[type(cell) for cell in row] for row in rows] == [[type(cell) for cell in row] for row in expected]
    assert found[0][0].asked_at == values["now"] and found[0][0].said == "100 % d’accord"


def test_lists_of_many_lengths_are_few_texts(salma: Someone) -> None:
    prepared = Prepared(ASKED)

    with statements() as found:
        for number in range(1, 101):
            prepared.rows({"viewer": salma.actor_id, "now": clock.now(), "ids": list(range(1, number + 1))})

    assert len({text for text, _values in found}) == 8


def test_what_is_sent_is_written_as_the_columns_hold_it(salma: Someone) -> None:
    values = visibility.reader(salma.actor_id) | {"ids": [1]}
    prepared = Prepared(ASKED)

    with statements() as found:
        prepared.rows(values)
        db.session.connection().execute(ASKED, values)

    (_text, ours), (_other, theirs) = found
    theirs = theirs.values() if isinstance(theirs, dict) else theirs
    assert sorted(set(map(repr, ours.values()))) == sorted(set(map(repr, theirs)))


def test_nobody_reads_with_what_was_given_for_somebody_before(salma: Someone) -> None:
    prepared = Prepared(ASKED)
    prepared.rows(visibility.reader(salma.actor_id) | {"ids": [1]})

    with pytest.raises(DBAPIError):
        prepared.rows({"now": clock.now(), "ids": [1]})
