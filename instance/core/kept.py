"""What an instance fixes once and for all: its public address, which others know it by."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from instance.core.db import Model, commit, db
from instance.settings import BadSetting, Settings

BASE_URL = "base_url"


class Kept(Model):
    """One thing that was fixed at the first start on a public address."""

    __tablename__ = "kept"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


def fix_address(settings: Settings) -> None:
    """Keep QL_BASE_URL at the first https start; a trial on loopback fixes nothing, so that it can move.

    Raises `BadSetting` when the address differs from the one that was kept.
    """
    if not settings.base_url.startswith("https"):
        return
    known = db.session.get(Kept, BASE_URL)
    if known is None:
        with commit():
            db.session.add(Kept(name=BASE_URL, value=settings.base_url))
    elif known.value != settings.base_url:
        raise BadSetting(
            "QL_BASE_URL est %(url)s, mais cette instance est connue sous %(known)s : remettez cette adresse.",
            url=settings.base_url,
            known=known.value,
        )
