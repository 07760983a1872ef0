"""An address file of the Base Adresse Nationale (CSV, `;`, UTF-8, gzip or not), read and checked whole.

Each fault is one `Invalid` whose sentence names the line and column and says what to do.
"""

from __future__ import annotations

import csv
import gzip
import math
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from flask_babel import gettext as _

from instance.core.errors import Invalid
from instance.quartiers.normalise import repetition, without_number
from instance.quartiers.postal import STREET_SIGNS, street_line

COLUMNS = ("id", "numero", "rep", "nom_voie", "code_postal", "code_insee", "nom_commune", "lon", "lat")
PROGRESS_EVERY = 10_000
_LINE_BYTES = 100_000
_SHAPES = {
    "id": re.compile(r".{1,100}"),
    "numero": re.compile(r"[0-9]{1,5}"),
    "rep": re.compile(r".{0,12}"),
    "nom_voie": re.compile(r".{1,200}"),
    "code_postal": re.compile(r"[0-9]{5}"),
    "code_insee": re.compile(r"[0-9][0-9AB][0-9]{3}"),
    "nom_commune": re.compile(r".{1,200}"),
}


class Row(NamedTuple):
    """A line of the file, cleaned."""

    ban_id: str
    number: int
    rep: str
    street: str
    postcode: str
    insee: str
    commune: str
    town: str
    afnor: str
    lon: float
    lat: float


def rows_in(path: Path, progress: Callable[[int], None]) -> list[Row]:
    """The addresses of the file, in its order. Raises `Invalid`.

    `progress` is told the number of addresses read, every 10,000 of them.
    """
    reader = csv.reader(_lines(path), delimiter=";")
    rows: list[Row] = []
    first_line: dict[str, int] = {}
    try:
        header = next(reader, [])
        places = _places(header)
        for fields in reader:
            if not fields:
                continue
            row = _row(reader.line_num, fields, places, len(header))
            if row.ban_id in first_line:
                raise Invalid("import.id", _twice(reader.line_num, row.ban_id, first_line[row.ban_id]))
            first_line[row.ban_id] = reader.line_num
            rows.append(row)
            if len(rows) % PROGRESS_EVERY == 0:
                progress(len(rows))
    except csv.Error as error:
        sentence = _(
            "Ligne %(line)s : ce n’est pas une ligne de CSV. Corrigez-la, puis relancez.",
            line=max(1, reader.line_num),
        )
        raise Invalid("import.csv", sentence) from error
    if not rows:
        raise Invalid("import.empty", _("Le fichier ne contient aucune adresse."))
    return rows


def _twice(line: int, ban_id: str, first: int) -> str:
    return str(
        _(
            "Ligne %(line)s, colonne id : %(id)s figure déjà à la ligne %(first)s. Retirez l’une des deux.",
            line=line,
            id=ban_id,
            first=first,
        )
    )


def _lines(path: Path) -> Iterator[str]:
    """The file's lines as text. Raises `Invalid`."""
    number = 0
    try:
        with path.open("rb") as raw:
            is_packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            stream = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if is_packed else raw
            while line := stream.readline(_LINE_BYTES):
                number += 1
                if len(line) == _LINE_BYTES:
                    raise csv.Error
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        sentence = _(
            "Ligne %(line)s : le fichier n’est pas en UTF-8. Enregistrez-le dans cet encodage, puis relancez.",
            line=number,
        )
        raise Invalid("import.encoding", sentence) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        sentence = _(
            "Après la ligne %(line)s : le fichier .gz est coupé ou abîmé. Téléchargez-le à nouveau.",
            line=number,
        )
        raise Invalid("import.gzip", sentence) from error
    except OSError as error:
        sentence = _("Le fichier %(path)s ne peut pas être lu : vérifiez son nom et ses droits.", path=str(path))
        raise Invalid("import.file", sentence) from error


def _places(header: list[str]) -> dict[str, int]:
    """Where each column stands."""
    places = {name.strip().lower(): place for place, name in enumerate(header)}
    if not places:
        raise Invalid("import.empty", _("Le fichier est vide."))
    if len(header) == 1 and "," in header[0]:
        sentence = _(
            "Ligne 1 : les colonnes sont séparées par des virgules. Enregistrez le fichier avec des points-virgules."
        )
        raise Invalid("import.separator", sentence)
    for column in COLUMNS:
        if column not in places:
            sentence = _(
                "Ligne 1 : la colonne « %(column)s » manque."
                " Prenez un fichier « adresses » (CSV) de la Base Adresse Nationale.",
                column=column,
            )
            raise Invalid("import.column", sentence)
    return places


def _row(line: int, fields: list[str], places: Mapping[str, int], columns: int) -> Row:
    if len(fields) != columns:
        sentence = _(
            "Ligne %(line)s : %(found)s colonnes au lieu de %(wanted)s. Corrigez cette ligne, puis relancez.",
            line=line,
            found=len(fields),
            wanted=columns,
        )
        raise Invalid("import.columns", sentence)
    held = {column: " ".join(fields[place].split()) for column, place in places.items()}
    for column, shape in _SHAPES.items():
        if not shape.fullmatch(held[column]):
            raise _bad_field(line, column, held[column])
    number, rep = int(held["numero"]), repetition(held["rep"])
    street = without_number(held["nom_voie"], number, rep)
    afnor = without_number(held.get("nom_afnor", ""), number, rep)
    if not afnor or len(afnor) > STREET_SIGNS:
        afnor = street_line(street)
    return Row(
        held["id"], number, rep, street, held["code_postal"], held["code_insee"], held["nom_commune"],
        held.get("libelle_acheminement", ""), afnor,
        _degrees(line, "lon", held["lon"], 180), _degrees(line, "lat", held["lat"], 90),
    )  # fmt: skip


def _degrees(line: int, column: str, text: str, limit: int) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise _bad_field(line, column, text) from error
    if not math.isfinite(value) or abs(value) > limit:
        raise _bad_field(line, column, text)
    return value


def _bad_field(line: int, column: str, text: str) -> Invalid:
    sentence = _(
        "Ligne %(line)s, colonne %(column)s : « %(text)s » ne convient pas."
        " Corrigez ou retirez cette ligne, puis relancez.",
        line=line,
        column=column,
        text=text[:40],
    )
    return Invalid("import.field", sentence)
