"""Where pictures lie: a folder of this machine, or a bucket that speaks S3 (QL_S3_URL).

A blob has a name that the city made, `ab/abcd….webp`, never one a sender chose. Nothing here knows who may
see what, so no web server is ever pointed at this folder or bucket.
"""

from __future__ import annotations

import errno
import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from flask_babel import gettext as _

from instance.core.errors import DomainError, Full
from instance.settings import BadSetting, Settings

NAME = re.compile(r"[0-9a-z]{2}/[0-9a-z]([0-9a-z.-]{0,98}[0-9a-z])?")
LEAST_FREE = 0.05  # share of the disk below which no picture is taken: the database needs the rest
S3_FORM = "https://KEY:SECRET@s3.example.org/bucket?region=fr-par"


class StoreAway(DomainError):
    """The folder or the bucket does not answer; the same upload may go through later."""

    status = 503


@dataclass(frozen=True)
class Blob:
    """What a store tells of one blob; `changed_at` by the store's own clock."""

    name: str
    size_bytes: int
    changed_at: datetime


class MediaStore(Protocol):
    """Five verbs. A name that is not of the form `ab/abcd….webp` is a fault of ours: ValueError."""

    def put(self, name: str, data: bytes) -> None:
        """Keep `data` whole or not at all; kept, it outlives a power cut. Raises `Full` or `StoreAway`."""

    def get(self, name: str) -> bytes | None:
        """The blob, None where there is none."""

    def exists(self, name: str) -> bool:
        """Whether `get` would find it."""

    def delete(self, name: str) -> None:
        """Be without it; no fault if it was not there."""

    def blobs(self) -> Iterator[Blob]:
        """All that `put` left, what a process that died had begun included, in no order."""


_store: MediaStore | None = None


def bind(settings: Settings) -> None:
    """Choose the store at start. Raises `BadSetting` for a QL_S3_URL that cannot be used."""
    global _store
    _store = S3Store(settings.s3_url) if settings.s3_url else DiskStore(settings.data_dir / "media")


def store() -> MediaStore:
    """The store in force."""
    if _store is None:
        raise RuntimeError("storage.bind() comes first")
    return _store


def require_room() -> None:
    """Raises `Full` while less than `LEAST_FREE` of the disk is free; a bucket has no such end."""
    if isinstance(_store, DiskStore) and _store.free_share() < LEAST_FREE:
        raise _full()


def _full() -> Full:
    return Full(
        "media.full",
        _("Le disque de l’instance est presque plein : envoyez vos mots sans photo pour l’instant."),
    )


def _away() -> StoreAway:
    return StoreAway("media.away", _("Les photos ne sont pas disponibles. Réessayez dans quelques minutes."))


def _checked(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(f"not the name of a blob: {name!r}")
    return name


class DiskStore:
    """Blobs as files below `root`; a file appears under its name only when all of it is on the disk."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, name: str, data: bytes) -> None:
        path = self.root / _checked(name)
        draft = path.with_name(f"{path.name}.{token_hex(8)}.part")
        try:
            self._make_folder(path.parent)
            _write(draft, data)
            draft.replace(path)
            _sync(path.parent)
        except OSError as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise _full() from error
            raise _away() from error

    def get(self, name: str) -> bytes | None:
        try:
            return (self.root / _checked(name)).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _away() from error

    def exists(self, name: str) -> bool:
        return (self.root / _checked(name)).is_file()

    def delete(self, name: str) -> None:
        path = self.root / _checked(name)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            _sync(path.parent)

    def blobs(self) -> Iterator[Blob]:
        for path in self.root.glob("*/*"):
            name = f"{path.parent.name}/{path.name}"
            with suppress(FileNotFoundError):  # deleted while we look
                facts = path.stat()
                if NAME.fullmatch(name):
                    yield Blob(name, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))

    def free_share(self) -> float:
        """Free part of the disk, 0 to 1."""
        usage = shutil.disk_usage(self.root if self.root.is_dir() else self.root.parent)
        return usage.free / usage.total

    def _make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True, mode=0o750)
            _sync(self.root)


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """A new name is safe only when its folder is on the disk too."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class S3Store:
    """Blobs as private objects of one bucket, below the path given behind its name."""

    def __init__(self, url: str) -> None:
        """`url` like `S3_FORM`. Without key and secret, boto3 looks where it usually does."""
        parts = urlsplit(url)
        bucket, _slash, below = parts.path.strip("/").partition("/")
        if parts.scheme not in {"http", "https"} or not parts.hostname or not bucket:
            raise BadSetting("QL_S3_URL ne convient pas : écrivez-la comme %(form)s.", form=S3_FORM)
        if importlib.util.find_spec("boto3") is None:
            raise BadSetting("QL_S3_URL demande boto3 : installez quartier-libre avec son extra s3.")
        self.bucket = bucket
        self.below = f"{below}/media/" if below else "media/"
        self._endpoint = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self._key, self._secret = (unquote(part) if part else None for part in (parts.username, parts.password))
        self._region = parse_qs(parts.query).get("region", ["us-east-1"])[0]

    @cached_property
    def _client(self) -> Any:
        import boto3  # 30 MB of memory, for this store alone
        from botocore.config import Config

        return boto3.session.Session().client(
            "s3",
            endpoint_url=self._endpoint,
            aws_access_key_id=self._key,
            aws_secret_access_key=self._secret,
            region_name=self._region,
            config=Config(
                connect_timeout=5,
                read_timeout=20,
                retries={"total_max_attempts": 3, "mode": "standard"},
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",  # servers other than Amazon's may not know more
                response_checksum_validation="when_required",
            ),
        )

    def put(self, name: str, data: bytes) -> None:
        self._ask("put_object", Key=self._at(name), Body=data, ContentType="image/webp")

    def get(self, name: str) -> bytes | None:
        answer = self._ask("get_object", Key=self._at(name))
        if answer is None:
            return None
        from botocore.exceptions import BotoCoreError  # as above

        try:
            return bytes(answer["Body"].read())
        except (BotoCoreError, OSError) as error:
            raise _away() from error

    def exists(self, name: str) -> bool:
        return self._ask("head_object", Key=self._at(name)) is not None

    def delete(self, name: str) -> None:
        self._ask("delete_object", Key=self._at(name))

    def blobs(self) -> Iterator[Blob]:
        token: dict[str, str] = {}
        while True:
            answer = self._ask("list_objects_v2", Prefix=self.below, **token) or {}
            for found in answer.get("Contents", []):
                name = found["Key"].removeprefix(self.below)
                if NAME.fullmatch(name):
                    yield Blob(name, found["Size"], found["LastModified"].astimezone(UTC))
            if not answer.get("IsTruncated"):
                return
            token = {"ContinuationToken": answer["NextContinuationToken"]}

    def _at(self, name: str) -> str:
        return self.below + _checked(name)

    def _ask(self, verb: str, **words: Any) -> Any:
        """The bucket's answer, None for "no such object". Raises `StoreAway` for all else."""
        from botocore.exceptions import BotoCoreError, ClientError  # as above

        try:
            return getattr(self._client, verb)(Bucket=self.bucket, **words)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in {"NoSuchKey", "404", "NotFound"}:
                return None
            raise _away() from error
        except BotoCoreError as error:
            raise _away() from error
