"""The form for a new post or a reply: what was typed, what is still to decide, and its sending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import FileStorage

from instance.accounts import throttle
from instance.accounts.models import Account
from instance.accounts.tries import come_back, count_try
from instance.core.db import commit
from instance.core.errors import DomainError, NotAllowed
from instance.core.secrets import token
from instance.core.web import row_number
from instance.media import pictures
from instance.media import service as media
from instance.posts import audience, drafts, hints, polls, service
from instance.posts.models import Post
from instance.quartiers import service as quartiers
from instance.quartiers.models import Quartier

PHOTOS_MAX = 4
PHOTOS = throttle.Limit(30, timedelta(minutes=30))  # per account (threats.md G6)
OPTIONS_SHOWN = 6
LASTS = ("3600", "86400", "259200", "604800", "1209600", "2592000")  # seconds that the form offers
LANGUAGES = ("fr", "en", "ar", "es", "pt", "de", "it", "tr", "uk", "zh")


@dataclass
class Form:
    """A message being written. Photos are the keys of uploads that nobody but the writer can see."""

    title: str = ""
    text: str = ""
    kind: str = "news"
    scope: str = ""
    language: str = "fr"
    where: str = ""  # lost: the place
    when: str = ""  # lost: the day, in words
    options: str = ""  # poll: a line each, empty ones where nothing was typed,
    lasts: str = "604800"  # how long, in seconds,
    multiple: str = ""  # several answers: "1",
    hides: str = ""  # totals at the end only: "1"
    once: str = field(default_factory=token)
    photos: list[str] = field(default_factory=list)
    descriptions: dict[str, str] = field(default_factory=dict)
    is_confirmed: bool = False  # the page of readers and reminders was shown
    named: str = ""  # the quartiers that this page named (`audience.Around.sign`)
    is_other: bool = False  # they are others by now: the page comes again
    is_everywhere: bool = False  # the tick "visible partout"
    draft_id: int | None = None
    errors: dict[str, str] = field(default_factory=dict)
    status: int = 422  # of the page that shows the errors; 507 when the disk has no room for a picture

    def words(self) -> service.Words:
        """What the service takes."""
        return service.Words(
            self.text, self.title, self.kind, self.language, self.once[:64], tuple(self.photos), where=self.where,
            when=self.when, poll=self._ballot(),
        )  # fmt: skip

    def _ballot(self) -> polls.Ballot | None:
        if self.kind != polls.KIND:
            return None
        lasts = timedelta(seconds=int(self.lasts)) if self.lasts in LASTS else timedelta()
        return polls.Ballot(tuple(self.choices), lasts, bool(self.multiple), bool(self.hides))

    @property
    def choices(self) -> list[str]:
        """The lines of a poll, as many as the form has."""
        return [*self.options.split("\n"), *[""] * OPTIONS_SHOWN][:OPTIONS_SHOWN]


def read(fields: Mapping[str, str], keys: Sequence[str]) -> Form:
    """The form as it was sent; `keys` are the uploads that an earlier step kept."""
    draft = fields.get("draft", "")
    language = fields.get("language", "fr")
    return Form(
        title=fields.get("title", ""), text=fields.get("text", ""), kind=fields.get("kind", "news"),
        scope=fields.get("scope", ""), language=language if language in LANGUAGES else "fr",
        once=fields.get("once") or token(), photos=list(keys)[:PHOTOS_MAX],
        where=fields.get("where", ""), when=fields.get("when", ""), named=fields.get("named", ""),
        options=fields.get("options") or _options(fields), lasts=fields.get("lasts", "604800"),
        multiple=fields.get("multiple", ""), hides=fields.get("hides", ""),
        descriptions={key: fields.get(f"description-{key}", "") for key in keys},
        is_confirmed="confirmed" in fields, is_everywhere="everywhere" in fields,
        draft_id=_number(draft),
    )  # fmt: skip


def _options(fields: Mapping[str, str]) -> str:
    typed = [" ".join(fields.get(f"option-{place}", "").split()) for place in range(1, OPTIONS_SHOWN + 1)]
    return "\n".join(typed)


def _number(text: str) -> int | None:
    try:
        return row_number(text)
    except ValueError:
        return None


def take_photos(form: Form, account: Account, files: Sequence[FileStorage], described: Sequence[str]) -> None:
    """Decode and keep the uploads of this step; a picture that cannot be taken becomes an error of the form.

    Decoding happens before the write transaction and in a process of its own.
    """
    given = [(file, text) for file, text in zip(files, [*described, *[""] * len(files)], strict=False) if file.filename]
    if len(form.photos) + len(given) > PHOTOS_MAX:
        form.errors["photo"] = _("Quatre photos au plus par message.")
        return
    account_id = account.id
    for file, description in given:
        back_at = count_try([(throttle.subject("media", str(account_id)), PHOTOS)])
        if back_at is not None:
            form.errors["photo"], form.status = come_back(back_at), 429
            return
        try:
            prepared = media.prepare(file.stream.read(pictures.MAX_BYTES + 1))
            with commit():
                kept = media.keep(account_id, prepared, description)
                form.photos.append(kept.key)
                form.descriptions[kept.key] = description
        except DomainError as error:
            form.errors["photo"] = error.sentence
            form.status = error.status
            return


def needs_a_look(form: Form, account: Account, answered: Post | None) -> bool:
    """Whether the page of readers comes before sending: wider than the quartier, or a photo without words.

    Before somebody's first word to everybody it comes for a reply too: it makes a name known outside.
    """
    if form.is_confirmed:
        return False
    undescribed = any(not form.descriptions.get(key) for key in form.photos)
    if answered is None:
        return undescribed or form.scope != "quartier" or bool(reminders(form))
    is_first = form.scope == "public" and answered.is_public and not account.spoke_outside
    return undescribed or is_first or bool(reminders(form))


def reminders(form: Form) -> list[str]:
    """What to think over, for words that go wider than the quartier."""
    words = "\n".join([form.title, form.text, form.where, form.options])
    return hints.think_over(words) if form.scope != "quartier" else []


def send(form: Form, account: Account, home: Quartier, answered: Post | None) -> int | None:
    """Publish; the post's id, or None with `form.errors` filled and the words kept as a draft.

    The same form twice is one post, also where two processes write it at the same moment.
    """
    if form.scope == "public" and not form.is_everywhere:
        sentence = _("Cochez la case : le message sera visible partout, y compris hors de Quartier Libre.")
        form.errors["everywhere"] = sentence
        return None
    try:
        with commit():
            _must_still_live(account, home)
            for key in form.photos:
                media.describe(account.id, key, form.descriptions.get(key, ""))
            post_id = _write(form, account, home, answered)
            if form.draft_id:
                drafts.throw_away(account.id, form.draft_id)
            return post_id
    except _Unseen:
        form.is_confirmed, form.is_other = False, True
        return None
    except DomainError as error:
        form.errors[error.field], form.status = error.sentence, error.status
        return None
    except IntegrityError:
        # PostgreSQL lets the second form in until its row meets the first one's; SQLite has them wait at the door.
        if (found := service.sent_before(account, form.words())) is None:
            raise
        return found


class _Unseen(Exception):
    """The quartiers that would get the words are not those that their author was shown."""


def _must_still_live(account: Account, home: Quartier) -> None:
    """Decoding photos took a while: who moved away or whose proof ended meanwhile writes here no more."""
    here = quartiers.residence(account.id)
    if here is None or here.quartier.id != home.id:
        raise NotAllowed("post.moved", _("Vous n’habitez plus ce quartier. Votre message est gardé en brouillon."))
    if not here.may_post:
        raise NotAllowed("post.closed", closed_words(home))


def closed_words(home: Quartier) -> str:
    """Why nothing can be sent to the wall of `home` by somebody who lives there."""
    if home.state != "open":
        return _("Le mur n’est pas encore ouvert. Votre message est gardé en brouillon.")
    return _("Votre preuve d’adresse a expiré : renouvelez-la pour écrire. Votre message est gardé en brouillon.")


def _write(form: Form, account: Account, home: Quartier, answered: Post | None) -> int:
    if answered is None:
        reach = audience.around(home) if form.scope == "neighbours" else None
        if reach and form.named != reach.sign:
            raise _Unseen
        return service.publish(account, home, form.words(), audience.for_post(form.scope, home, reach))
    readers = audience.for_reply(form.scope, answered, home, account.actor_id)
    return service.reply(account, home, answered, form.words(), readers)


def keep_draft(form: Form, account: Account, answered: Post | None) -> int:
    """Keep the words, whatever is wrong with them; photos are not part of a draft."""
    fields = {name: str(getattr(form, name)) for name in drafts.KEPT_FIELDS}
    with commit():
        return drafts.keep(account.id, fields, reply_to=answered.id if answered else None, draft_id=form.draft_id)


def from_draft(fields: Mapping[str, str], draft_id: int) -> Form:
    """The form that a draft holds."""
    return replace(read(fields, []), draft_id=draft_id)
