"""A GeoJSON file of quartiers, read and checked whole before anything is written.

Each fault is one `Invalid` whose sentence names the place in the file and says what to do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from instance.core.errors import Invalid
from instance.quartiers.geometry import Outline
from instance.quartiers.validity import BadOutline, checked

_DEGREES = {
    "urn:ogc:def:crs:OGC:1.3:CRS84",
    "urn:ogc:def:crs:OGC::CRS84",
    "urn:ogc:def:crs:EPSG::4326",
    "EPSG:4326",
}


@dataclass(frozen=True)
class Properties:
    """Which properties of a feature hold what; `commune` may be missing from a whole file."""

    code: str = "code"
    name: str = "nom"
    commune: str = "arrondissement"


@dataclass(frozen=True)
class Drawn:
    """A quartier as a file draws it."""

    code: str
    name: str
    commune: str  # INSEE code, or empty
    outline: Outline


def quartiers_in(path: Path, properties: Properties) -> list[Drawn]:
    """The quartiers of the file, in its order. Raises `Invalid`."""
    features = _features(_json(path))
    drawn = [_drawn(number, feature, properties) for number, feature in enumerate(features, 1)]
    seen: set[str] = set()
    for item in drawn:
        if item.code in seen:
            raise Invalid(
                "import.code",
                _(
                    "Le code %(code)s est donné à deux quartiers : chaque code ne sert qu’une fois.",
                    code=item.code,
                ),
            )
        seen.add(item.code)
    lacking = [item.code for item in drawn if not item.commune]
    if lacking and len(lacking) < len(drawn):
        raise Invalid(
            "import.commune",
            _(
                "Le quartier %(code)s n’a pas de propriété « %(name)s », les autres en ont une : ajoutez-la.",
                code=lacking[0],
                name=properties.commune,
            ),
        )
    return drawn


def only(drawn: list[Drawn], codes: Iterable[str]) -> list[Drawn]:
    """Those of `drawn` with one of `codes`, all when none is given. Raises `Invalid` on an unknown code."""
    wanted = set(codes)
    unknown = sorted(wanted - {item.code for item in drawn})
    if unknown:
        raise Invalid(
            "import.only",
            _(
                "Aucun quartier du fichier n’a le code %(code)s : vérifiez --only.",
                code=", ".join(unknown),
            ),
        )
    return [item for item in drawn if not wanted or item.code in wanted]


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        sentence = _("Le fichier %(path)s ne peut pas être lu : vérifiez son nom et ses droits.", path=str(path))
        raise Invalid("import.file", sentence) from error
    except UnicodeDecodeError as error:
        sentence = _("Le fichier n’est pas en UTF-8 : enregistrez-le dans cet encodage, puis relancez.")
        raise Invalid("import.encoding", sentence) from error
    except json.JSONDecodeError as error:
        sentence = _(
            "Ligne %(line)s, colonne %(column)s : le GeoJSON est coupé ou mal écrit. Reprenez le fichier d’origine.",
            line=error.lineno,
            column=error.colno,
        )
        raise Invalid("import.json", sentence) from error
    except RecursionError as error:
        sentence = _("Le GeoJSON a trop de niveaux. Reprenez le fichier d’origine.")
        raise Invalid("import.json", sentence) from error


def _features(document: Any) -> list[Any]:
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        raise Invalid(
            "import.collection",
            _("Le fichier n’est pas une « FeatureCollection » GeoJSON : choisissez un fichier de quartiers."),
        )
    if not features:
        raise Invalid("import.empty", _("Le fichier ne contient aucun quartier."))
    named = _system(document.get("crs"))
    if named is not None and named not in _DEGREES:
        raise Invalid(
            "import.crs",
            _(
                "Les coordonnées sont en %(crs)s : convertissez le fichier en WGS 84 (longitude, latitude).",
                crs=named,
            ),
        )
    return features


def _system(crs: Any) -> str | None:
    """The coordinate system that an older GeoJSON names."""
    held = crs.get("properties") if isinstance(crs, dict) else None
    named = held.get("name") if isinstance(held, dict) else None
    return None if named is None else str(named)


def _drawn(number: int, feature: Any, names: Properties) -> Drawn:
    held = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(held, dict):
        raise Invalid(
            "import.feature",
            _(
                "Le quartier n° %(number)s n’a pas de propriétés : il lui faut un code et un nom.",
                number=number,
            ),
        )
    code = _property(number, held, names.code, "--code")
    name = _property(number, held, names.name, "--name")
    try:
        outline = checked(feature.get("geometry"))
    except BadOutline as fault:
        raise Invalid("import.outline", _outline_sentence(code, name, fault)) from fault
    return Drawn(code, name, _text(held.get(names.commune)), outline)


def _property(number: int, held: Mapping[str, Any], name: str, option: str) -> str:
    if text := _text(held.get(name)):
        return text
    raise Invalid(
        "import.property",
        _(
            "Le quartier n° %(number)s n’a pas de propriété « %(name)s ». Il a : %(held)s. Choisissez avec %(option)s.",
            number=number,
            name=name,
            held=", ".join(map(str, held)) or "–",
            option=option,
        ),
    )


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return " ".join(str(value).split())


def _outline_sentence(code: str, name: str, fault: BadOutline) -> str:
    faults = {
        "type": _("sa géométrie n’est ni « Polygon » ni « MultiPolygon »"),
        "empty": _("sa géométrie est vide ou mal formée"),
        "position": _("une position n’est pas une paire de nombres"),
        "range": _("une position n’est pas en degrés (longitude, latitude)"),
        "short": _("un contour a moins de quatre points"),
        "open": _("un contour n’est pas fermé : le dernier point doit être le premier"),
        "flat": _("un contour n’a pas de surface"),
        "vast": _("il mesure plus d’un degré : les positions sont-elles en longitude et latitude ?"),
        "crossed": _("son contour se coupe ou se touche lui-même"),
        "hole": _("un trou sort de son contour"),
        "parts": _("deux de ses parties se recouvrent"),
    }
    what = faults[fault.reason]
    if fault.at:
        what = _(
            "%(fault)s, près de %(lon)s, %(lat)s",
            fault=what,
            lon=f"{fault.at[0]:.6f}",
            lat=f"{fault.at[1]:.6f}",
        )
    return str(
        _(
            "Quartier %(code)s, %(name)s : %(fault)s. Corrigez ce polygone, puis relancez.",
            code=code,
            name=name,
            fault=what,
        )
    )
