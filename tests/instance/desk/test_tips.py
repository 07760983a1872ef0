"""F02, F06, story 22; threats.md F8, E1, E3-E5: what a resident tells a page stays between the two."""

from __future__ import annotations

import io
import json
import logging
import tarfile
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from sqlalchemy import event, func, select, text
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from instance import archive
from instance.accounts import remote
from instance.core import fed, jobs, storage
from instance.core.db import commit, db
from instance.core.facts import record
from instance.desk import senders
from instance.desk.models import Tip, TipBar, TipFile, TipKey, TipMessage
from instance.media import service as media
from instance.pages.facts import PageClosed
from instance.posts.models import Post
from instance.settings import Settings
from tests.city import PASSWORD, City, Someone
from tests.instance.desk.newsroom import CONTACT, join, newsroom, page_of

MARKER = "zz-tilleul-4711-zz"
FILE_MARKER = "zz-glycine-0815-zz"


class Scene:
    """A page with a team of one, a resident who knows something, and others who must not."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.here = city.quartier("Clignancourt")
        self.slug = newsroom(city)
        self.editor = join(self.slug, city.resident(self.here, "ines_marchand", name="Inès Marchand"))
        self.source = city.resident(self.here, "source_discrete", name="Odile Ferrand")

    def send(self, text: str = MARKER, sign: str = "protected", by: Someone | None = None, **more: object) -> str:
        """Through the form; the tip's token."""
        sender = by or self.source
        answer = self.city.post(sender.browser, f"/pages/{self.slug}/info", text=text, sign=sign, **more)
        assert answer.status_code == 303, answer.text
        return str(answer.location.rsplit("/", 1)[1])

    def desk(self, token: str, act: str, **fields: str) -> None:
        answer = self.city.post(self.editor.browser, self.at_desk(token) + act, **fields)
        assert answer.status_code == 303, answer.text

    def at_desk(self, token: str) -> str:
        return f"/pages/{self.slug}/bureau/infos/{token}"

    def reads(self, path: str, someone: Someone) -> str:
        return str(self.city.get(someone.browser, path).text)


@pytest.fixture
def scene(city: City) -> Scene:
    return Scene(city)


def picture(words: str = FILE_MARKER) -> FileStorage:
    """A PNG that says in its metadata who took it."""
    info, file = PngInfo(), io.BytesIO()
    info.add_text("Author", words)
    Image.new("RGB", (640, 400), "teal").save(file, "PNG", pnginfo=info)
    file.write(words.encode())
    file.seek(0)
    return FileStorage(file, f"{words}.png")


def plain(words: str) -> FileStorage:
    return FileStorage(io.BytesIO(words.encode()), f"{FILE_MARKER}.txt")


def test_a_tip_is_read_by_the_team_and_by_nobody_else(scene: Scene) -> None:
    city = scene.city
    token = scene.send(files=[picture(), plain("Devis signé.")])
    other = newsroom(city, "autre-page", name="Autre page")
    strangers = [
        city.admin(), city.resident(scene.here, roles_here=("moderator", "referent")), city.resident(scene.here),
        join(other, city.resident(scene.here), "manager"), city.visitor(),
    ]  # fmt: skip
    city.give_role(strangers[-1], "verifier")

    assert MARKER in scene.reads(scene.at_desk(token), scene.editor)
    for someone in strangers:
        for path in (
            scene.at_desk(token), f"{scene.at_desk(token)}/fichier/0", f"/pages/{scene.slug}/bureau/infos",
            f"/pages/{scene.slug}/bureau", f"/pages/{other}/bureau/infos/{token}", f"/mes-infos/{token}",
            f"/pages/{other}/bureau/infos/{token}/fichier/0", f"/pages/{scene.slug}/chiffres",
        ):  # fmt: skip
            assert city.get(someone.browser, path).status_code == 404, path
        for act in ("/etat", "/question", "/merci", "/fermer", "/supprimer"):
            assert city.post(someone.browser, scene.at_desk(token) + act, state="useful", text="x").status_code == 404
        for act in ("", "/retirer"):
            assert city.post(someone.browser, f"/mes-infos/{token}{act}", text="x").status_code == 404
    hidden = city.get(strangers[0].browser, scene.at_desk(token))
    absent = city.get(strangers[0].browser, scene.at_desk("0" * 32))
    assert hidden.data == absent.data
    assert city.get(city.browser(), scene.at_desk(token)).status_code == 303, "a stranger is sent to the log-in"


