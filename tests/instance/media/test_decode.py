"""Which pictures are taken, what is left of them, and what every other file is told."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
from PIL import Image

from instance.core.errors import Invalid
from instance.media import pictures
from tests.instance.media import samples

pytestmark = pytest.mark.usefixtures("app")

CORNERS = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)]
COLOURS = [samples.RED, samples.GREEN, samples.BLUE, samples.WHITE]


def refused(data: bytes) -> str:
    with pytest.raises(Invalid) as refusal:
        pictures.draw(data)
    assert refusal.value.field == "photos"
    return refusal.value.code


def assert_upright(picture: Image.Image) -> None:
    for (x, y), colour in zip(CORNERS, COLOURS, strict=True):
        seen = picture.getpixel((int(picture.width * x), int(picture.height * y)))
        assert samples.near(seen, colour), (x, y, seen)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_nothing_but_pixels_is_left_of_a_picture(kind):
    extra = {"exif": samples.exif(), "icc_profile": samples.profile()}
    if kind in {"WEBP", "AVIF"}:
        extra["xmp"] = samples.xmp()
    sent = samples.phone_jpeg() if kind == "JPEG" else samples.encoded(samples.corners(), kind, **extra)

    drawn = pictures.draw(sent)

    assert samples.OWNER.encode() in sent
    for file in drawn.files.values():
        assert samples.chunks(file) == [b"VP8 "]
        for word in (samples.OWNER, samples.PLACE, samples.SERIAL, "sRGB", "GPS"):
            assert word.encode() not in file
        picture = samples.opened(file)
        assert not picture.getexif()
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(picture.info)


def test_words_in_a_png_are_left_behind():
    words = samples.words(Comment=samples.PLACE, Author=samples.OWNER)

    drawn = pictures.draw(samples.encoded(samples.corners(), "PNG", pnginfo=words))

    assert samples.PLACE.encode() not in drawn.files["large"]
    assert samples.chunks(drawn.files["large"]) == [b"VP8 "]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_upright_however_the_phone_was_held(orientation):
    held = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    scene = samples.corners(80, 60)
    sensor = scene if held is None else scene.transpose(held)

    drawn = pictures.draw(samples.encoded(sensor, "JPEG", quality=95, exif=samples.exif(orientation)))

    assert (drawn.width, drawn.height) == (80, 60)
    assert_upright(samples.opened(drawn.files["large"]))
    assert_upright(samples.opened(drawn.files["small"]))


def test_the_way_up_may_stand_in_xmp_alone():
    sensor = samples.corners().transpose(Image.Transpose.ROTATE_90)

    drawn = pictures.draw(samples.encoded(sensor, "JPEG", quality=95, xmp=samples.xmp(orientation=6)))

    assert_upright(samples.opened(drawn.files["large"]))


def test_broken_exif_does_not_cost_the_picture():
    sent = samples.encoded(samples.corners(), "JPEG", quality=95, exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")

    assert pictures.draw(sent).width == 80


def test_two_sizes_are_made_and_neither_is_larger_than_the_picture():
    large = pictures.draw(samples.phone_jpeg(size=(3200, 1800)))
    small = pictures.draw(samples.phone_jpeg(size=(300, 200)))

    assert (large.width, large.height) == (1600, 900)
    assert samples.opened(large.files["large"]).size == (1600, 900)
    assert samples.opened(large.files["small"]).size == (480, 270)
    assert [samples.opened(file).size for file in small.files.values()] == [(300, 200), (300, 200)]


def test_the_colour_is_the_average_of_the_picture():
    half = Image.new("RGB", (100, 100), (200, 0, 100))
    half.paste((100, 0, 200), (50, 0, 100, 100))

    assert pictures.draw(samples.encoded(half, "PNG")).colour == "#960096"


def test_what_lies_under_transparency_is_not_given_away():
    hidden = Image.new("RGBA", (60, 60), (*samples.RED, 0))

    drawn = pictures.draw(samples.encoded(hidden, "PNG"))

    assert samples.opened(drawn.files["large"]).mode == "RGB"
    assert drawn.colour == "#ffffff"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_every_sort_of_pixel_is_taken(mode):
    if mode == "I;16":
        picture = Image.new("I;16", (60, 60), 40_000)
    else:
        picture = Image.new("RGB", (60, 60), (156, 156, 156)).convert(mode)
    sent = samples.encoded(picture, "JPEG" if mode == "CMYK" else "PNG")

    drawn = pictures.draw(sent)

    assert samples.near(bytes.fromhex(drawn.colour[1:]), (156, 156, 156))


def test_wide_colours_of_a_phone_are_brought_to_those_of_a_screen():
    red = Image.new("RGB", (60, 60), samples.RED)

    drawn = pictures.draw(samples.encoded(red, "PNG", icc_profile=samples.strange_profile()))

    assert samples.near(bytes.fromhex(drawn.colour[1:]), samples.RED[::-1])


def test_a_broken_colour_profile_does_not_cost_the_picture():
    sent = samples.encoded(samples.corners(), "PNG", icc_profile=b"acsp" * 40)

    assert_upright(samples.opened(pictures.draw(sent).files["large"]))


def test_a_picture_of_several_views_is_taken_as_its_first():
    sent = samples.encoded(
        samples.corners(), "MPO", save_all=True, append_images=[Image.new("RGB", (80, 60))], quality=95
    )

    assert_upright(samples.opened(pictures.draw(sent).files["large"]))


def test_an_animation_is_taken_as_its_first_picture():
    drawn = pictures.draw(samples.gif_of(200))

    assert drawn.width == 10
    assert samples.chunks(drawn.files["large"]) == [b"VP8 "]


def test_a_picture_of_forty_megapixels_is_the_last_one_taken():
    assert pictures.draw(samples.png_of(8000, 5000)).width == 1600
    assert refused(samples.png_of(8000, 5001)) == "picture.pixels"


def test_a_picture_of_a_hundred_megapixels_is_one_sentence():
    bomb = samples.png_of(10_000, 10_000)

    with pytest.raises(Invalid) as refusal:
        pictures.draw(bomb)

    assert len(bomb) < 20_000
    assert refusal.value.sentence.startswith("Cette image est trop grande")


def test_the_city_itself_does_not_grow_while_a_large_picture_is_decoded():
    sent = samples.encoded(Image.new("RGB", (7900, 5000), samples.GREEN), "PNG")
    city, over = psutil.Process(), threading.Event()
    before = city.memory_info().rss
    highest = [before]

    def watch() -> None:
        while not over.wait(0.005):
            highest.append(city.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    pictures.draw(sent)
    over.set()
    watcher.join()

    assert max(highest) - before < 40 << 20  # decoded, it takes 160 MB


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (b"", "empty"),
        (b"x" * (pictures.MAX_BYTES + 1), "bytes"),
        (samples.gif_of(300), "frames"),
        (samples.phone_jpeg(size=(600, 400))[:3000], "broken"),
        (samples.png_of(200, 200)[:-40], "broken"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "format"),
        (b"Chers voisins, ceci est un texte qui se dit photo.jpg\n", "format"),
        (b"<html><script>alert(1)</script>", "format"),
        (b"%PDF-1.7\n", "format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "format"),
        (samples.encoded(samples.corners(), "TIFF"), "format"),
        (samples.encoded(samples.corners(), "BMP"), "format"),
        (b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2mp41" + b"\0" * 64, "video"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 64, "heic"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_picture_is_told_so(what, code):
    if code == "heic" and importlib.util.find_spec("pillow_heif"):
        code = "broken"

    assert refused(what) == f"picture.{code}"


def test_a_bomb_in_the_words_of_a_png_is_refused():
    sent = samples.encoded(samples.corners(), "PNG", pnginfo=samples.words(Comment="a" * 60_000_000))

    assert len(sent) < 100_000
    assert refused(sent) == "picture.broken"


def decoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Put `program` where the decoder stands: the other end of a pipe, as a flaw would leave it."""
    script = tmp_path / "decoder.py"
    script.write_text(program)
    monkeypatch.setattr(pictures, "DECODE", script)


