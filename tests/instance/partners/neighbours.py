"""What tests of claims and of partners' reads share: our quartier, one of a partner city beside it, people in both."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient

from instance.core.db import commit
from instance.partners import claims
from tests.city import City, Someone
from tests.support.partner import PartnerCity, our_application, sign_agreement
from tests.support.peer import ACTIVITY_JSON, ForeignActor, Json


class Line:
    """The line between two cities: Clignancourt is ours, Villette the partner's, under a live agreement."""

    def __init__(self, city: City, partner: PartnerCity) -> None:
        self.city, self.partner = city, partner
        self.base, self.slug = city.settings.base_url, city.quartier("Clignancourt")
        self.sam = city.resident(self.slug, "sam", name="Sam Berger")
        self.villette = partner.group("Villette")
        self.passage_id = sign_agreement(city, partner, self.slug, self.villette).id
        self.ours = our_application(city)
        self.group, self.sam_uri = f"{self.base}/q/{self.slug}", f"{self.base}/u/sam"

    def act(self, someone: Someone, host: str = "") -> None:
        """Somebody of ours acts towards the partner, as sending a post there does."""
        with commit():
            claims.note_contact(someone.actor_id, [host or self.partner.host])

    def address(self, actor: str = "", group: str = "") -> str:
        return f"{self.base}/attest?{urlencode({'actor': actor or self.sam_uri, 'group': group or self.group})}"

    def ask(self, url: str = "", *, by: ForeignActor | None = None, **faults: Any) -> Any:
        """A signed GET, by the partner's Application unless somebody else is named."""
        return (by or self.partner.application).get(self.city.browser(), url or self.address(), **faults)

    def unsigned(self, url: str = "") -> Any:
        return self.city.browser().get(url or self.address(), headers={"accept": ACTIVITY_JSON})

    def document(self, path: str) -> Json:
        """What everybody may read at `path`."""
        found = self.unsigned(f"{self.base}{path}")
        assert found.status_code == 200, path
        return dict(found.get_json(force=True))


def page(browser: FlaskClient, path: str) -> str:
    """The text of a page."""
    return browser.get(path).text


def plain(answer: Any) -> tuple[int, bytes, dict[str, str]]:
    """All of an answer that the other side sees, save by which clock it was made."""
    return answer.status_code, answer.data, {name: said for name, said in answer.headers.items() if name != "Date"}