def test_a_protected_source_is_an_alias_and_nothing_leads_to_it(scene: Scene, clock) -> None:
    first, second = scene.send(), scene.send("Autre chose.")
    clock.forward(days=1)
    third = scene.send("Troisième.")

    pages = scene.reads(f"/pages/{scene.slug}/bureau/infos", scene.editor) + "".join(
        scene.reads(scene.at_desk(token), scene.editor) for token in (first, second, third)
    )

    for word in (scene.source.handle, "Odile", "Ferrand", str(scene.source.account_id), str(scene.source.actor_id)):
        assert word not in pages
    tips = db.session.scalars(select(Tip)).all()
    assert len({tip.alias for tip in tips}) == len({tip.sender_mark for tip in tips}) == 3
    assert all(f"Source {tip.alias}" in pages for tip in tips)
    assert "datetime=" not in pages
    assert ":0" not in pages.split("<main")[1].split("</main")[0], "no hour"
    shown = scene.reads(f"/pages/{scene.slug}/bureau/infos", scene.editor)
    within = sorted((first, second))
    assert [shown.index(one) for one in (third, *within)] == sorted(shown.index(one) for one in (first, second, third))


def test_one_may_write_under_ones_own_name(scene: Scene) -> None:
    token = scene.send(sign="name")

    assert "Odile F." in scene.reads(scene.at_desk(token), scene.editor)
    assert "Odile" not in json.dumps([dict(row) for row in rows_of("tip")])


def rows_of(table: str) -> list[dict[str, object]]:
    found = db.session.execute(text(f'SELECT * FROM "{table}"')).mappings().all()
    return [{name: str(value) for name, value in row.items()} for row in found]


def test_the_page_grades_and_the_resident_sees_it(scene: Scene) -> None:
    token = scene.send()
    assert "non lue" in scene.reads("/mes-infos", scene.source)

    scene.reads(scene.at_desk(token), scene.editor)
    assert "non lue" not in scene.reads("/mes-infos", scene.source)
    for state, word in (("useful", "utile"), ("published", "publiée"), ("unused", "non retenue")):
        scene.desk(token, "/etat", state=state)

        assert word in scene.reads("/mes-infos", scene.source)
        assert word in scene.reads(f"/mes-infos/{token}", scene.source)
    assert scene.city.post(scene.editor.browser, f"{scene.at_desk(token)}/etat", state="unread").status_code == 422


def test_the_page_asks_back_without_learning_who_it_is(scene: Scene) -> None:
    token = scene.send()
    scene.desk(token, "/question", text="Quel jour était-ce ?")
    assert "a répondu à une de vos infos" in scene.reads("/avis", scene.source)
    assert "Quel jour" in scene.reads(f"/mes-infos/{token}", scene.source)
    assert "a répondu à une de vos infos" not in scene.reads("/avis", scene.source)

    scene.city.post(scene.source.browser, f"/mes-infos/{token}", text="Le 3 mars.")
    scene.desk(token, "/merci")
    scene.city.work()

    seen = scene.reads(scene.at_desk(token), scene.editor)
    assert "Le 3 mars." in seen
    assert "vous remercie" in scene.reads(f"/mes-infos/{token}", scene.source)
    for word in (scene.source.handle, "Odile", "Inès"):
        assert word not in seen.split("<main")[1]
    kinds = {row["kind"] for row in rows_of("notification")} | {row["kind"] for row in rows_of("job")}
    assert not {kind for kind in kinds if "tip" in str(kind).lower()}, "no row tells that somebody is a source"


def test_a_team_can_shut_its_desk_to_a_source_without_learning_who(scene: Scene) -> None:
    token = scene.send()
    scene.desk(token, "/fermer", on="1")

    again = scene.city.post(scene.source.browser, f"/pages/{scene.slug}/info", text="Encore.", sign="protected")
    answer = scene.city.post(scene.source.browser, f"/mes-infos/{token}", text="Encore.")
    assert (again.status_code, answer.status_code) == (403, 403)
    assert scene.send(by=scene.city.resident(scene.here)), "others still may"

    scene.desk(token, "/fermer", on="0")
    assert scene.send("Pardon.")


