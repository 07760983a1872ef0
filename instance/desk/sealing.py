"""Keys of tips, and what lies under them (AES-256-GCM; decision 0017).

A tip has a key of chance; it is kept wrapped under the key of its page, which is sealed by the instance's secret. So
each tip can be made unreadable alone, by throwing one row away. What is sealed is bound to its tip and its place there:
it cannot be moved to another.
"""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from instance.core.db import db
from instance.core.errors import NotFound
from instance.core.secrets import LENGTH_BYTES
from instance.desk.models import DeskKey, TipKey

NONCE_BYTES = 12


def new_key() -> bytes:
    """A key of chance, for one tip."""
    return os.urandom(LENGTH_BYTES)


def keep(page_id: int, tip_id: str, key: bytes) -> None:
    """Keep the key of a tip, wrapped for its page. Inside `commit()`, after the tip's row."""
    wrapped = _closed(_page_key(page_id), key, f"{tip_id}:key")
    db.session.add(TipKey(tip_id=tip_id, wrapped=base64.b64encode(wrapped).decode()))


def key_of(page_id: int, tip_id: str) -> bytes:
    """The key of a tip. Raises `NotFound` once it was thrown away."""
    row, page_key = db.session.get(TipKey, tip_id), db.session.get(DeskKey, page_id)
    if row is None or page_key is None:
        raise NotFound
    return _opened(base64.b64decode(page_key.key), base64.b64decode(row.wrapped), f"{tip_id}:key")


def throw_away(tip_id: str) -> None:
    """Leave nothing of the key: overwritten where it stood, then deleted. Inside `commit()`."""
    mine = TipKey.tip_id == tip_id
    db.session.execute(update(TipKey).where(mine).values(wrapped="0" * 80))
    db.session.execute(delete(TipKey).where(mine))


def seal(key: bytes, place: str, text: str) -> str:
    """`text` sealed under a tip's key for `place` ("<tip>:<what>")."""
    return base64.b64encode(seal_bytes(key, place, text.encode())).decode()


def unseal(key: bytes, place: str, sealed: str) -> str:
    """What `seal` was given. Raises `NotFound` for what was changed or put elsewhere."""
    return unseal_bytes(key, place, base64.b64decode(sealed)).decode()


def seal_bytes(key: bytes, place: str, data: bytes) -> bytes:
    """The same for files."""
    return _closed(key, data, place)


def unseal_bytes(key: bytes, place: str, sealed: bytes) -> bytes:
    """The same for files."""
    return _opened(key, sealed, place)


def _page_key(page_id: int) -> bytes:
    if db.session.get(DeskKey, page_id) is None:
        try:
            with db.session.begin_nested():
                db.session.add(DeskKey(page_id=page_id, key=base64.b64encode(new_key()).decode()))
        except IntegrityError:
            db.session.expire_all()  # the first two tips of a page, at the same moment
    return base64.b64decode(db.session.get_one(DeskKey, page_id).key)


def _closed(key: bytes, data: bytes, place: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, place.encode())


def _opened(key: bytes, sealed: bytes, place: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
    except InvalidTag as error:
        raise NotFound from error
