"""Pictures: taken in, attached to a post, shown to whom the post is shown, gone for good.

The order keeps the write transaction short and loses nothing: `prepare` decodes and writes the files outside
of it, `keep` writes the row inside. Files without a row (a form that failed, a process that died) are swept.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from secrets import token_hex
from typing import Any
from unicodedata import category

from flask_babel import gettext as _
from sqlalchemy import bindparam, delete, func, select, update

from instance.accounts.models import Account
from instance.core import clock, jobs, secrets, storage
from instance.core.db import commit, db, is_writing
from instance.core.errors import Invalid, NotFound
from instance.media import pictures
from instance.media.models import Media

SIZES = pictures.SIZES
SENT = "sent"  # no size, never shown: what an application sent and the worker has not drawn yet
MAX_PER_POST = 4
MAX_DESCRIPTION = 1500
SUFFIX_LIFE = timedelta(hours=24)
UNATTACHED_LIFE = timedelta(hours=24)
ORPHAN_AGE = timedelta(hours=1)
SWEEP_BATCH = 500
KEY = re.compile(r"[0-9a-f]{32}")
SUFFIX = re.compile(r"([0-9]{1,19})\.([0-9]{1,12})\.([0-9a-f]{43})")

Gate = Callable[[int | None, int], bool]


@dataclass(frozen=True)
class Prepared:
    """A picture whose files are in the store and whose row is not written yet; `bytes` counts all sizes."""

    key: str
    width: int
    height: int
    colour: str
    bytes: int
    blurhash: str


@dataclass(frozen=True)
class Reader:
    """Who asks for a picture: an actor (None: a stranger), and the account of a session.

    `is_refused`: came with a suffix that is not ours, so nothing is shown, not even what is public.
    """

    viewer: int | None
    account_id: int | None = None
    is_refused: bool = False


@dataclass(frozen=True)
class Shown:
    """One file of a picture, and whether strangers may see it too."""

    data: bytes
    is_public: bool


def _closed(_viewer: int | None, _post_id: int) -> bool:
    return False


_gate: Gate = _closed
_portraits: Gate = _closed
Changed = Callable[[int | None, int | None], None]


def _nothing_to_do(_post_id: int | None, _actor_id: int | None) -> None:
    return


_changed: Changed = _nothing_to_do


def register_changed(changed: Changed) -> None:
    """Say what to do, inside `commit()`, when a picture of a post or of an actor has come: `changed(post, actor)`."""
    global _changed
    _changed = changed


Owner = Callable[[list[str]], set[str]]
_owners: list[Owner] = []


def register_owner(owner: Owner) -> None:
    """Say which blobs belong to another room: `owner(names)` are its own of these, which the sweep leaves alone."""
    if owner not in _owners:
        _owners.append(owner)


def on_changed(post_id: int | None, actor_id: int | None) -> None:
    """A picture of this post or actor has come, or will not come: what was drawn without it is out of date."""
    _changed(post_id, actor_id)


def register_gate(gate: Gate) -> None:
    """Say who may read a post: `gate(actor id or None, post id)`. Until then nobody sees a picture."""
    global _gate
    _gate = gate


def register_portraits(gate: Gate) -> None:
    """Say who sees the picture of an actor: `gate(actor id or None, whose picture)`. Until then nobody does."""
    global _portraits
    _portraits = gate


def prepare(data: bytes) -> Prepared:
    """Decode `data` and write its files to the store. Takes a second, so never in `commit()`.

    Ends an open read, so that no connection waits for a decoder. Raises `Invalid` (field "photos") for what
    is no picture, `Full` (507) on a disk nearly full, `TooMany`, `StoreAway`.
    """
    assert not is_writing(), "decode before the write transaction"
    db.session.rollback()
    storage.require_room()
    drawn = pictures.draw(data)
    key = token_hex(16)
    for size, file in drawn.files.items():
        storage.store().put(blob(key, size), file)
    return Prepared(key, drawn.width, drawn.height, drawn.colour, sum(map(len, drawn.files.values())), drawn.blurhash)


def keep(account_id: int, prepared: Prepared, description: str = "") -> Media:
    """The row of a prepared picture, its uploader's alone until it is attached."""
    media = Media(
        key=prepared.key, owner_id=account_id, description=described(description), width=prepared.width,
        height=prepared.height, colour=prepared.colour, bytes=prepared.bytes, blurhash=prepared.blurhash,
        created_at=clock.now(),
    )  # fmt: skip
    db.session.add(media)
    db.session.flush()
    return media


