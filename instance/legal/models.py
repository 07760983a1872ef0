"""Legal pages, rules and guide: every edit is a new version, the old ones stay readable."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from instance.core.db import BigId, Model, Moment, new_id

KINDS = ("mentions", "regles", "contact", "confidentialite", "accessibilite", "guide")
REQUIRED = ("mentions", "regles", "contact")  # registrations stay closed while one of these is empty


class LegalText(Model):
    """One version of one page in one language; the highest version is the one in force."""

    __tablename__ = "legal_text"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, default=new_id)
    kind: Mapped[str]
    language: Mapped[str]
    version: Mapped[int]
    text: Mapped[str]  # Markdown
    written_at: Mapped[datetime] = mapped_column(Moment)

    __table_args__ = (Index("uq_legal_text_version", "kind", "language", "version", unique=True),)
