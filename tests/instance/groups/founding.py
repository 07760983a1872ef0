"""Thematic groups through the pages, as people found, join and write in them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from instance.core.db import db
from instance.groups.models import Group
from instance.posts.models import Post
from tests.city import City, Someone


def found(city: City, keeper: Someone, name: str = "Compost commun", **wishes: Any) -> str:
    """A new group; its slug."""
    answer = city.post(keeper.browser, "/groupes/nouveau", name=name, **({"reach": "quartier"} | wishes))
    assert answer.status_code == 303, answer.text
    return str(answer.location.rsplit("/", 1)[1])


def join(city: City, someone: Someone, slug: str) -> int:
    """Join, or ask to; the status of the answer."""
    return int(city.post(someone.browser, f"/g/{slug}/rejoindre").status_code)


def say(city: City, author: Someone, slug: str, text: str) -> int:
    """Words on its wall; the post's id."""
    answer = city.post(author.browser, f"/g/{slug}/ecrire", text=text)
    assert answer.status_code == 303, answer.text
    return int(answer.location.rsplit("#m", 1)[1])


def reads(city: City, someone: Someone, slug: str, words: str) -> bool:
    """Whether they find `words` on its wall."""
    page = city.get(someone.browser, f"/g/{slug}")
    return page.status_code == 200 and words in page.text


def group_of(slug: str) -> Group:
    db.session.rollback()
    return db.session.scalars(select(Group).where(Group.slug == slug)).one()


def scope_of(post_id: int) -> str:
    db.session.rollback()
    return db.session.get_one(Post, post_id).scope