def attach(account_id: int, keys: Iterable[str], post_id: int) -> list[Media]:
    """Put pictures on a post, behind those it has. Others', used and absent ones are refused alike."""
    wanted = list(dict.fromkeys(keys))
    there = select(func.count(), func.coalesce(func.max(Media.position), -1)).where(Media.post_id == post_id)
    already, last = db.session.execute(there).one()
    if already + len(wanted) > MAX_PER_POST:
        raise Invalid("media.many", _("Quatre photos au plus par message."), field="photos")
    if not all(KEY.fullmatch(key) for key in wanted):
        raise _gone()
    statement = select(Media).where(Media.key.in_(wanted), Media.owner_id == account_id, Media.post_id.is_(None))
    statement = statement.where(Media.actor_id.is_(None))
    found = {media.key: media for media in db.session.scalars(statement.with_for_update())}
    if len(found) < len(wanted):
        raise _gone()
    if any(media.state != "ready" for media in found.values()):
        raise Invalid("media.waiting", _("Une photo n’est pas prête. Réessayez dans un instant."), field="photos")
    for position, key in enumerate(wanted, last + 1):
        found[key].post_id, found[key].position = post_id, position
    db.session.flush()
    return [found[key] for key in wanted]


def _gone() -> Invalid:
    return Invalid("media.gone", _("Une photo n’est plus là. Ajoutez-la de nouveau."), field="photos")


def describe(account_id: int, key: str, description: str) -> Media:
    """Change the words for who does not see the picture. It must be this account's, as in `attach`."""
    media = db.session.scalar(select(Media).where(Media.key == _safe(key), Media.owner_id == account_id))
    if media is None:
        raise _gone()
    media.description = described(description)
    return media


def described(text: str) -> str:
    """The words for who does not see a picture, on one line. Raises `Invalid` for too many."""
    words = " ".join("".join(sign for sign in text if sign.isspace() or category(sign) not in {"Cc", "Cs"}).split())
    if len(words) > MAX_DESCRIPTION:
        raise Invalid("media.description", _("Décrivez la photo en 1500 signes au plus."), field="descriptions")
    return words


def own(account_id: int, media_id: int) -> Media:
    """A picture that the account sent in, attached or not. Raises `NotFound` for anybody else's."""
    media = db.session.scalar(select(Media).where(Media.id == media_id, Media.owner_id == account_id))
    if media is None:
        raise NotFound
    return media


def aim(media: Media, x: float, y: float) -> None:
    """Say what the picture is about: the point that stays in sight where a program cuts it. -1 to 1 both ways."""
    if not (-1 <= x <= 1 and -1 <= y <= 1):
        raise Invalid("media.focus", _("Le point d’intérêt se donne en deux nombres de -1 à 1."), field="focus")
    media.focus_x, media.focus_y = x, y


def spare(account_id: int, media_ids: Sequence[int], *, until: datetime) -> None:
    """Pictures of a post that is to go later are not swept before. Inside `commit()`."""
    if media_ids:
        mine = update(Media).where(Media.id.in_(media_ids), Media.owner_id == account_id)
        db.session.execute(mine.values(spared_until=until))


def remove(media: Media) -> None:
    """Delete a picture: the row now, the files by a job that runs right after the commit."""
    _delete(Media.id == media.id)


def remove_of(post_id: int) -> None:
    """Delete all pictures of a post."""
    _delete(Media.post_id == post_id)


def remove_portrait(actor_id: int) -> None:
    """Delete the picture of an actor."""
    _delete(Media.actor_id == actor_id)


def _delete(*which: Any) -> None:
    for key in db.session.scalars(delete(Media).where(*which).returning(Media.key)).all():
        jobs.put("drop_blobs", {"key": key})


def drop_blobs(payload: dict[str, Any]) -> None:
    """Task: delete the files of a picture whose row is gone."""
    for size in (*SIZES, SENT):
        storage.store().delete(blob(payload["key"], size))


