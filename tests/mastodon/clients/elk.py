"""Elk, in a browser: everything in JSON, pictures by the first form of the media route."""

from tests.mastodon.clients.plays import Client, get, reading, send, upload

# app/composables/masto/{status,statusDrafts,publish}.ts, StatusQuote.vue and StatusReactedBy.vue at ae4ebf3. It asks no
# version: `quote_approval.current_user` opens the button. The form fetches what is quoted by its number, as a quote
# within a quote is fetched. A leave is taken back elsewhere; a quote without a status is not drawn.
QUOTING = (
    reading(get("quotes", "/api/v1/statuses/{public}"), {
        "visibility": "public", "quote_approval.current_user": "automatic",
    }),
    reading(send("quotes", "POST", "/api/v1/statuses", {
        "status": "Voyez", "quoted_status_id": "{public}", "quote_approval_policy": "public", "visibility": "private",
        "sensitive": False, "spoiler_text": "", "language": "fr", "media_ids": [],
    }, quote="id"), {
        "quote.state": "accepted", "quote.quoted_status.id": "{public}",
        "quote.quoted_status.account.id": "{neighbour}",
    }),
    reading(send("quotes", "PUT", "/api/v1/statuses/{quote}", {
        "status": "Regardez", "quote_approval_policy": "public", "visibility": "private", "sensitive": False,
        "spoiler_text": "", "language": "fr", "media_ids": [], "media_attributes": [],
    }), {"quote.state": "accepted", "quote.quoted_status.id": "{public}"}),
    reading(send("quotes", "POST", "/api/v1/statuses", {
        "status": "Encore", "quoted_status_id": "{quoting}", "quote_approval_policy": "public",
        "visibility": "private", "sensitive": False, "spoiler_text": "", "language": "fr", "media_ids": [],
    }, inner="quote.quoted_status.quote.quoted_status_id"), {"quote.quoted_status.quote.state": "accepted"}),
    reading(get("quotes", "/api/v1/statuses/{inner}"), {"id": "{own}", "quotes_count": 1}),
    reading(get("quotes", "/api/v1/statuses/{own}/quotes"), {"0.account.id": "{neighbour}"}),
    reading(get("quotes", "/api/v1/notifications?limit=30&types[]=quote"), {
        "0.type": "quote", "0.status.id": "{quoting}", "0.status.quote.quoted_status.id": "{own}",
    }),
    reading(get("quotes", "/api/v1/statuses/{revoked}"), {"quote.state": "revoked", "quote.quoted_status": None}),
)  # fmt: skip

