"""What an operator may set: one table of QL_* variables, read once at start."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

PACKAGE = Path(__file__).resolve().parent
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class OperatorFault(Exception):
    """Something that only the operator can mend. `sentence` is a French source, `values` fill it.

    It is said by the console, in the operator's language: this room stands below the catalogues.
    """

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence % values if values else sentence)
        self.sentence, self.values = sentence, values


class BadSetting(OperatorFault):
    """A variable that cannot be used; the sentence says which and what to do."""


def _as_it_is(_name: str, text: str) -> str:
    return text


@dataclass(frozen=True)
class Variable:
    """One QL_* variable: its attribute on `Settings`, default text, and one sentence for the manual."""

    name: str
    attribute: str
    default: str
    meaning: str
    parse: Callable[[str, str], Any] = _as_it_is  # name and text to a value; raises `BadSetting`


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise BadSetting(
            "%(name)s=%(text)s ne convient pas : écrivez un nombre entier, 0 ou plus.", name=name, text=text
        )
    return int(text)


def _one_of(*words: str) -> Callable[[str, str], str]:
    def parse(name: str, text: str) -> str:
        if text not in words:
            raise BadSetting(
                "%(name)s=%(text)s ne convient pas : choisissez parmi %(words)s.",
                name=name,
                text=text,
                words=", ".join(words),
            )
        return text

    return parse


def _flag(name: str, text: str) -> bool:
    return _one_of("0", "1", "off", "on")(name, text) in {"1", "on"}


def _sockets(name: str, text: str) -> tuple[str, ...]:
    """Comma list of `host:port` or `network/bits:port`; the door to the outside reads them one by one."""
    found = tuple(item.strip() for item in text.split(",") if item.strip())
    for item in found:
        host, _colon, port = item.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise BadSetting(
                "%(name)s=%(text)s ne convient pas : écrivez hôte:port ou réseau/bits:port, séparés par des virgules.",
                name=name,
                text=item,
            )
    return found


def _lines(_name: str, text: str) -> tuple[str, ...]:
    return tuple(line for part in text.split(";") if (line := part.strip()))


def _zone(name: str, text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # unknown, no path, a folder
        raise BadSetting(
            "%(name)s=%(text)s ne convient pas : écrivez un fuseau horaire, comme Europe/Paris.", name=name, text=text
        ) from error


def _rate(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < math.inf:
        raise BadSetting(
            "%(name)s=%(text)s ne convient pas : écrivez un nombre plus grand que 0.", name=name, text=text
        )
    return value


def _stream_address(name: str, text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in {"ws", "wss"} or not parts.hostname or parts.path not in {"", "/"} or parts.query):
        raise BadSetting(
            "%(name)s=%(text)s n’est pas une adresse de flux : écrivez-la comme wss://flux.example.",
            name=name,
            text=text,
        )
    return text.rstrip("/")


VARIABLES = (
    Variable("QL_BASE_URL", "base_url", "", "public address of the instance; http for loopback only"),
    Variable("QL_DATA_DIR", "data_dir", "./var", "database, media, keys, pepper and mail of the embedded default"),
    Variable("QL_DATABASE_URL", "database_url", "", "SQLAlchemy URL; empty: SQLite in the data folder"),
    Variable("QL_REDIS_URL", "redis_url", "", "set: jobs are drained by RQ workers; empty: by a thread of the web process"),
    Variable("QL_S3_URL", "s3_url", "", "set: media in an S3 bucket; empty: in the data folder"),
    Variable("QL_SMTP_URL", "smtp_url", "", "set: mails are sent; empty: written as .eml files in the data folder"),
    Variable("QL_SECRET_FILE", "secret_file", "", "encrypts names and e-mails, signs cookies; empty: made in the data folder"),
    Variable("QL_PEPPER_FILE", "pepper_file", "", "secret of the address fingerprints; empty: made in the data folder"),
    Variable("QL_TIMEZONE", "timezone", "Europe/Paris", "the city's clock: quiet hours, days and letters", _zone),
    Variable("QL_MAIL_FROM", "mail_from", "", "sender of mails; empty: ne-pas-repondre@ the host of QL_BASE_URL"),
    Variable("QL_LOG_DAYS", "log_days", "14", "how long addresses of people stay in logs and sessions, in days", _whole),
    Variable("QL_FETCH_ALLOW", "fetch_allow", "", "labs and tests: host:port or network/bits:port, with commas, that may be fetched from over plain http though private", _sockets),
    Variable("QL_FAST_RETRY", "fast_retry", "0", "1: waits of retries and leases are divided by 600 (labs and tests)", _flag),
    Variable("QL_RATE_LIMITS", "rate_limits", "on", "off: no rate limits (benchmarks only)", _flag),
    Variable("QL_PROXY_HOPS", "proxy_hops", "0", "trusted reverse proxies in front", _whole),
    Variable("QL_REGISTRATIONS", "registrations", "auto", "open, closed; auto: open once the legal pages are filled", _one_of("auto", "open", "closed")),
    Variable("QL_LOG_FORMAT", "log_format", "text", "text or json", _one_of("text", "json")),
    Variable("QL_NAME", "name", "Quartier Libre", "name of the instance, shown beside the mark"),
    Variable("QL_OPERATOR", "operator", "", "association or town that runs the instance, shown at the foot of pages"),
    Variable("QL_POSTAL_ADDRESS", "postal_address", "", "where its post arrives, a semicolon between lines (2 rue Letort; 75018 Paris): on letters, Mentions légales and Contact", _lines),
    Variable("QL_DESK", "desk", "", "where and when the desk is, a semicolon between lines (2 rue Letort; le mercredi de 18 h à 20 h): wherever the desk is offered, and on Contact", _lines),
    Variable("QL_OPEN_RESIDENTS", "open_residents", "10", "verified residents at which a pilot quartier opens", _whole),
    Variable("QL_OPEN_ADDRESSES", "open_addresses", "5", "different addresses among them", _whole),
    Variable("QL_ROLES_NEED_SECOND_FACTOR", "roles_need_second_factor", "on", "off: pages of admins, verifiers, moderators and referents open without a second step of log-in (demonstrations only)", _flag),
    Variable("QL_MINIMUM_AGE", "minimum_age", "15", "age that sign-up asks to confirm, in years", _whole),
    Variable("QL_STRONG_MONTHS", "strong_months", "24", "validity of a strong proof of address, in months", _whole),
    Variable("QL_SIMPLE_MONTHS", "simple_months", "12", "validity of a simple proof of address, in months", _whole),
    Variable("QL_LETTER_DAYS", "letter_days", "45", "validity of a letter's code, in days", _whole),
    Variable("QL_LETTERS_PER_DAY", "letters_per_day", "100", "letters that may be asked for in one day (cost ceiling)", _whole),
    Variable("QL_HOUSEHOLD", "household", "5", "members per household that a household code admits", _whole),
    Variable("QL_BORDER_M", "border_m", "50", "common border that makes two quartiers neighbours, in metres", _rate),
    Variable("QL_STREAM_MAX", "stream_max", "64", "programs that may listen at once in a web process, 8 per account; `quartier stream` holds 4000", _whole),
    Variable("QL_STREAM_URL", "stream_url", "", "address of `quartier stream`, like wss://flux.example; empty: that of the instance", _stream_address),
    Variable("QL_LETTER_LEFT_MM", "letter_left_mm", "108", "left edge of the address window on a letter, in mm", _rate),
    Variable("QL_LETTER_TOP_MM", "letter_top_mm", "50", "top edge of the address window on a letter, in mm", _rate),
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """The settings in force; every path absolute, every unit in the name or in `VARIABLES`."""

    base_url: str
    data_dir: Path
    database_url: str
    redis_url: str
    s3_url: str
    smtp_url: str
    secret_file: Path
    pepper_file: Path
    timezone: ZoneInfo
    mail_from: str
    log_days: int
    fetch_allow: tuple[str, ...]
    fast_retry: bool
    rate_limits: bool
    proxy_hops: int
    registrations: str
    log_format: str
    name: str
    operator: str
    postal_address: tuple[str, ...]
    desk: tuple[str, ...]
    open_residents: int
    open_addresses: int
    roles_need_second_factor: bool
    minimum_age: int
    strong_months: int
    simple_months: int
    letter_days: int
    letters_per_day: int
    household: int
    border_m: float
    stream_max: int
    stream_url: str
    letter_left_mm: float
    letter_top_mm: float
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """Host of QL_BASE_URL, with the port where it isn't the scheme's own."""
        return urlsplit(self.base_url).netloc.lower()

    @property
    def is_loopback(self) -> bool:
        return urlsplit(self.base_url).hostname in LOOPBACK

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    def wait(self, seconds: float) -> float:
        """A wait in seconds, divided by 600 where QL_FAST_RETRY is set."""
        return seconds / 600 if self.fast_retry else seconds


def load(environ: Mapping[str, str] | None = None, *, port: int = 8000) -> Settings:
    """Read the settings from `environ` (and the file it names in QL_ENV_FILE).

    `port` completes the default QL_BASE_URL. Raises `BadSetting` with one sentence that says the mend.
    """
    merged = _with_file(os.environ if environ is None else environ)
    values: dict[str, Any] = {}
    for variable in VARIABLES:
        values[variable.attribute] = variable.parse(variable.name, merged.get(variable.name, "") or variable.default)
    values["sources"] = {v.name: "set" if merged.get(v.name) else "default" for v in VARIABLES}
    return Settings(**_completed(values, port))


def _with_file(environ: Mapping[str, str]) -> dict[str, str]:
    merged: dict[str, str] = {}
    if name := environ.get("QL_ENV_FILE"):
        path = Path(name)
        if not path.is_file():
            raise BadSetting(
                "QL_ENV_FILE=%(name)s ne peut pas être lu : donnez le chemin d’un fichier qui existe.", name=name
            )
        for line in path.read_text("utf-8").splitlines():
            key, found, value = line.strip().removeprefix("export ").partition("=")
            if found and not key.startswith("#"):
                merged[key.strip()] = value.strip().strip("\"'")
    return merged | dict(environ)


def _completed(values: dict[str, Any], port: int) -> dict[str, Any]:
    data_dir = Path(values["data_dir"]).expanduser().resolve()
    if data_dir == PACKAGE or PACKAGE in data_dir.parents:
        raise BadSetting("QL_DATA_DIR est dans le dossier du programme : choisissez un dossier en dehors.")
    values["data_dir"] = data_dir
    values["base_url"] = _checked_url(values["base_url"] or f"http://localhost:{port}")
    values["database_url"] = values["database_url"] or f"sqlite:///{data_dir / 'city.db'}"
    if values["database_url"].startswith(("postgres://", "postgresql://")):
        values["database_url"] = "postgresql+psycopg://" + values["database_url"].split("://", 1)[1]
    values["secret_file"] = Path(values["secret_file"] or data_dir / "secret")
    values["pepper_file"] = Path(values["pepper_file"] or data_dir / "pepper")
    host = urlsplit(values["base_url"]).hostname
    values["stream_url"] = values["stream_url"] or values["base_url"].replace("http", "ws", 1)
    values["mail_from"] = values["mail_from"] or f"ne-pas-repondre@{host}"
    return values


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"} or parts.query:
        raise BadSetting(
            "QL_BASE_URL=%(url)s n’est pas une adresse web : écrivez-la comme https://quartier.example.", url=url
        )
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise BadSetting("QL_BASE_URL doit commencer par https ; http est pour cette machine seule (localhost).")
    return f"{parts.scheme}://{parts.netloc.lower()}"
