"""How a page is talked of: the intensity of its posts, and what its tips were worth. No like, share or follower."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Response
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from sqlalchemy import func, select

from instance.core import clock, ids
from instance.core.db import db
from instance.core.web import page as render
from instance.core.web import settings
from instance.desk import intensity
from instance.desk.blueprint import bp
from instance.desk.models import Tip
from instance.pages.doors import team_required
from instance.pages.models import Page
from instance.posts import origins
from instance.quartiers.models import Quartier

SINCE = timedelta(days=366)
HEAD = ("post", "published", "place", "repliers", "exchanges", "intensity")


@dataclass(frozen=True)
class Tips:
    """How many tips a page received, and how many of them were useful or published."""

    received: int
    useful: int

    @property
    def share(self) -> int | None:
        """Percent; None where none came."""
        return round(100 * self.useful / self.received) if self.received else None


def tips_of(page_id: int) -> Tips:
    """The worth of a page's tips: useful + published, out of all received."""
    rows = select(Tip.state, func.count()).where(Tip.page_id == page_id).group_by(Tip.state)
    states = Counter(dict(db.session.execute(rows).all()))
    return Tips(states.total(), states["useful"] + states["published"])


def _posts(page: Page) -> list[intensity.Measured]:
    now = clock.now()
    return intensity.of_page(page, now - SINCE, now + timedelta(minutes=1))


def _places(posts: list[intensity.Measured]) -> tuple[dict[int, str], dict[int, str]]:
    """Names of quartiers here by their number, and of those of other cities by their actor's."""
    here = {number for post in posts for number in post.by_quartier}
    away = {one.group_id for post in posts for one in post.elsewhere}
    names = select(Quartier.id, Quartier.name).where(Quartier.id.in_(here))
    return dict(db.session.execute(names).all()), origins.named(away)


@bp.get("/pages/<slug>/chiffres")
@team_required()
def figures(found: Page) -> ResponseReturnValue:
    """The figures, for the team."""
    posts = _posts(found)
    here, away = _places(posts)
    months = [
        (format_date(date.fromisoformat(f"{month}-01"), "LLLL yyyy"), value, number)
        for month, value, number in intensity.by_month(posts, settings().timezone)
    ]
    return render(
        "desk/figures.html", page=found, posts=posts, here=here, away=away, months=months, tips=tips_of(found.id),
        fewest=intensity.FEWEST,
    )  # fmt: skip


@bp.get("/pages/<slug>/chiffres.csv")
@team_required()
def figures_file(found: Page) -> ResponseReturnValue:
    """The same as a file: a line per post, and per quartier that is told of."""
    posts = _posts(found)
    here, away = _places(posts)
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEAD)
    for post in posts:
        day = clock.day_of(ids.moment_of(post.post_id), settings().timezone).isoformat()
        told = [(here[number], numbers) for number, numbers in sorted(post.by_quartier.items())]
        told += [(away[one.group_id], (one.repliers, one.exchanges)) for one in post.elsewhere]
        people = post.here[0] + sum(one.repliers for one in post.elsewhere)
        writer.writerow((f"/p/{post.post_id}", day, "", people, post.intensity - people, post.intensity))
        for place, numbers in told:
            writer.writerow((f"/p/{post.post_id}", day, _cell(place), *numbers, sum(numbers)))
    answer = Response(file.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.slug}-chiffres.csv"'
    return answer


def _cell(text: str) -> str:
    """A name as no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
