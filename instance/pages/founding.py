"""The life of a page: founded, described, looked at, put online, closed."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import Select, delete, select

from instance.accounts import keys, names
from instance.accounts.models import Account, Actor
from instance.core import clock
from instance.core.db import db, new_id
from instance.core.errors import Invalid, NotAllowed
from instance.core.facts import record
from instance.pages import identity, service, team
from instance.pages.facts import PageChanged, PageClosed
from instance.pages.models import Page, PageMember, PageProof
from instance.posts import service as posts
from instance.posts.facts import PostWithdrawn
from instance.posts.models import Post
from instance.quartiers import service as quartiers
from instance.quartiers.models import CircleMember

TEXT_MAX = 1000
TEXTS = ("publisher", "funding", "contact")
DRAFTS_MAX = 3  # pages that one resident founds and that are not online yet


@dataclass(frozen=True)
class Wish:
    """What is typed when a page is founded."""

    kind: str
    name: str
    slug: str
    number: str


def found(account: Account, wish: Wish) -> Page:
    """A draft, with `account` as its manager. Raises `NotAllowed` unless strongly verified, `Invalid` by field."""
    home = quartiers.residence(account.id)
    if home is None or home.level != "strong" or not home.writes:
        sentence = _("Pour ouvrir une page, il faut une preuve d’adresse forte : courrier ou guichet.")
        raise NotAllowed("page.level", sentence)
    drafts = [page for page in service.of_account(account.id) if page.state in {"draft", "waiting"}]
    if len(drafts) >= DRAFTS_MAX:
        raise Invalid("page.drafts", _("Publiez ou abandonnez d’abord une de vos pages en préparation."))
    if wish.kind not in service.KINDS:
        raise Invalid("page.kind", _("Choisissez de quel genre de page il s’agit."), field="kind")
    page = make(wish, number=identity.check_number(wish.kind, wish.number))
    page.quartier_id = home.quartier.id
    page.looks_like = identity.could_be(page.name, page.slug, page.kind, page.id)
    team.add(page, account, "manager")
    service.note(page, account, "founded")
    return page


def make(wish: Wish, *, number: str = "") -> Page:
    """The rows of a draft: actor, name taken for ever, circle of the team."""
    name, slug = identity.check_name(wish.name), identity.check_slug(wish.slug)
    actor = Actor(
        id=new_id(), kind="organization", handle=slug, path=f"/pages/{slug}", shown_name=name, created_at=clock.now()
    )
    db.session.add(actor)
    db.session.flush()
    names.take(slug, actor)
    page = Page(
        id=new_id(), actor_id=actor.id, circle_id=quartiers.new_circle().id, slug=slug, kind=wish.kind, name=name,
        name_key=identity.key(name), state="draft", number=number, created_at=clock.now(), summary="", publisher="",
        funding="", contact="", looks_like="", hours="", delivers_how="", gifts_url="",
    )  # fmt: skip
    page.actor = actor
    db.session.add(page)
    db.session.flush()
    return page


def describe(page: Page, by: Account | None, texts: dict[str, str]) -> None:
    """Who we are: `summary` and the three texts. A published page keeps all three. Raises `Invalid` by field."""
    kept = {name: texts.get(name, "").replace("\r\n", "\n").strip() for name in ("summary", *TEXTS)}
    for name, text in kept.items():
        if len(text) > TEXT_MAX:
            raise Invalid("page.long", _("Raccourcissez ce texte à %(num)d signes.", num=TEXT_MAX), field=name)
        if not text and name in TEXTS and page.state == "published":
            sentence = _("Une page publiée dit toujours qui publie, qui paie, et comment joindre.")
            raise Invalid("page.text", sentence, field=name)
    for name, text in kept.items():
        setattr(page, name, text)
    service.note(page, by, "texts")
    changed(page)


def changed(page: Page) -> None:
    """Other servers read the page anew."""
    page.actor.version += 1
    if page.state == "published":
        record(PageChanged(page.id))


def missing(page: Page) -> list[str]:
    """What stands between the page and its publication, in words; empty: nothing."""
    lacks = []
    if page.proved_by is None:
        lacks.append(_("la preuve de l’organisation, par courrier à son siège ou au guichet"))
    words = {"publisher": _("qui publie"), "funding": _("qui paie"), "contact": _("comment joindre l’équipe")}
    lacks += [words[name] for name in TEXTS if not getattr(page, name)]
    if page.looks_like:
        lacks.append(_("un regard de l’association : le nom ressemble à un autre"))
    return lacks


def put_online(page: Page, by: Account | None) -> None:
    """From now on everybody may know the page. Raises `NotAllowed` while something is missing (F09)."""
    if page.state == "published":
        return
    lacks = missing(page)
    if page.state == "closed" or lacks:
        raise NotAllowed("page.incomplete", _("Il manque encore : %(things)s.", things=", ".join(lacks)))
    page.state, page.published_at = "published", clock.now()
    _give_words_back(page)
    page.actor.outside_name = page.name
    page.actor.version += 1
    service.note(page, by, "published")
    keys.order([page.actor_id])


def prove(page: Page, method: str, by: Account | None) -> None:
    """The organisation is proved: by `letter`, at the `desk`, or by the operator's word (`admin`)."""
    page.proved_by, page.proved_at = method, clock.now()
    if page.state == "waiting":
        page.state = "draft"
    service.note(page, by, "proved", method=method)