def sweep(_payload: dict[str, Any]) -> None:
    """Task, hourly: pictures that nobody attached for a day, then files that belong to no row."""
    with commit():
        unattached = Media.post_id.is_(None) & Media.actor_id.is_(None)
        begun = func.coalesce(Media.spared_until, Media.created_at)
        _delete(unattached, begun < clock.now() - UNATTACHED_LIFE)
    old = (blob.name for blob in storage.store().blobs() if blob.changed_at < clock.now() - ORPHAN_AGE)
    for names in _batches(old):
        keys = db.session.scalars(select(Media.key).where(Media.key.in_({_key_of(name) for name in names}))).all()
        ours = {blob(key, size) for key in keys for size in (*SIZES, SENT)}.union(*(owner(names) for owner in _owners))
        db.session.rollback()
        for name in names:
            if name not in ours:
                storage.store().delete(name)


def _batches(names: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(names, SWEEP_BATCH)):
        yield batch


def blob(key: str, size: str) -> str:
    return f"{key[:2]}/{key}-{size}.webp"


def _safe(key: str) -> str:
    """`key`, or a key that nothing has: the statement is run all the same, and no odd sign gets into it."""
    return key if KEY.fullmatch(key) else ""


def _key_of(name: str) -> str:
    return name[3:35]


def address(key: str, size: str) -> str:
    """Where a picture is shown, for ever and whoever asks."""
    return f"/media/{key}/{size}"


def signed_address(key: str, size: str, viewer: int, life: timedelta = SUFFIX_LIFE) -> str:
    """The same address for a reader without session (an app, a mail): names actor `viewer`, ends in ≤ 24 h.

    The signature gives no right to see: it only says who asks, and the gate is asked each time.
    """
    end = int((clock.now() + min(life, SUFFIX_LIFE)).timestamp())
    return f"{address(key, size)}?v={viewer}.{end}.{_signature(key, str(viewer), str(end))}"


def named(suffix: str, key: str) -> Reader:
    """Who a suffix names; refused if it is forged, over, or was made for another picture."""
    found = SUFFIX.fullmatch(suffix)
    if found is None:
        return Reader(None, is_refused=True)
    viewer, end, signature = found.groups()
    is_ours = hmac.compare_digest(_signature(key, viewer, end), signature)
    if not is_ours or int(end) < clock.now().timestamp():
        return Reader(None, is_refused=True)
    return Reader(int(viewer))


def is_signed(key: str, viewer: int, end: str, signature: str) -> bool:
    """Whether we wrote this suffix, over or not."""
    return hmac.compare_digest(_signature(key, str(viewer), end), signature)


def _signature(key: str, viewer: str, end: str) -> str:
    return secrets.mark("media", f"{key}.{viewer}.{end}")[:43]


_SHOWN = (
    select(Media, Account.actor_id)
    .outerjoin(Account, (Account.id == Media.owner_id) & (Account.state == "active"))
    .where(Media.key == bindparam("key"))
)


def show(key: str, size: str, reader: Reader) -> Shown:
    """One size of a picture for `reader`. Raises `NotFound`.

    Absent, hidden and refused run the same statements: the gate is asked in each case, if need be for post 0.
    """
    media, owner_actor_id = db.session.execute(_SHOWN, {"key": _safe(key)}).one_or_none() or (None, None)
    post_id = media.post_id if media else None
    may_read = _gate(reader.viewer, post_id or 0) and post_id is not None
    is_owner = media is not None and post_id is None and reader.account_id == media.owner_id is not None
    # By a suffix: the program of whoever sent it in, as long as their account is active.
    is_owner = is_owner or (media is not None and post_id is None and reader.viewer == owner_actor_id is not None)
    face = media.actor_id if media else None
    is_portrait = _portraits(reader.viewer, face or 0) and face is not None
    if reader.is_refused or size not in SIZES or not (may_read or is_owner or is_portrait):
        raise NotFound
    is_everybodys = is_portrait and (reader.viewer is None or _portraits(None, face or 0))
    is_public = is_everybodys or (may_read and (reader.viewer is None or _gate(None, post_id or 0)))
    data = storage.store().get(blob(key, size))
    if data is None:
        raise NotFound
    return Shown(data, is_public)
