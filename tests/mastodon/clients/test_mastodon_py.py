"""A resident's own script, written with Mastodon.py."""

from __future__ import annotations

import queue
from typing import Any

import mastodon
import pytest
from mastodon import return_types as types

from tests.mastodon.clients.town import SCOPES, Town, photo

pytestmark = pytest.mark.slow
OOB = "urn:ietf:wg:oauth:2.0:oob"


class Ear(mastodon.StreamListener):  # type: ignore[misc]
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.heard: queue.Queue[tuple[str, Any]] = queue.Queue()

    def on_update(self, status: Any) -> None:
        self.heard.put(("update", status))

    def on_notification(self, notification: Any) -> None:
        self.heard.put(("notification", notification))

    def wait(self, kind: str) -> Any:
        while True:
            found, what = self.heard.get(timeout=30)
            if found == kind:
                return what


def sign_in(town: Town, *, outside: bool = False) -> mastodon.Mastodon:
    """Salma's script; it calls what it knows for the version that the city says."""
    client_id, secret = mastodon.Mastodon.create_app(
        "Carnet", scopes=SCOPES.split(), redirect_uris=OOB, api_base_url=town.url
    )
    program = mastodon.Mastodon(client_id, secret, api_base_url=town.url, version_check_mode="created")
    address = program.auth_request_url(redirect_uris=OOB, scopes=SCOPES.split(), allow_http=True)
    program.log_in(code=town.allow(address, outside=outside), redirect_uri=OOB, scopes=SCOPES.split(), allow_http=True)
    return program


def test_a_script_signs_in_posts_answers_polls_listens_and_is_told(town: Town) -> None:
    program = sign_in(town)
    assert program.me().acct == "salma"

    ear = Ear()
    listening = program.stream_user(ear, run_async=True, timeout=30)
    written = program.status_post("Le marché est ouvert", visibility="public")
    assert (written.visibility, written.quartier["audience"]) == ("private", "quartier")
    assert ear.wait("update").id == written.id
    assert program.timeline_home()[0].id == written.id

    answer = town.bruno.post("@salma J’y vais", in_reply_to_id=str(written.id))
    heard = ear.wait("notification")
    assert (heard.type, str(heard.status.id)) == ("mention", answer)
    listening.close()
    assert program.notifications()[0].id == heard.id
    assert str(program.status_context(written.id).descendants[0].id) == answer
    replied = program.status_reply(heard.status, "À tout de suite")
    assert (replied.visibility, str(replied.in_reply_to_id)) == ("private", answer)

    seen = program.media_post(photo(), "image/png", description="Un mur bleu", focus=(0.5, -0.25))
    shown = program.status_post("Regardez", media_ids=[seen], sensitive=True, spoiler_text="Bleu")
    assert shown.media_attachments[0].description == "Un mur bleu"
    assert shown.media_attachments[0].meta.focus.x == 0.5

    asked = program.status_post("Quand ?", poll=program.make_poll(["Samedi", "Dimanche"], 3600, multiple=True))
    town.bruno.vote(str(asked.poll.id), 0, 1)
    assert [one.votes_count for one in program.poll(asked.poll.id).options] == [1, 1]


def test_a_script_quotes_is_quoted_and_takes_its_leave_back(town: Town) -> None:
    program = sign_in(town, outside=True)
    theirs = town.bruno.post("Citez-moi", visibility="public")

    quoting = program.status_post("Voyez", quoted_status_id=theirs, quote_approval_policy="followers")
    assert isinstance(quoting.quote, types.Quote)
    assert (quoting.quote.state, str(quoting.quote.quoted_status.id)) == ("accepted", theirs)

    own = program.status_post("Le jardin est ouvert", visibility="public", quote_approval_policy="public")
    assert (own.quote_approval.automatic, own.quote_approval.current_user) == (["public"], "automatic")
    ear = Ear()
    listening = program.stream_user(ear, run_async=True, timeout=30)
    quoted = town.bruno.post("Lisez", quoted_status_id=str(own.id), visibility="public")
    heard = ear.wait("notification")
    while heard.type != "quote":  # others may ring meanwhile
        heard = ear.wait("notification")
    listening.close()
    assert str(heard.status.id) == quoted
    assert program.notifications(types=["quote"])[0].id == heard.id
    again = program.status_post("Encore", quoted_status_id=quoted).quote.quoted_status.quote
    assert isinstance(again, types.ShallowQuote)
    assert again.quoted_status_id == own.id
    assert [str(one.id) for one in program.status_quotes(own, limit=5)] == [quoted]

    assert program.status_update_quote_approval_policy(own, "nobody").quote_approval.automatic == []
    ended = program.status_quote_revoke(own, quoted)
    assert (ended.quote.state, ended.quote.quoted_status) == ("revoked", None)
    assert program.status_quotes(own) == []


def test_a_script_pages_searches_and_tidies_up_after_itself(town: Town) -> None:
    program = sign_in(town)
    ids = [program.status_post(f"Note {number}").id for number in range(5)]

    page = program.timeline_home(limit=2)
    pages = [one.id for one in page]
    while page := program.fetch_next(page):
        pages += [one.id for one in page]
    assert pages[:5] == ids[::-1]
    assert len(set(pages)) == len(pages)
    program.status_favourite(ids[0])
    program.status_bookmark(ids[1])
    assert program.bookmarks()[0].id == ids[1]
    found = program.search("Note 3", result_type="statuses")
    assert ids[3] in {one.id for one in found.statuses}

    changed = program.status_update(ids[2], "Note deux, corrigée")
    assert changed.edited_at is not None
    assert len(program.status_history(ids[2])) == 2
    program.status_delete(ids[0])
    with pytest.raises(mastodon.MastodonNotFoundError):
        program.status(ids[0])
    program.revoke_access_token(allow_http=True)
    with pytest.raises(mastodon.MastodonError):
        program.me()