CLIENT = Client(
    "Elk", "2026-08-18", "web", "https://elk.example.org/api/localhost/oauth/https%3A%2F%2Felk.example.org",
    sends_json=True,
    steps=(
        get("first screen", "/api/v2/instance"),
        get("first screen", "/api/v1/accounts/verify_credentials"),
        get("first screen", "/api/v1/preferences"),
        get("first screen", "/api/v1/custom_emojis"),
        get("first screen", "/api/v1/markers?timeline[]=notifications"),
        get("first screen", "/api/v1/timelines/home?limit=30"),
        get("first screen", "/api/v1/lists"),
        get("first screen", "/api/v1/timelines/public?local=true&limit=30"),
        send("post", "POST", "/api/v1/statuses", {
            "status": "Bonjour d’Elk", "inReplyToId": None, "visibility": "public", "language": "fr",
            "sensitive": False, "spoiler_text": "",
        }, mine="id"),
        get("reply", "/api/v1/statuses/{said}/context"),
        send("reply", "POST", "/api/v1/statuses", {"status": "@bruno Oui", "in_reply_to_id": "{said}"}),
        get("edit, delete", "/api/v1/statuses/{mine}/source"),
        send("edit, delete", "PUT", "/api/v1/statuses/{mine}", {"status": "Bonsoir", "sensitive": False}),
        get("edit, delete", "/api/v1/statuses/{mine}/history"),
        upload("pictures", "POST", "/api/v1/media", {"file": "photo"}, media="id"),
        send("pictures", "PUT", "/api/v1/media/{media}", {"description": "Un mur"}),
        send("pictures", "POST", "/api/v1/statuses", {"status": "Un mur", "media_ids": ["{media}"]}),
        send("polls", "POST", "/api/v1/statuses", {
            "status": "Quand ?",
            "poll": {"options": ["Samedi", "Dimanche"], "expires_in": 86400, "multiple": True, "hide_totals": False},
        }, poll="poll.id"),
        get("polls", "/api/v1/polls/{poll}"),
        send("scheduled posts", "POST", "/api/v1/statuses", {
            "status": "Plus tard", "scheduled_at": "{day}T10:00:00Z",
        }, later="id"),
        get("scheduled posts", "/api/v1/scheduled_statuses"),
        send("scheduled posts", "DELETE", "/api/v1/scheduled_statuses/{later}"),
        send("thanks, bookmarks, pins, boosts", "POST", "/api/v1/statuses/{said}/favourite"),
        send("thanks, bookmarks, pins, boosts", "POST", "/api/v1/statuses/{said}/unfavourite"),
        send("thanks, bookmarks, pins, boosts", "POST", "/api/v1/statuses/{said}/bookmark"),
        send("thanks, bookmarks, pins, boosts", "POST", "/api/v1/statuses/{said}/unbookmark"),
        get("thanks, bookmarks, pins, boosts", "/api/v1/favourites"),
        get("thanks, bookmarks, pins, boosts", "/api/v1/statuses/{mine}/reblogged_by"),
        *QUOTING,
        get("notifications", "/api/v1/notifications?limit=30&types[]=mention&types[]=poll"),
        send("notifications", "POST", "/api/v1/markers", {"notifications": {"last_read_id": "{said}"}}),
        send("push", "POST", "/api/v1/push/subscription", {
            "subscription": {
                "endpoint": "https://push.example.org/elk",
                "keys": {
                    "p256dh":
                        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
                },
            },
            "data": {"alerts": {"follow": True, "favourite": True, "mention": True}, "policy": "all"},
        }),
        send("push", "PUT", "/api/v1/push/subscription", {"data": {"alerts": {"mention": False}}}),
        send("push", "DELETE", "/api/v1/push/subscription"),
        get("search", "/api/v2/search?q=marché&resolve=true"),
        get("people, follows", "/api/v1/accounts/lookup?acct=bruno"),
        get("people, follows", "/api/v1/accounts/{neighbour}/statuses?limit=30&exclude_replies=true"),
        get("people, follows", "/api/v1/accounts/{neighbour}/statuses?only_media=true"),
        get("people, follows", "/api/v1/accounts/{neighbour}/followers"),
        get("people, follows", "/api/v1/accounts/{neighbour}/following"),
        get("people, follows", "/api/v1/accounts/relationships?id[]={neighbour}"),
        send("people, follows", "POST", "/api/v1/accounts/{neighbour}/follow", {"reblogs": False}),
        send("people, follows", "POST", "/api/v1/accounts/{neighbour}/note", {"comment": "Du 12"}),
        send("people, follows", "POST", "/api/v1/accounts/{neighbour}/unfollow"),
        send("mutes, blocks, reports", "POST", "/api/v1/accounts/{neighbour}/block"),
        get("mutes, blocks, reports", "/api/v1/blocks"),
        send("mutes, blocks, reports", "POST", "/api/v1/accounts/{neighbour}/unblock"),
        get("mutes, blocks, reports", "/api/v1/mutes"),
        get("mutes, blocks, reports", "/api/v1/domain_blocks"),
        upload("own profile", "PATCH", "/api/v1/accounts/update_credentials", {
            "note": "Du quartier", "locked": "true", "fields_attributes[0][name]": "Jardin",
            "fields_attributes[0][value]": "partagé",
        }),
        send("lists", "POST", "/api/v1/lists", {"title": "Amies", "exclusive": False}, list="id"),
        get("lists", "/api/v1/lists/{list}/accounts"),
        get("lists", "/api/v1/timelines/list/{list}"),
        send("lists", "DELETE", "/api/v1/lists/{list}"),
        get("filters", "/api/v2/filters"),
        get("hashtags", "/api/v1/timelines/tag/Noël"),
        get("hashtags", "/api/v1/tags/Noël"),
        send("hashtags", "POST", "/api/v1/tags/Noël/follow"),
        get("hashtags", "/api/v1/followed_tags"),
        get("hashtags", "/api/v1/trends/tags?limit=20"),
        get("hashtags", "/api/v1/trends/statuses"),
        send("direct messages", "POST", "/api/v1/statuses", {"status": "@bruno Un mot", "visibility": "direct"}),
        get("direct messages", "/api/v1/conversations", talk="0.id"),
        send("direct messages", "POST", "/api/v1/conversations/{talk}/read"),
    ),
)  # fmt: skip
