"""What an admin sets for the whole instance."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from instance.core.db import Model


class Target(Model):
    """How many verified residents the association wants to reach, and by when (F24): one row at most."""

    __tablename__ = "target"

    id: Mapped[int] = mapped_column(primary_key=True)  # always 1
    residents: Mapped[int]
    by_day: Mapped[date | None]

    __table_args__ = (CheckConstraint("id = 1", "one"), CheckConstraint("residents > 0", "residents"))
