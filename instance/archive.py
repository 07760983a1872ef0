"""One archive with everything: a snapshot of the database and the media. Neither secret nor pepper is in it.

Rows are written as JSON lines, so that an archive of SQLite can be restored into PostgreSQL and the reverse.
Sealed columns stay sealed; both secrets are named by a fingerprint and travel by another road.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from flask_babel import gettext as _
from sqlalchemy import Connection, Date, Integer, MetaData, Table, Text, func, insert, select, text

from instance.accounts import closing
from instance.core import clock, ids, secrets, storage
from instance.core.db import Moment, Plain, Sealed, commit, db
from instance.core.errors import Invalid
from instance.core.schema import upgrade

FORMAT = 1
BATCH = 1000
SECRETS = ("secret", "pepper")


def write(target: Path, schema: str | None) -> dict[str, int]:
    """Write the archive to `target` (mode 600, whole or not at all); rows per table.

    Raises `Invalid` when the file cannot be written there, or the database has no tables yet.
    """
    draft = target.with_name(target.name + ".part")
    if schema is None:
        raise Invalid("backup.empty", _("La base de données est vide : lancez d’abord « quartier migrate »."))
    try:
        return _write(target, draft, schema)
    except OSError as error:
        sentence = _("%(path)s ne peut pas être écrit : vérifiez le dossier, ses droits et la place.", path=str(target))
        raise Invalid("backup.file", sentence) from error


def _write(target: Path, draft: Path, schema: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    manifest = {
        "format": FORMAT, "schema": schema, "made_at": clock.now().isoformat(),
        **{name: secrets.fingerprint(name) for name in SECRETS},
    }  # fmt: skip
    draft.unlink(missing_ok=True)  # what lay there may be somebody else's, or lead elsewhere
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as archive, _snapshot() as connection:
        _add(archive, "manifest.json", json.dumps(manifest).encode())
        for table in _raw_tables():
            lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in _rows(connection, table))
            counts[table.name] = lines.count("\n")
            _add(archive, f"tables/{table.name}.jsonl", lines.encode())
        for blob in storage.store().blobs():
            if (data := storage.store().get(blob.name)) is not None:
                _add(archive, f"media/{blob.name}", data)
    draft.replace(target)
    return counts


def read(source: Path) -> dict[str, int]:
    """Restore `source` into an empty instance; rows per table.

    Raises `Invalid` with the mend when the archive is no archive of ours, the secrets are others, or the database is
    not empty. Who asked to be erased after the archive was made is erased again.
    """
    try:
        with tarfile.open(source, "r:gz") as archive:
            _check(json.loads(_content(archive, "manifest.json")))
            upgrade()
            _refuse_if_used()
            for member in archive.getmembers():
                if member.name.startswith("media/"):
                    storage.store().put(member.name.removeprefix("media/"), _content(archive, member.name))
            counts = _fill(archive)
    except (tarfile.TarError, EOFError, OSError, KeyError, ValueError) as error:
        sentence = _("%(path)s n’est pas une archive entière d’une instance : prenez-en une autre.", path=str(source))
        raise Invalid("restore.file", sentence) from error
    with commit():
        closing.erase_again()
    ids.raise_floor(db.session.scalar(select(func.max(db.metadata.tables["post"].c.id))))
    return counts


def _check(manifest: dict[str, Any]) -> None:
    if manifest["format"] != FORMAT:
        sentence = _("Cette archive vient d’une version plus récente : mettez d’abord le programme à jour.")
        raise Invalid("restore.format", sentence)
    for name in SECRETS:
        if manifest[name] != secrets.fingerprint(name):
            raise Invalid("restore.secret", _other(name, manifest[name]))


def _other(name: str, sign: str) -> str:
    if name == "secret":
        return _(
            "Cette machine a un autre secret : remettez le fichier d’empreinte %(sign)s, puis relancez.", sign=sign
        )
    return _("Cette machine a un autre poivre : remettez le fichier d’empreinte %(sign)s, puis relancez.", sign=sign)


def _refuse_if_used() -> None:
    if db.session.scalar(select(func.count()).select_from(db.metadata.tables["account"])):
        sentence = _("Cette instance a déjà des comptes : restaurez dans un dossier de données vide.")
        raise Invalid("restore.used", sentence)


def _raw_tables() -> list[Table]:
    """Our tables with sealed and JSON columns as the text that is stored."""
    raw = MetaData()
    for table in db.metadata.sorted_tables:
        copy = table.to_metadata(raw)
        for column in copy.columns:
            if isinstance(column.type, (Sealed, Plain)):
                column.type = Text()
    return list(raw.sorted_tables)


def _snapshot() -> Connection:
    """A connection that sees one moment of the database, however long the reading takes."""
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":
        return db.engine.connect().execution_options(isolation_level="REPEATABLE READ")
    return db.engine.connect()


def _rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    for row in connection.execute(select(table).order_by(*table.primary_key.columns)).yield_per(BATCH):
        yield {name: _plain(value) for name, value in row._mapping.items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _fill(archive: tarfile.TarFile) -> dict[str, int]:
    counts = {}
    names = set(archive.getnames())
    with commit():
        connection = db.session.connection()
        if connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        for table in _raw_tables():
            connection.execute(table.delete())
            file = f"tables/{table.name}.jsonl"
            lines = _content(archive, file).splitlines() if file in names else []
            rows = [_typed(table, json.loads(line)) for line in lines]
            for start in range(0, len(rows), BATCH):
                connection.execute(insert(table), rows[start : start + BATCH])
            counts[table.name] = len(rows)
        _continue_numbers(connection)
    return counts


def _typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    for name, value in row.items():
        kind = table.c[name].type
        if value is not None and isinstance(kind, Moment):
            row[name] = datetime.fromisoformat(value)
        elif value is not None and isinstance(kind, Date):
            row[name] = date.fromisoformat(value)
    return row


def _continue_numbers(connection: Connection) -> None:
    """PostgreSQL counts small ids by sequences, which go on after the highest one restored."""
    if connection.dialect.name != "postgresql":
        return
    for table in db.metadata.sorted_tables:
        key = table.autoincrement_column
        if key is not None and type(key.type) is Integer:
            highest = connection.scalar(select(func.max(key))) or 0
            name = func.pg_get_serial_sequence(table.name, key.name)
            connection.execute(select(func.setval(name, highest + 1, False)))


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(data), 0o600, int(clock.now().timestamp())
    archive.addfile(entry, io.BytesIO(data))


def _content(archive: tarfile.TarFile, name: str) -> bytes:
    file: IO[bytes] | None = archive.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file.read()
