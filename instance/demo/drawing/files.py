"""The drawn town as the two files that a town hall would hand over: quartiers (GeoJSON), addresses (BAN)."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable

from instance.demo.drawing.ground import degrees, lambert93, ring
from instance.demo.drawing.houses import House
from instance.demo.drawing.plan import COMMUNES, OUTLINES, VILLENEUVE
from instance.demo.drawing.streets import LOCK, STREETS

_COLUMNS = (
    *("id", "id_fantoir", "numero", "rep", "nom_voie", "code_postal", "code_insee", "nom_commune"),
    *("code_insee_ancienne_commune", "nom_ancienne_commune", "x", "y", "lon", "lat", "type_position"),
    *("alias", "nom_ld", "libelle_acheminement", "nom_afnor", "source_position", "source_nom_voie"),
    *("certification_commune", "cad_parcelles"),
)
_FANTOIR = {street: f"{40 + 35 * place:04}" for place, street in enumerate(STREETS)}


def quartiers_geojson() -> str:
    """The outlines of the six quartiers in WGS 84, one feature a line."""
    features = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {"code": o.code, "nom": o.name, "arrondissement": o.commune},
                "geometry": {"type": "Polygon", "coordinates": [[degrees(p) for p in ring(o)]]},
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for o in OUTLINES
    ]
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n"


def addresses_csv(houses: Iterable[House]) -> str:
    """The houses in the columns of the Base Adresse Nationale, ordered by id."""
    rows = sorted(_row(house) for house in houses)
    return "\n".join(";".join(row) for row in [list(_COLUMNS), *rows]) + "\n"


def _row(house: House) -> list[str]:
    street = house.street
    fantoir = f"{street.commune}_{_FANTOIR[street]}"
    lon, lat = degrees(house.at, digits=6)
    x, y = lambert93(lon, lat)
    name, postal = street.name, street.afnor or postal_name(street.name)
    if house.rep[1:].isdigit():  # the number is part of a technical name: "12P1 Quai des Hérons"
        name, postal = (f"{house.number}{house.rep.upper()} {words}" for words in (name, postal))
    cells = {
        "id": f"{fantoir}_{house.number:05}" + (f"_{house.rep}" if house.rep else ""),
        "id_fantoir": fantoir,
        "numero": str(house.number),
        "rep": house.rep,
        "nom_voie": name,
        "code_postal": _post_code(house),
        "code_insee": street.commune,
        "nom_commune": COMMUNES[street.commune],
        "x": str(x),
        "y": str(y),
        "lon": str(lon),
        "lat": str(lat),
        "type_position": "parcelle" if house.number else "segment",
        "libelle_acheminement": postal_name(COMMUNES[street.commune]),
        "nom_afnor": postal,
        "source_position": "commune",
        "source_nom_voie": "commune",
        "certification_commune": "1",
    }
    return [cells.get(column, "") for column in _COLUMNS]


def _post_code(house: House) -> str:
    if house.street.commune == VILLENEUVE:
        return "99820"
    return "99811" if house.street in LOCK else "99810"  # the north bank has its own sorting office


def postal_name(words: str) -> str:
    """The words as the post writes them: capitals, no accent, no apostrophe, no hyphen."""
    plain = unicodedata.normalize("NFKD", words.replace("œ", "oe")).encode("ascii", "ignore").decode()
    return plain.upper().replace("'", " ").replace("-", " ")