def test_a_decoder_that_is_killed_costs_one_picture_only(tmp_path, monkeypatch):
    decoder(tmp_path, monkeypatch, f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})")
    assert refused(samples.phone_jpeg()) == "picture.heavy"

    monkeypatch.undo()

    assert pictures.draw(samples.phone_jpeg()).width == 80


def test_a_decoder_that_never_ends_is_ended(tmp_path, monkeypatch):
    decoder(tmp_path, monkeypatch, "import time; time.sleep(60)")
    monkeypatch.setattr(pictures, "LIMIT_S", 0.5)

    assert refused(samples.phone_jpeg()) == "picture.heavy"
    assert not [child for child in psutil.Process().children() if str(pictures.DECODE) in child.cmdline()]


@pytest.mark.parametrize(
    "answer",
    [
        "print('nonsense')",
        "print('{}')",
        """print('{"width": 1, "height": 1, "colour": "red", "bytes": [4, 4]}\\nRIFFRIFF')""",
        """print('{"width": 1, "height": 1, "colour": "#000000", "bytes": [8, 8]}\\n<script><script>')""",
        "raise SystemExit(3)",
    ],
)
def test_a_decoder_taken_over_by_a_picture_is_not_believed(tmp_path, monkeypatch, answer):
    decoder(tmp_path, monkeypatch, answer)

    assert refused(samples.phone_jpeg()) == "picture.broken"


def test_the_decoder_is_given_no_setting_and_no_open_file(tmp_path, monkeypatch):
    monkeypatch.setenv("QL_SECRET_FILE", "/somewhere/secret")
    decoder(
        tmp_path,
        monkeypatch,
        "import os\n"
        "files = [name for name in os.listdir('/proc/self/fd') if int(name) > 2]\n"
        "clean = not any(name.startswith('QL_') for name in os.environ) and len(files) <= 1\n"
        "print('{\"refused\": \"%s\"}' % ('video' if clean else 'broken'))\n",
    )

    assert refused(samples.phone_jpeg()) == "picture.video"


@pytest.mark.parametrize(
    ("act", "end"),
    [
        ("bytearray(800 << 20)", "MemoryError"),
        ("open('file', 'wb', buffering=0).write(b'x')", "File too large"),
        ("import resource; print(resource.getrlimit(resource.RLIMIT_CPU), file=__import__('sys').stderr)", "(20, 20)"),
    ],
)
def test_the_decoder_is_held_in_memory_files_and_time(act, end, tmp_path):
    program = f"import runpy, signal; runpy.run_path({str(pictures.DECODE)!r})['confine'](); {act}"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path)

    assert end in done.stderr


def test_the_city_itself_loads_no_decoder():
    program = "import sys, instance.media.service; print([name for name in sys.modules if name.split('.')[0] == 'PIL'])"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