def test_the_mails_carry_no_word_no_page_and_come_once_a_day(scene: Scene, settings: Settings) -> None:
    scene.city.work()
    old = set((settings.data_dir / "mail").glob("*.eml"))
    scene.send()
    scene.send(sign="name")
    with commit():
        jobs.put("tell_desks", {})
    scene.city.work()
    named = db.session.scalars(select(Tip.id).where(~Tip.is_protected)).one()
    scene.desk(named, "/question", text=f"{MARKER} Quand ?")
    with commit():
        jobs.put("tell_desks", {})
    scene.city.work()

    mails = [path.read_text() for path in set((settings.data_dir / "mail").glob("*.eml")) - old]
    desk = [mail for mail in mails if f"To: {scene.editor.handle}@" in mail]
    told = [mail for mail in mails if f"To: {scene.source.handle}@" in mail]
    assert (len(desk), len(told)) == (1, 1), "told again only of what is new"
    for mail in desk + told:
        assert not any(word in mail for word in (MARKER, "Ourcq", "ourcq", "Source", "Odile F", named))
    assert db.session.scalars(select(Tip.is_told)).all() == [True, True]


def test_the_form_says_what_the_operator_could_do_and_shows_the_pages_own_contact(scene: Scene) -> None:
    form = scene.reads(f"/pages/{scene.slug}/info", scene.source)

    assert "la déchiffrer" in form
    assert CONTACT in form
    assert "nous ne notons ni votre adresse" in form


def test_a_page_that_is_not_published_takes_no_tip(scene: Scene) -> None:
    for state in ("draft", "waiting", "closed"):
        with commit():
            page_of(scene.slug).state = state

        assert scene.city.get(scene.source.browser, f"/pages/{scene.slug}/info").status_code == 404
        answer = scene.city.post(scene.source.browser, f"/pages/{scene.slug}/info", text="x", sign="protected")
        assert answer.status_code == 404


def test_only_a_resident_of_here_writes_to_a_page(scene: Scene) -> None:
    for someone in (scene.city.visitor(), scene.city.admin()):
        answer = scene.city.post(someone.browser, f"/pages/{scene.slug}/info", text="x", sign="protected")
        assert answer.location == "/preuve"
    assert db.session.scalar(select(func.count()).select_from(Tip)) == 0


def test_a_page_elsewhere_has_no_form_but_its_own_contact(scene: Scene, elsewhere) -> None:
    far = elsewhere.actor("gazette", "Organization", summary="<p>redaction@gazette.example</p>")
    document = fed.engine().fetch_actor(far.uri)
    with commit():
        actor_id = remote.store(document).id

    answer = scene.city.get(scene.source.browser, f"/comptes/{actor_id}/info")

    assert "redaction@gazette.example" in answer.text
    assert "quitterait ce serveur" in answer.text
    assert "<textarea" not in answer.text
    assert scene.city.get(scene.source.browser, f"/comptes/{scene.editor.actor_id}/info").status_code == 404


class TestFiles:
    def test_are_cleaned_of_what_tells_who_made_them(self, scene: Scene) -> None:
        odd = f"\ufeff{MARKER}\u200b\u200d\u2060 a\u00a0b \t \r\nfin\u202e\r\n"
        token = scene.send(files=[picture(), plain(odd)])

        shown = [scene.city.get(scene.editor.browser, f"{scene.at_desk(token)}/fichier/{n}") for n in (0, 1)]

        assert shown[0].mimetype == "image/webp"
        assert Image.open(io.BytesIO(shown[0].data)).info.keys() <= {"background", "loop", "timestamp", "duration"}
        assert FILE_MARKER.encode() not in shown[0].data
        assert shown[1].data.decode() == f"{MARKER} a b\nfin\n"
        assert shown[1].headers["Content-Disposition"] == 'attachment; filename="fichier-2.txt"'
        assert all(one.headers["Cache-Control"] == "private, no-store" for one in shown)
        assert all(one.headers["X-Content-Type-Options"] == "nosniff" for one in shown)

    def test_of_other_kinds_are_refused_and_the_words_kept(self, scene: Scene) -> None:
        for data in (b"%PDF-1.7 x", b"MZ\x00\x01\x02", b"PK\x03\x04", b"<svg/>\x00", b"x" * (257 << 10)):
            file = FileStorage(io.BytesIO(data), "piece.pdf")
            answer = scene.city.post(
                scene.source.browser, f"/pages/{scene.slug}/info", text="Mes mots.", sign="protected", files=[file]
            )  # fmt: skip

            assert answer.status_code == 422
            assert "Mes mots." in answer.text
        assert db.session.scalar(select(func.count()).select_from(Tip)) == 0

    def test_are_four_at_most(self, scene: Scene) -> None:
        files = [plain(f"{number}") for number in range(5)]
        answer = scene.city.post(
            scene.source.browser, f"/pages/{scene.slug}/info", text="x", sign="protected", files=files
        )  # fmt: skip
        assert answer.status_code == 422

    def test_are_left_alone_by_the_sweep_of_pictures(self, scene: Scene, clock) -> None:
        token = scene.send(files=[picture()])
        orphan = "ab/" + "ab" * 16 + "-tip.bin"
        storage.store().put(orphan, b"nobody's")
        clock.forward(hours=2)

        media.sweep({})

        assert scene.city.get(scene.editor.browser, f"{scene.at_desk(token)}/fichier/0").status_code == 200
        assert not storage.store().exists(orphan)

    def test_never_touch_a_temporary_file(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        def refused(*_: object, **__: object) -> None:
            raise AssertionError("a file of a tip was written to disk in clear")

        monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refused)
        monkeypatch.setattr("werkzeug.formparser.TemporaryFile", refused, raising=False)
        noise = io.BytesIO()
        Image.effect_noise((1400, 1000), 90).save(noise, "PNG")
        assert noise.tell() > 600_000
        noise.seek(0)
        fields = {"text": MARKER, "sign": "protected", "files": FileStorage(noise, "grand.png")}
        boundary, body = encode_multipart(MultiDict(fields))
        kind = f"multipart/form-data; boundary={boundary}"

        for browser, status in ((scene.source.browser, 303), (scene.city.browser(), 401)):
            answer = browser.post(f"/pages/{scene.slug}/info", data=body, content_type=kind)
            assert answer.status_code == status
        assert db.session.scalar(select(func.count()).select_from(TipFile)) == 1


