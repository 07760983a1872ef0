"""Mastodon.py, for scripts: every boolean as "1" or "0", in JSON too; arrays as `x[]`."""

from tests.mastodon.clients.plays import OOB, Client, form, get, reading, send, upload

CLIENT = Client(
    "Mastodon.py", "2.3.3", "scripts", OOB,
    runs=(
        "sign-in", "first screen", "post", "reply", "edit, delete", "pictures", "polls", "notifications", "streaming",
        "search", "thanks, bookmarks, pins, boosts", "quotes",
    ),
    steps=(
        get("sign-in", "/api/v1/apps/verify_credentials"),
        get("first screen", "/api/v2/instance"),
        get("first screen", "/.well-known/nodeinfo"),
        get("first screen", "/api/v1/accounts/verify_credentials"),
        get("first screen", "/api/v1/timelines/home?limit=20"),
        form("post", "POST", "/api/v1/statuses", {"status": "Bonjour", "sensitive": "0", "visibility": "private"},
             mine="id"),
        form("reply", "POST", "/api/v1/statuses", {"status": "Oui", "in_reply_to_id": "{said}"}),
        get("edit, delete", "/api/v1/statuses/{mine}/source"),
        form("edit, delete", "PUT", "/api/v1/statuses/{mine}", {"status": "Bonsoir", "sensitive": "0"}),
        send("edit, delete", "DELETE", "/api/v1/statuses/{mine}"),
        upload("pictures", "POST", "/api/v2/media", {"file": "photo", "description": "Un mur", "focus": "0.5,-0.25"},
               media="id"),
        form("pictures", "POST", "/api/v1/statuses", {
            "status": "Un mur", "media_ids[]": ["{media}"], "sensitive": "1",
        }),
        send("polls", "POST", "/api/v1/statuses", {
            "status": "Quand ?", "sensitive": "0",
            "poll": {"options": ["Samedi", "Dimanche"], "expires_in": 3600, "multiple": "1", "hide_totals": "0"},
        }, poll="poll.id"),
        get("polls", "/api/v1/polls/{poll}"),
        form("thanks, bookmarks, pins, boosts", "POST", "/api/v1/statuses/{said}/favourite"),
        form("thanks, bookmarks, pins, boosts", "POST", "/api/v1/statuses/{said}/bookmark"),
        reading(form("quotes", "POST", "/api/v1/statuses", {
            "status": "Voyez", "sensitive": "0", "quoted_status_id": "{public}", "quote_approval_policy": "followers",
        }), {"quote.state": "accepted", "quote.quoted_status.id": "{public}"}),
        reading(get("quotes", "/api/v1/statuses/{own}/quotes?limit=5"), {"0.id": "{quoting}"}),
        reading(form("quotes", "PUT", "/api/v1/statuses/{own}/interaction_policy", {
            "quote_approval_policy": "nobody",
        }), {"quote_approval.automatic": []}),
        reading(form("quotes", "POST", "/api/v1/statuses/{own}/quotes/{quoting}/revoke"), {"quote.state": "revoked"}),
        get("notifications", "/api/v1/notifications?exclude_types[]=follow"),
        get("notifications in groups", "/api/v2/notifications?grouped_types[]=favourite"),
        get("search", "/api/v2/search?q=marché&resolve=1&exclude_unreviewed=0"),
        get("people, follows", "/api/v1/accounts/relationships?id[]={neighbour}"),
        form("people, follows", "POST", "/api/v1/accounts/{neighbour}/follow", {"reblogs": "1", "notify": "0"}),
        form("mutes, blocks, reports", "POST", "/api/v1/accounts/{neighbour}/mute", {"notifications": "1"}),
        form("mutes, blocks, reports", "POST", "/api/v1/accounts/{neighbour}/unmute"),
        form("own profile", "PATCH", "/api/v1/accounts/update_credentials", {"note": "Du quartier", "locked": "1"}),
        form("lists", "POST", "/api/v1/lists", {"title": "Amies", "exclusive": "0"}, list="id"),
        form("lists", "DELETE", "/api/v1/lists/{list}/accounts", {"account_ids[]": ["{neighbour}"]}),
        send("filters", "POST", "/api/v2/filters", {
            "title": "Travaux", "context": ["home"], "filter_action": "warn",
            "keywords_attributes": [{"keyword": "chantier", "whole_word": "1"}],
        }, filter="id"),
        get("filters", "/api/v2/filters/{filter}/keywords"),
        get("hashtags", "/api/v1/timelines/tag/Noël?local=1"),
        form("direct messages", "POST", "/api/v1/statuses", {"status": "@bruno Un mot", "visibility": "direct"}),
        get("direct messages", "/api/v1/conversations"),
    ),
)  # fmt: skip