def take_offline(page: Page) -> None:
    """The proof fell: nobody outside of the team knows the page or reads its words until there is another one.

    Other servers are asked to forget what they were told under that name.
    """
    page.proved_by, page.proved_at = None, None
    page.actor.version += 1
    if page.state != "published":
        return
    page.state = "draft"
    for post in db.session.scalars(_words_of(page).where(Post.verdict == "visible")):
        record(PostWithdrawn(post.id))
        post.verdict, post.details = "hidden", (post.details or {}) | {"offline": True}
        post.version += 1
    db.session.flush()


def _words_of(page: Page) -> Select[Post]:
    return select(Post).where(Post.author_id == page.actor_id, Post.deleted_at.is_(None))


def _give_words_back(page: Page) -> None:
    """What was hidden because the proof fell is there again; what moderation hid is not."""
    for post in db.session.scalars(_words_of(page).where(Post.verdict == "hidden")):
        details = dict(post.details or {})
        if details.pop("offline", None):
            post.verdict, post.details = "visible", details
            post.version += 1
    db.session.flush()


def approve(page: Page, by: Account) -> None:
    """A human looked at a name that resembles another one."""
    service.note(page, by, "looked", name=page.looks_like)
    page.looks_like = ""


def close(page: Page, by: Account | None) -> None:
    """The page ends: its words go here and elsewhere, its team reads nothing more, its name stays taken."""
    if page.state == "closed":
        return
    was_online = page.state == "published"
    posts.wipe_all_of(page.actor_id)
    page.state = "closed"
    page.actor.version += 1
    db.session.execute(delete(PageMember).where(PageMember.page_id == page.id))
    db.session.execute(delete(CircleMember).where(CircleMember.circle_id == page.circle_id))
    db.session.execute(delete(PageProof).where(PageProof.page_id == page.id))
    page.summary, page.number = "", ""
    service.note(page, by, "closed")
    db.session.flush()
    if was_online:
        record(PageClosed(page.id))


def every() -> list[Page]:
    """All pages, those that wait for a look first."""
    rank = {"published": 1, "closed": 2}
    found = db.session.scalars(select(Page).order_by(Page.name)).all()
    return sorted(found, key=lambda page: (not page.looks_like, rank.get(page.state, 0)))


def listed(kinds: tuple[str, ...] = service.KINDS) -> list[Page]:
    """Published pages of these kinds, by name."""
    return list(
        db.session.scalars(select(Page).where(Page.state == "published", Page.kind.in_(kinds)).order_by(Page.name))
    )