class TestTheEnd:
    @pytest.mark.parametrize("who", ["the page", "the sender"])
    def test_deleting_a_tip_destroys_its_key_and_all_that_it_opened(self, scene: Scene, who: str) -> None:
        token = scene.send(files=[picture()])
        kept = scene.send("Une autre.")
        blob = db.session.scalars(select(TipFile.blob)).one()

        if who == "the page":
            scene.desk(token, "/supprimer")
        else:
            scene.city.post(scene.source.browser, f"/mes-infos/{token}/retirer")
        scene.city.work()

        assert db.session.scalars(select(TipKey.tip_id)).all() == [kept]
        assert db.session.scalars(select(TipMessage.tip_id)).all() == [kept]
        assert not storage.store().exists(blob)
        assert scene.city.get(scene.editor.browser, scene.at_desk(token)).status_code == 404
        assert "Une autre." in scene.reads(scene.at_desk(kept), scene.editor)

    def test_without_the_key_row_the_rest_opens_for_nobody(self, scene: Scene) -> None:
        token = scene.send()
        with commit():
            db.session.execute(text("DELETE FROM tip_key"))

        assert scene.city.get(scene.editor.browser, scene.at_desk(token)).status_code == 404
        assert scene.city.get(scene.source.browser, f"/mes-infos/{token}").status_code == 404

    def test_what_is_sealed_cannot_be_moved_to_another_tip(self, scene: Scene) -> None:
        one, other = scene.send(), scene.send("Autre.")
        with commit():
            words = db.session.get_one(TipMessage, (one, 0)).sealed_text
            db.session.get_one(TipMessage, (other, 0)).sealed_text = words

        assert scene.city.get(scene.editor.browser, scene.at_desk(other)).status_code == 404

    def test_nor_can_one_side_be_made_to_say_what_the_other_said(self, scene: Scene) -> None:
        token = scene.send()
        scene.desk(token, "/question", text="Qui ?")
        with commit():
            first, second = (db.session.get_one(TipMessage, (token, number)) for number in (0, 1))
            first.sealed_text, second.sealed_text = second.sealed_text, first.sealed_text

        assert scene.city.get(scene.editor.browser, scene.at_desk(token)).status_code == 404

    def test_the_key_is_overwritten_where_it_stood_before_its_row_goes(self, scene: Scene) -> None:
        token = scene.send()
        said: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if "tip_key" in statement and not statement.lstrip().upper().startswith("SELECT"):
                said.append(statement.split()[0])

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            scene.desk(token, "/supprimer")
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

        assert said[:2] == ["UPDATE", "DELETE"]

    def test_closing_the_account_cuts_the_link_and_the_name(self, scene: Scene) -> None:
        token, named = scene.send(), scene.send("Signé.", "name")
        scene.desk(token, "/fermer", on="1")
        scene.city.post(scene.source.browser, "/mes-donnees/supprimer", password=PASSWORD)

        assert db.session.scalars(select(Tip.sender_mark)).all() == [None, None]
        assert db.session.scalars(select(Tip.sealed_sender)).all() == [None, None]
        assert db.session.scalars(select(TipBar)).all() == []
        assert MARKER in scene.reads(scene.at_desk(token), scene.editor)
        assert "Odile" not in scene.reads(scene.at_desk(named), scene.editor)

    def test_a_page_that_closes_leaves_no_tip(self, scene: Scene) -> None:
        scene.send(files=[picture()])
        with commit():
            record(PageClosed(page_of(scene.slug).id))
        scene.city.work()

        assert [db.session.scalar(select(func.count()).select_from(one)) for one in (Tip, TipKey, TipFile)] == [0, 0, 0]


