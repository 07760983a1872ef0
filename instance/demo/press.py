"""The pages of organisations in Ormevielle: how each opened, who subscribed, what it published."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from instance.accounts.models import Account
from instance.core.db import commit, db
from instance.demo import story
from instance.pages import founding, service, subscribing, team
from instance.posts.service import Words
from instance.quartiers import service as quartiers

Act = tuple[datetime, Callable[[], None]]


def acts(accounts: dict[str, int], now: datetime, zone: ZoneInfo) -> Iterator[Act]:
    """Everything that pages do; `accounts` gives the account id of a handle once it exists."""
    for told in story.pages():
        yield story.moment(told["opened"], now, zone), partial(_open, told, accounts)
        for article in told["articles"]:
            yield story.moment(article["ago"], now, zone), partial(_publish, told, article, accounts)


def _open(told: dict[str, Any], accounts: dict[str, int]) -> None:
    """The operator answers for it, as `quartier page add` does; then quartiers subscribe."""
    with commit():
        page = founding.make(founding.Wish(told["kind"], told["name"], told["slug"], ""))
        team.add(page, db.session.get_one(Account, accounts[told["by"]]), "manager")
        founding.describe(page, None, {name: told[name] for name in ("summary", *founding.TEXTS)})
        founding.prove(page, "admin", None)
        founding.put_online(page, None)
        for code in told["readers"]:
            wish = subscribing.ask(
                quartiers.by_code(code).id, page.actor, told["reason"], accounts[told["asked_by"]]
            )  # fmt: skip
            subscribing.agree(wish, accounts[told["agreed_by"]])


def _publish(told: dict[str, Any], article: dict[str, Any], accounts: dict[str, int]) -> None:
    with commit():
        account = db.session.get_one(Account, accounts[told["by"]])
        service.publish(service.published(told["slug"]), account, Words(article["text"], article["title"], "article"))
