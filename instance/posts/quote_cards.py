"""The part of a sheet that shows what its words quote: asked anew for each reader, so it is never kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import and_, bindparam, select

from instance.accounts.models import Actor
from instance.core import fed, markup
from instance.core.db import BigId, db
from instance.posts import poll_cards, quotes, visibility
from instance.posts.models import Post, Quote

MARK = "<!--quote-->"
SHOWN_CHARS = 280


class Quoting(Protocol):
    """Columns of a post that may quote another one."""

    id: int
    uri: str | None
    quoted_uri: str | None


_ROWS = (  # built once (performance.md, rule 5)
    select(
        Quote.post_id.label("quoting_id"), Quote.state.label("quote_state"), Post.id, Post.author_id, Post.title,
        Post.html, Post.language, Post.warning, Post.is_nameless, Post.home_id, Actor.shown_name, Actor.outside_name,
        Actor.handle, Actor.host, Actor.path.label("author_path"),
    )
    .select_from(Quote)
    .outerjoin(Post, and_(Quote.state == "accepted", Post.id == quotes.seen_id(Quote)))
    .outerjoin(Actor, Actor.id == Post.author_id)
    .where(Quote.post_id.in_(bindparam("ids", expanding=True, type_=BigId)))
)  # fmt: skip


def mark(post: Quoting) -> str:
    """Where the quoted words go in the kept sheet."""
    return MARK if post.quoted_uri else ""


def filled(
    papers: list[str], posts: Sequence[Any], reader: Any, name: Callable[[Any, Any], str]
) -> list[str]:  # fmt: skip
    """The sheets with their polls, and what `reader` may read of quoted words; no statement where nobody quotes."""
    papers = poll_cards.filled(papers, posts, reader)
    asked = [post.id for post in posts if post.quoted_uri]
    if not asked:
        return papers
    values = visibility.reader(reader.actor_id) | {"ids": asked}
    found = {row.quoting_id: row for row in db.session.connection().execute(_ROWS, values)}
    return [
        text.replace(MARK, _card(post, found.get(post.id), reader, name), 1) if post.quoted_uri else text
        for text, post in zip(papers, posts, strict=True)
    ]


def _card(post: Quoting, row: Any, reader: Any, name: Callable[[Any, Any], str]) -> str:
    if row is None:  # of elsewhere, and nobody here knows whether it may be shown: its address, as it was written
        return _link(post.quoted_uri or "") if post.uri else ""
    if row.id is None:
        waits = _("Le message cité attend l’accord de la personne qui l’a écrit.")
        words = waits if row.quote_state == "pending" else _("Le message cité n’est pas visible.")
        return Markup('<p class="soft small">{}</p>').format(words)
    ui: Any = current_app.jinja_env.get_template("ui/ui.html").module
    words = row.warning or markup.plain(row.html)
    cut = words if len(words) <= SHOWN_CHARS else words[:SHOWN_CHARS].rsplit(" ", 1)[0] + " …"
    who = name(row, reader) + (f" (@{row.handle}@{row.host})" if row.host else "")
    values = {"href": f"/p/{row.id}", "name": who, "title": row.title, "words": cut, "lang": row.language}
    if row.author_id == reader.actor_id:
        values |= {"end_url": f"/p/{post.id}/retirer-mes-mots", "by": name(post, reader)}
    return str(ui.quoted(values))


def _link(uri: str) -> str:
    here = urlsplit(uri).netloc if fed.path_of(uri) is None else fed.host()
    line = Markup('<p><a href="{}" rel="nofollow noopener noreferrer ugc">{}</a></p>')
    return line.format(uri, _("Message cité, sur %(host)s", host=here))