def test_the_same_form_twice_is_one_tip(scene: Scene) -> None:
    assert scene.send(once="abc") == scene.send(once="abc")
    assert scene.send(once="abc", by=scene.city.resident(scene.here)) != scene.send(once="abc")


def test_an_account_finds_its_tips_by_marks_that_nothing_joins(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "MOST", 2)
    tokens = {scene.send(), scene.send()}
    refused = scene.city.post(scene.source.browser, f"/pages/{scene.slug}/info", text="3", sign="protected")
    assert refused.status_code == 422

    assert all(token in scene.reads("/mes-infos", scene.source) for token in tokens)
    scene.city.post(scene.source.browser, f"/mes-infos/{min(tokens)}/retirer")
    assert scene.send("3")


def test_zero_bytes_of_a_tip_lie_anywhere_in_clear(
    scene: Scene, app: Flask, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Database file or dump, media, mails, jobs, logs, exports, archive, every page of everybody else."""
    stream = io.StringIO()
    heard = logging.StreamHandler(stream)
    logging.getLogger("quartier").addHandler(heard)
    try:
        token = scene.send(f"{MARKER} rue Myrha", files=[picture(), plain(FILE_MARKER)])
        scene.desk(token, "/question", text=f"{MARKER} ?")
        scene.city.post(scene.source.browser, f"/mes-infos/{token}", text=f"{MARKER} !")
        scene.city.get(scene.editor.browser, f"{scene.at_desk(token)}/fichier/1")
        with commit():
            jobs.put("tell_desks", {})
        scene.city.work()
        with commit():
            archive_file = tmp_path / "archive.tar.gz"
        archive.write(archive_file, "test")
        exports = [
            scene.city.get(one.browser, path).data
            for one in (scene.source, scene.editor, scene.city.admin())
            for path in ("/mes-donnees", "/mes-donnees.json", f"/pages/{scene.slug}/chiffres.csv", "/travail", "/avis")
        ]
        admin = scene.city.admin("admin_zoe")
        exports += [
            scene.city.get(admin.browser, rule.rule).data
            for rule in app.url_map.iter_rules()
            if rule.rule.startswith("/admin") and "GET" in (rule.methods or ()) and not rule.arguments
        ]
    finally:
        logging.getLogger("quartier").removeHandler(heard)

    found = {
        "rows": json.dumps({table.name: rows_of(table.name) for table in db.metadata.sorted_tables}).encode(),
        "log": stream.getvalue().encode(), "archive": unpacked(archive_file), "exports": b"".join(exports),
    }  # fmt: skip
    found |= {str(path): path.read_bytes() for path in settings.data_dir.rglob("*") if path.is_file()}
    assert any(name.endswith("-tip.bin") for name in found)
    for name, data in found.items():
        for word in (MARKER, FILE_MARKER, "rue Myrha"):
            assert word.encode() not in data, f"{word} in {name}"
    assert token.encode() not in found["log"] + found["exports"]
    for table in ("tip", "tip_message", "tip_file", "tip_key"):
        assert str(scene.source.account_id) not in json.dumps(rows_of(table))
    assert b'"tip"' not in json.dumps([row["kind"] for row in rows_of("job")]).encode()


def unpacked(path: Path) -> bytes:
    with tarfile.open(path) as whole:
        return b"".join((whole.extractfile(one) or io.BytesIO()).read() for one in whole.getmembers() if one.isfile())


def test_no_tip_leaves_by_the_wire(scene: Scene, elsewhere) -> None:
    token = scene.send(files=[picture()])
    scene.city.work()
    reader = elsewhere.actor("ada")

    for path in (scene.at_desk(token), f"{scene.at_desk(token)}/fichier/0", f"/mes-infos/{token}"):
        answer = reader.get(scene.city.browser(), f"http://localhost{path}")
        assert answer.status_code in {303, 401, 404}
        assert MARKER not in answer.text
    assert db.session.scalar(select(func.count()).select_from(Post)) == 0
    assert rows_of("outgoing") == rows_of("delivery") == []
