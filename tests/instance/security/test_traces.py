"""Logs, job rows and archives tell nothing that was given in confidence."""

from __future__ import annotations

import logging
import smtplib
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from instance import archive
from instance.core import jobs
from instance.core.db import commit, db
from instance.core.jobs import Job
from instance.core.logs import without_addresses
from tests.city import City

SECRET = "odile.marchand@example.org"


def test_a_fault_is_noted_without_what_was_typed(
    city: City, app: Flask, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(typed: str) -> None:
        try:
            db.session.execute(text("SELECT * FROM nowhere WHERE x = :x"), {"x": typed})
        except Exception as error:
            raise ValueError(f"cannot use {typed!r}") from error

    monkeypatch.setattr("instance.accounts.password_web.passwords.ask", fail)
    handler = logging.getLogger("quartier").handlers[0]
    noted: list[str] = []
    monkeypatch.setattr(handler, "emit", lambda record: noted.append(handler.format(record)))

    answer = city.post(city.browser(), "/mot-de-passe/oubli", login=SECRET)

    told = "\n".join(noted)
    assert answer.status_code in {500, 503}
    assert SECRET not in told
    assert "ValueError" in told and "test_traces" in told


def test_a_fault_of_the_database_names_no_value(city: City) -> None:
    with pytest.raises(Exception) as fault:
        db.session.execute(text("SELECT * FROM nowhere WHERE x = :x"), {"x": SECRET})
    db.session.rollback()

    assert SECRET not in str(fault.value)


def test_a_job_that_failed_says_why_without_naming_anybody(
    city: City, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    def refuse(_payload: dict[str, str]) -> None:
        raise smtplib.SMTPRecipientsRefused({SECRET: (550, f"no such user {SECRET}".encode())})

    monkeypatch.setitem(jobs.board.tasks, "mail_reset", refuse)
    with commit():
        jobs.put("mail_reset", {"account_id": "1"})
    jobs.run_all()

    row = db.session.scalars(select(Job).where(Job.kind == "mail_reset")).one()
    assert row.last_error is not None
    assert SECRET not in row.last_error
    assert "SMTPRecipientsRefused" in row.last_error


def test_the_server_below_writes_no_address_down() -> None:
    record = logging.LogRecord(
        "gunicorn.error", logging.ERROR, "", 0, "Error handling request %s %s", ("GET", "/p/1?q=x"), None
    )
    warned = logging.LogRecord(
        "gunicorn.error", logging.WARNING, "", 0, "Invalid request from ip=192.0.2.7: bad", (), None
    )

    assert without_addresses(record) and without_addresses(warned)
    assert "/p/1" not in record.getMessage()
    assert "192.0.2.7" not in warned.getMessage()


def test_an_archive_is_its_owners_alone_whatever_lay_there(city: City, tmp_path: Path) -> None:
    target = tmp_path / "city.tar"
    left = tmp_path / "city.tar.part"
    left.touch(mode=0o644)
    left.chmod(0o644)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")

    archive.write(target, "0002")
    assert target.stat().st_mode & 0o777 == 0o600
    left.symlink_to(elsewhere)
    archive.write(target, "0002")

    assert elsewhere.read_text() == "mine"
    assert target.stat().st_mode & 0o777 == 0o600
