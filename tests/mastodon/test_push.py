"""Web Push: who hears of what on which device, by which words; delivered to an endpoint of ours that opens them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import func, select, update

from instance.accounts.models import Account, LoginSession
from instance.core import clock as clockwork
from instance.core.db import commit, db
from instance.core.jobs import Job
from instance.mastodon.models import Token
from instance.notifications import push_sealing
from instance.notifications.models import Notification, PushSubscription
from instance.notifications.push_sealing import from_base64, to_base64
from tests.city import City, Someone
from tests.instance.posts.writing import answer, write
from tests.mastodon.conftest import Program, Programs
from tests.support.peer import ForeignServer, Received

WHERE = "/api/v1/push/subscription"
GENERIC = "Du nouveau dans votre quartier"
CURVE = ec.SECP256R1()


def derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=salt, info=info).derive(secret)


@dataclass
class Device:
    """A telephone behind a push service of ours: its keys, and what it can read of what came."""

    server: ForeignServer
    path: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(CURVE))
    auth: bytes = b"sixteen bytes..."

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def form(self, *alerts: str, standard: bool = True, policy: str = "all") -> dict[str, str]:
        """What a client sends, in the form that Rails reads."""
        device = {
            "[endpoint]": self.server.base_url + self.path, "[keys][p256dh]": to_base64(self.point),
            "[keys][auth]": to_base64(self.auth), "[standard]": "true" if standard else "false",
        }  # fmt: skip
        data = {"data[policy]": policy, **{f"data[alerts][{name}]": "1" for name in alerts or ("mention",)}}
        return {f"subscription{name}": value for name, value in device.items()} | data

    def came(self) -> list[Received]:
        return [one for one in self.server.received if one.path == self.path]

    def heard(self) -> list[dict[str, Any]]:
        """Everything that came, opened; each with a token by which the service knows us."""
        return [json.loads(self.opened(one)) for one in self.came()]

    def opened(self, one: Received) -> bytes:
        if one.headers["content-encoding"] == "aes128gcm":
            kind, _space, given = one.headers["authorization"].partition(" ")
            parts = dict(part.strip().split("=", 1) for part in given.split(","))
            assert kind == "vapid"
            self.check(parts["t"], from_base64(parts["k"]))
            salt, size, point = one.body[:16], one.body[20], one.body[21:86]
            assert size == 65
            info = b"WebPush: info\0" + self.point + point
            secret = derived(self.auth, self.shared(point), info, 32)
            infos = b"Content-Encoding: aes128gcm\0", b"Content-Encoding: nonce\0"
            plain = self.decrypted(salt, secret, infos, one.body[86:])
            assert plain.endswith(b"\x02")
            return plain[:-1]
        assert one.headers["content-encoding"] == "aesgcm"
        keys = dict(part.split("=", 1) for part in one.headers["crypto-key"].split(";"))
        self.check(one.headers["authorization"].removeprefix("WebPush "), from_base64(keys["p256ecdsa"]))
        salt, point = from_base64(one.headers["encryption"].removeprefix("salt=")), from_base64(keys["dh"])
        secret = derived(self.auth, self.shared(point), b"Content-Encoding: auth\0", 32)
        context = b"P-256\0\0\x41" + self.point + b"\0\x41" + point
        infos = b"Content-Encoding: aesgcm\0" + context, b"Content-Encoding: nonce\0" + context
        return self.decrypted(salt, secret, infos, one.body)[2:]

    def shared(self, point: bytes) -> bytes:
        return self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point))

    def decrypted(self, salt: bytes, secret: bytes, infos: tuple[bytes, bytes], body: bytes) -> bytes:
        return AESGCM(derived(salt, secret, infos[0], 16)).decrypt(derived(salt, secret, infos[1], 12), body, None)

    def check(self, token: str, key: bytes) -> None:
        """The token names this service, is not over, and is signed by the key that the API shows."""
        assert key == from_base64(push_sealing.public_key())
        head, claims, signature = token.split(".")
        raw = from_base64(signature)
        signed = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        public = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, key)
        public.verify(signed, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
        said = json.loads(from_base64(claims))
        assert json.loads(from_base64(head))["alg"] == "ES256"
        assert said["aud"] == self.server.base_url
        assert 0 < said["exp"] - clockwork.now().timestamp() <= 86_400
        assert said["sub"].startswith(("mailto:", "https:"))


@dataclass
class Yard:
    """Salma with a telephone, Bruno next door."""

    city: City
    here: str
    salma: Someone
    bruno: Someone
    program: Program
    phone: Device

    def subscribe(self, *alerts: str, **wishes: Any) -> Any:
        made = self.program.post(WHERE, data=self.phone.form(*alerts, **wishes))
        assert made.status_code == 200, made.text
        return made.json

    def bruno_answers(self, text: str = "Je l’ai vue.", scope: str = "quartier") -> int:
        wide = {"scope": scope, "everywhere": "1"}
        post = write(self.city, self.salma, self.here, title="Chatte perdue", **wide)
        return answer(self.city, self.bruno, post, text, **wide)

    def wish(self, **values: Any) -> None:
        with commit():
            db.session.execute(update(Account).where(Account.id == self.salma.account_id).values(values))


@pytest.fixture
def yard(city: City, programs: Programs, elsewhere: ForeignServer) -> Yard:
    here = city.quartier("Clignancourt")
    salma, bruno = city.resident(here, "salma"), city.resident(here, "bruno")
    city.work()  # their welcome is told to no device
    return Yard(city, here, salma, bruno, programs.of(salma, "read push"), Device(elsewhere, "/push/salma"))


def test_what_is_sealed_is_what_the_standard_says() -> None:
    """RFC 8291, section 5 and appendix A."""
    own = ec.derive_private_key(int.from_bytes(from_base64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), CURVE)
    device = push_sealing.Device.read(
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
    )

    body = push_sealing.encrypt(
        b"When I grow up, I want to be a watermelon", device, own, from_base64("DGv6ra1nlYgDCS1FRnbzlw")
    )

    assert to_base64(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
        "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


class TestSubscription:
    def test_a_program_makes_reads_changes_and_ends_the_one_of_its_token(self, yard: Yard) -> None:
        made = yard.subscribe("mention", "poll", policy="followed")

        assert made["alerts"]["mention"] is made["alerts"]["poll"] is True
        assert made["alerts"]["follow"] is False
        assert made["policy"] == "followed"
        assert len(from_base64(made["server_key"])) == 65
        assert 0 <= made["id"] < 2**31
        assert yard.program.get(WHERE).json == made
        changed = yard.program.call("PUT", WHERE, json={"data": {"alerts": {"follow": True}}, "policy": "all"}).json
        assert (changed["alerts"]["follow"], changed["alerts"]["mention"], changed["policy"]) == (True, False, "all")
        assert changed["endpoint"] == made["endpoint"]
        assert yard.subscribe("mention")["id"] != made["id"]
        assert db.session.scalar(select(func.count()).select_from(PushSubscription)) == 1
        assert yard.program.call("DELETE", WHERE).json == {}
        assert yard.program.get(WHERE).status_code == 404

    def test_not_without_its_scope_and_not_the_one_of_another_token(self, yard: Yard, programs: Programs) -> None:
        yard.subscribe()

        assert programs.of(yard.salma, "read write").get(WHERE).status_code == 403
        assert programs.of(yard.salma, "push").get(WHERE).status_code == 404

    @pytest.mark.parametrize(
        "wrong",
        [
            {"subscription[endpoint]": "ftp://push.example/1"}, {"subscription[endpoint]": ""},
            {"subscription[endpoint]": "https://" + "x" * 3000}, {"subscription[keys][p256dh]": "nothing"},
            {"subscription[keys][p256dh]": to_base64(b"\x04" * 65)}, {"subscription[keys][auth]": "c2hvcnQ"},
            {"data[policy]": "everybody"},
        ],
    )  # fmt: skip
    def test_what_no_push_service_gives_is_refused(self, yard: Yard, wrong: dict[str, str]) -> None:
        refused = yard.program.post(WHERE, data=yard.phone.form() | wrong)

        assert refused.status_code == 422
        assert refused.json["error"]


class TestWords:
    @pytest.mark.parametrize("standard", [True, False])
    def test_a_neighbours_answer_is_told_at_once_without_a_name_and_without_a_word(
        self, yard: Yard, standard: bool
    ) -> None:
        yard.subscribe(standard=standard)

        yard.bruno_answers("Elle est rue Ramey.")
        yard.city.work()

        [heard] = yard.phone.heard()
        notice = db.session.scalars(select(Notification).where(Notification.kind == "reply")).one()
        assert heard == {
            "access_token": "", "preferred_locale": "fr", "notification_id": notice.id, "notification_type": "mention",
            "icon": heard["icon"], "title": GENERIC, "body": "",
        }  # fmt: skip
        assert heard["icon"].endswith("/static/icon-192.png")
        [came] = yard.phone.came()
        assert (came.headers["ttl"], came.headers["urgency"]) == ("172800", "normal")
        assert len(came.headers["topic"]) <= 32

    def test_a_change_of_what_one_passed_on_comes_where_it_was_asked_for(self, yard: Yard, programs: Programs) -> None:
        yard.subscribe("update")
        wide = {"scope": "public", "everywhere": "1"}
        post = write(yard.city, yard.bruno, yard.here, title="Chatte perdue", **wide)
        programs.of(yard.salma).post(f"/api/v1/statuses/{post}/reblog")
        yard.city.post(yard.bruno.browser, f"/p/{post}/modifier", title="Chatte retrouvée", text="Un mot.")
        yard.city.work()

        [heard] = yard.phone.heard()
        assert heard["notification_type"] == "update"
        assert "a changé un mot" in heard["title"]

    def test_who_wants_them_reads_name_and_first_words(self, yard: Yard) -> None:
        yard.subscribe()
        yard.city.post(yard.salma.browser, "/avis/appareils/mots", pushes_words="1")

        yard.bruno_answers("Elle est rue Ramey.")
        yard.city.work()

        [heard] = yard.phone.heard()
        assert "vous a répondu" in heard["title"]
        assert heard["body"] == "Elle est rue Ramey."
        yard.city.post(yard.salma.browser, "/avis/appareils/mots")
        yard.bruno_answers()
        yard.city.work()
        assert yard.phone.heard()[1]["title"] == GENERIC

    def test_of_what_everybody_may_read_the_words_are_told(self, yard: Yard) -> None:
        yard.subscribe()

        yard.bruno_answers("Elle est rue Ramey.", scope="public")
        yard.city.work()

        [heard] = yard.phone.heard()
        assert heard["body"] == "Elle est rue Ramey."

    def test_of_tips_nothing_is_told_whatever_was_chosen(self, yard: Yard) -> None:
        from instance.core.web import settings
        from instance.notifications import service

        browser_device(yard)
        yard.wish(pushes_words=True)
        with commit():
            service.tell([yard.salma.account_id], service.News("tip", "/mes-infos"), settings().timezone)
        yard.city.work()

        [heard] = Device(yard.phone.server, "/push/laptop", yard.phone.key).heard()
        assert (heard["title"], heard["body"]) == (GENERIC, "")


def browser_device(yard: Yard) -> Any:
    """Salma's own browser, as the page's script sends it."""
    laptop = Device(yard.phone.server, "/push/laptop", yard.phone.key)
    made = yard.city.post(
        yard.salma.browser, "/avis/appareils", endpoint=laptop.server.base_url + laptop.path,
        p256dh=to_base64(laptop.point), auth=to_base64(laptop.auth),
    )  # fmt: skip
    assert made.status_code == 303
    return laptop


class TestWho:
    """Told to no device that does not want it, may not, or has ended."""

    def test_only_what_was_asked_for_and_of_whom(self, yard: Yard) -> None:
        stranger = yard.city.visitor("odile")
        for alerts, policy in ((("follow",), "all"), (("mention",), "none"), (("mention",), "follower")):
            yard.subscribe(*alerts, policy=policy)
            yard.bruno_answers()
            yard.city.work()
            assert yard.phone.came() == [], (alerts, policy)

        yard.subscribe("mention", policy="followed")  # a neighbour is no stranger
        yard.bruno_answers()
        yard.city.work()
        assert len(yard.phone.came()) == 1
        assert stranger

    ENDS: dict[str, Callable[[Yard], Any]] = {
        "the token was revoked": lambda yard: _now(update(Token).values(revoked_at=clockwork.now())),
        "the token ran out": lambda yard: _now(update(Token).values(expires_at=clockwork.now())),
        "the account was suspended": lambda yard: yard.wish(state="suspended"),
        "the password was changed": lambda yard: yard.city.post(
            yard.salma.browser, "/reglages/mot-de-passe", old_password="la cour de la rue Letort",
            password="le pain est sur la planche",
        ),
        "it was read meanwhile": lambda yard: yard.city.post(yard.salma.browser, "/avis/lus"),
        "the reply was deleted": lambda yard: yard.city.post(
            yard.bruno.browser, f"/p/{_reply()}/supprimer", act="delete", confirmed="1"
        ),
        "she moved away": lambda yard: yard.city.move_away(yard.salma),
        "she blocked him": lambda yard: yard.city.post(yard.salma.browser, "/u/bruno/bloquer"),
        "the subscription was stopped": lambda yard: yard.program.call("DELETE", WHERE),
    }  # fmt: skip

    @pytest.mark.parametrize("end", ENDS)
    def test_nothing_is_sent_any_more_once(self, yard: Yard, clock: Any, end: str) -> None:
        """Between the notice and the sending lie the quiet hours: everything is asked anew at their end."""
        yard.subscribe()
        now = clockwork.now().astimezone(yard.city.settings.timezone).hour
        yard.wish(quiet_from_h=now, quiet_to_h=(now + 2) % 24)
        yard.bruno_answers()
        yard.city.work()
        assert yard.phone.came() == []

        self.ENDS[end](yard)
        clock.forward(hours=3)
        yard.city.work()

        assert yard.phone.came() == []

    def test_quiet_hours_are_kept_and_what_waited_comes_at_their_end(self, yard: Yard, clock: Any) -> None:
        yard.subscribe()
        now = clockwork.now().astimezone(yard.city.settings.timezone).hour
        yard.wish(quiet_from_h=now, quiet_to_h=(now + 2) % 24)
        yard.bruno_answers()
        yard.city.work()
        clock.forward(minutes=30)
        yard.city.work()
        assert yard.phone.came() == []

        clock.forward(hours=2)
        yard.city.work()

        assert len(yard.phone.heard()) == 1


def _now(statement: Any) -> None:
    with commit():
        db.session.execute(statement)


def _reply() -> int:
    found = db.session.scalars(select(Notification.post_id).where(Notification.kind == "reply")).one()
    assert found is not None
    return found


class TestService:
    @pytest.mark.parametrize("status", [404, 410])
    def test_a_device_that_is_gone_is_forgotten(self, yard: Yard, status: int) -> None:
        yard.subscribe()
        yard.phone.server.manners.inbox_status = status

        yard.bruno_answers()
        yard.city.work()

        assert db.session.scalar(select(func.count()).select_from(PushSubscription)) == 0
        assert not db.session.scalar(select(func.count()).where(Job.kind == "send_push", Job.state != "done"))

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_service_that_cannot_now_is_asked_again_and_its_person_sees_why(
        self, yard: Yard, clock: Any, status: int
    ) -> None:
        yard.subscribe()
        manners = yard.phone.server.manners
        manners.inbox_status = status
        yard.bruno_answers()
        yard.city.work()
        assert f"http {status}" in yard.city.get(yard.salma.browser, "/avis/appareils").text
        waiting = db.session.scalars(select(Job).where(Job.kind == "send_push")).one()
        assert (waiting.state, waiting.last_error) == ("pending", f"Late: push.{status}")

        manners.inbox_status = 201
        clock.forward(minutes=2)
        yard.city.work()

        assert len(yard.phone.heard()) == 1
        assert f"http {status}" not in yard.city.get(yard.salma.browser, "/avis/appareils").text

    def test_news_of_yesterday_are_sent_no_more(self, yard: Yard, clock: Any) -> None:
        yard.subscribe()
        yard.phone.server.manners.is_down = True
        yard.bruno_answers()
        yard.city.work()
        yard.phone.server.manners.is_down = False
        clock.forward(hours=13)
        yard.city.work()

        assert yard.phone.came() == []

    @pytest.mark.parametrize(
        "inside", ["http://127.0.0.1:1/push", "https://169.254.169.254/push", "https://10.0.0.8/push"]
    )
    def test_no_address_inside_a_network_is_knocked_at(self, yard: Yard, inside: str) -> None:
        yard.program.post(WHERE, data=yard.phone.form() | {"subscription[endpoint]": inside})

        yard.bruno_answers()
        yard.city.work()

        assert db.session.scalar(select(func.count()).select_from(PushSubscription)) == 0


class TestOwnBrowser:
    def test_it_hears_of_every_notice_with_a_way_to_it_until_it_is_stopped(self, yard: Yard) -> None:
        laptop = browser_device(yard)
        yard.bruno_answers()
        yard.city.work()

        [heard] = laptop.heard()

        assert heard["url"] == f"/avis/{heard['notification_id']}"
        shown = yard.city.get(yard.salma.browser, "/avis/appareils").text
        row = db.session.scalars(select(PushSubscription)).one()
        assert f'action="/avis/appareils/{row.id}/arreter"' in shown
        assert yard.city.post(yard.bruno.browser, f"/avis/appareils/{row.id}/arreter").status_code == 404
        yard.city.post(yard.salma.browser, f"/avis/appareils/{row.id}/arreter")
        yard.bruno_answers()
        yard.city.work()
        assert len(laptop.came()) == 1

    @pytest.mark.parametrize("way", ["log-out", "expiry"])
    def test_nothing_after_its_session(self, yard: Yard, way: str) -> None:
        laptop = browser_device(yard)
        if way == "log-out":
            yard.city.post(yard.salma.browser, "/deconnexion")
            yard.city.log_in(yard.salma)
        else:
            _now(update(LoginSession).values(expires_at=clockwork.now()))
            yard.city.log_in(yard.salma)
            yard.city.log_in(yard.bruno)
        yard.bruno_answers()
        yard.city.work()

        assert laptop.came() == []

    def test_rows_hold_neither_address_nor_secret_in_clear(self, yard: Yard) -> None:
        laptop = browser_device(yard)

        raw = str(db.session.execute(db.text("SELECT endpoint, auth FROM push_subscription")).one())

        assert laptop.path not in raw
        assert to_base64(laptop.auth) not in raw


NO_ADDRESS = (
    "https://[::1", "https://[x]/", "https://a b/", "https://u:p@h.example/", "https://h.example:99999/",
    "https://h.example\r\nX: y/", "https:///x",
)  # fmt: skip


@pytest.mark.parametrize("endpoint", NO_ADDRESS)
def test_an_address_that_no_push_service_has_is_refused(yard: Yard, endpoint: str) -> None:
    form = yard.phone.form() | {"subscription[endpoint]": endpoint}

    refused = yard.program.post(WHERE, data=form)

    assert (refused.status_code, yard.program.get(WHERE).status_code) == (422, 404)


def test_what_stands_under_a_warning_is_not_shown_on_a_locked_telephone(yard: Yard, programs: Programs) -> None:
    yard.wish(pushes_words=True)
    yard.subscribe()

    said = {"status": "@salma Le héros meurt.", "spoiler_text": "La fin du film"}
    assert programs.of(yard.bruno).post("/api/v1/statuses", json=said).status_code == 200
    yard.city.work()

    assert [one["body"] for one in yard.phone.heard()] == ["La fin du film"]
