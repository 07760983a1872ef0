"""Filters: what an account wants warned about, blurred or hidden, tried on the words of a page's posts.

The rules of an account are kept in the process under `Account.filters_version`, which every change raises: an account
that never had a filter costs nothing, one that has costs two statements in the first request after a change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unicodedata import normalize

from flask import g
from flask_babel import gettext as _
from sqlalchemy import select

from instance.accounts.models import Account
from instance.core import bus, clock, markup
from instance.core.db import db
from instance.mastodon.models import Filter, FilterKeyword, FilterPost
from instance.mastodon.people import stamp

Json = dict[str, Any]
CONTEXTS = ("home", "notifications", "public", "thread", "account")
ACTIONS = ("warn", "hide", "blur")
KEPT = 2000  # accounts whose rules are kept in a process
_kept: dict[int, tuple[int, tuple[Rule, ...]]] = {}


@dataclass(frozen=True)
class Rule:
    """One filter, ready to be tried."""

    entity: Json  # as FilterResult shows it
    contexts: frozenset[str]
    ends: datetime | None
    hides: bool
    patterns: tuple[re.Pattern[str], ...]
    posts: frozenset[int]


Rules = Sequence[Rule]
NONE: Rules = ()


def of(account: Account) -> Rules:
    """The filters of `account`, those that have run out among them."""
    return at(account.id, account.filters_version)


def at(account_id: int, version: int) -> Rules:
    """The filters of the account as they stand at `version` of them."""
    if version == 0:
        return NONE
    found = _kept.get(account_id)
    if found is None or found[0] != version:
        found = version, _read(account_id)
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[account_id] = found
    return found[1]


def of_caller() -> Rules:
    """The filters of whoever calls the client API; a stranger has none."""
    bearer = g.get("bearer")
    return NONE if bearer is None else of(bearer.account)


def _read(account_id: int) -> tuple[Rule, ...]:
    mine = list(db.session.scalars(select(Filter).where(Filter.account_id == account_id).order_by(Filter.id)))
    ids = [one.id for one in mine]
    patterns: dict[int, list[re.Pattern[str]]] = {}
    posts: dict[int, set[int]] = {}
    words = select(FilterKeyword).where(FilterKeyword.filter_id.in_(ids)).order_by(FilterKeyword.id)
    for word in db.session.scalars(words):
        patterns.setdefault(word.filter_id, []).append(pattern(word.keyword, is_whole=word.is_whole_word))
    pairs = select(FilterPost.filter_id, FilterPost.post_id).where(FilterPost.filter_id.in_(ids))
    for filter_id, post_id in db.session.execute(pairs):
        posts.setdefault(filter_id, set()).add(post_id)
    return tuple(
        Rule(
            entity(one), frozenset(one.contexts), one.expires_at, one.action == "hide",
            tuple(patterns.get(one.id, ())), frozenset(posts.get(one.id, ())),
        )
        for one in mine
    )  # fmt: skip


def pattern(keyword: str, *, is_whole: bool) -> re.Pattern[str]:
    """`keyword` as Mastodon looks for it: accents count, capitals do not; a whole word where it ends in a letter."""
    keyword = normalize("NFC", keyword)
    left = r"\b" if is_whole and re.match(r"\w", keyword) else ""
    right = r"\b" if is_whole and re.search(r"\w\Z", keyword) else ""
    return re.compile(left + re.escape(keyword) + right, re.IGNORECASE)


def entity(row: Filter) -> Json:
    """The filter without its words, as V1::FilterResult holds it."""
    return {
        "id": str(row.id), "title": row.title, "context": row.contexts, "expires_at": stamp(row.expires_at),
        "filter_action": row.action,
    }  # fmt: skip


def applied(rules: Rules, words: Mapping[int, Iterable[str]]) -> dict[int, list[Json]]:
    """What goes into `filtered` of each post, by id: `words` are its title, HTML, warning, descriptions, choices.

    Own posts are not given here: nobody filters themselves. Posts that nothing matches have no entry.
    """
    now = clock.now()
    live = [rule for rule in rules if rule.ends is None or rule.ends > now]
    found: dict[int, list[Json]] = {}
    for post_id, parts in words.items() if live else ():
        text = normalize("NFC", "\n".join(markup.plain(part) for part in parts if part))
        results = [result for rule in live if (result := _tried(rule, post_id, text)) is not None]
        if results:
            found[post_id] = results
    return found


def _tried(rule: Rule, post_id: int, text: str) -> Json | None:
    matches = [match[0] for one in rule.patterns if (match := one.search(text)) is not None]
    posts = [str(post_id)] if post_id in rule.posts else []
    if not matches and not posts:
        return None
    return {"filter": rule.entity, "keyword_matches": matches, "status_matches": posts}


def is_hidden(results: Iterable[Json], context: str) -> bool:
    """Whether the server leaves a post with these results out of a list of `context`."""
    return any(
        one["filter"]["filter_action"] == "hide" and context in one["filter"]["context"] for one in results
    )  # fmt: skip


def changed(account: Account) -> None:
    """The filters of `account` are others now; open streams hear of it. Inside `commit()`."""
    account.filters_version += 1
    bus.publish({"filters": account.id})


def told(account_id: int) -> tuple[str, list[tuple[str, str]]]:
    """The chapter of « mes données »: each filter with its words."""
    rows = select(Filter.id, Filter.title).where(Filter.account_id == account_id).order_by(Filter.id)
    words = select(FilterKeyword.filter_id, FilterKeyword.keyword).join(Filter, Filter.id == FilterKeyword.filter_id)
    found: dict[int, list[str]] = {}
    for filter_id, keyword in db.session.execute(words.where(Filter.account_id == account_id)):
        found.setdefault(filter_id, []).append(keyword)
    return _("Vos filtres"), [(row.title, ", ".join(found.get(row.id, []))) for row in db.session.execute(rows)]
