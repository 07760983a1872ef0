"""Phanpy, in a browser of any kind: read of its source, and its start seen on the wire."""

from tests.mastodon.clients.plays import QUOTES, Client, form, get, reading, send, upload

KEYS = {
    "subscription[endpoint]": "https://push.example.org/phanpy",
    "subscription[keys][p256dh]":
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "subscription[keys][auth]": "BTBZMqHH6r4Tts7J_aSIgg",
    "data[alerts][mention]": "true",
    "data[policy]": "all",
}  # fmt: skip
POLL = {"options": ["Samedi", "Dimanche"], "expires_in": 86400, "multiple": False}

# As a build of that day's source sent it to this city, through TLS, on 2026-11-22: start, notices, a thread, the pages
# of its menu. It needs the address of a city to have a dot in it and https.
START = (
    get("first screen", "/.well-known/host-meta"),
    get("first screen", "/.well-known/oauth-authorization-server"),
    reading(get("first screen", "/api/v1/preferences"), {"posting:default:quote_policy": "public"}),
    reading(get("first screen", "/api/v2/instance"), {"api_versions.mastodon": QUOTES}),
    get("first screen", "/.well-known/nodeinfo"),
    get("first screen", "/nodeinfo/2.0"),
    get("first screen", "/api/v1/accounts/verify_credentials"),
    get("first screen", "/api/v1/timelines/home?limit=20"),
    get("first screen", "/api/v1/timelines/home?limit=20&max_id={said}"),
    get("first screen", "/api/v1/timelines/home?limit=5&since_id={said}"),
    get("first screen", "/api/v1/followed_tags?limit=200"),
    get("first screen", "/api/v1/follow_requests?limit=80"),
    get("first screen", "/api/v1/announcements"),
    get("first screen", "/api/v1/custom_emojis"),
    get("first screen", "/api/v2/notifications?limit=20&exclude_types[]=follow_request",
        last="notification_groups.0.page_max_id"),
    get("first screen", "/api/v2/notifications?limit=20&exclude_types[]=follow_request&max_id={last}"),
    send("first screen", "POST", "/api/v1/markers", {"notifications": {"lastReadId": "1", "last_read_id": "{last}"}}),
    get("first screen", "/api/v1/markers?timeline[]=notifications"),
    get("first screen", "/api/v1/lists"),
    reading(get("first screen", "/api/v1/notifications?limit=20&types[]=mention&types[]=quote"), {
        "0.type": "quote", "0.status.id": "{quoting}",
    }),
    get("first screen", "/api/v2/filters"),
    get("first screen", "/api/v1/favourites?limit=20"),
    get("first screen", "/api/v1/bookmarks?limit=20"),
    get("first screen", "/api/v1/featured_tags"),
    get("first screen", "/api/v1/trends/statuses?limit=20"),
    get("first screen", "/api/v2/notifications/policy"),
    get("first screen", "/api/v1/notifications/requests"),
    get("first screen", "/api/v1/accounts/relationships?id[]={neighbour}&id[]={me}"),
)  # fmt: skip

# Of src/components at 0340050: compose.jsx, status.jsx, quotes-modal.jsx, quote-chain-modal.jsx and
# quote-settings-sheet.jsx. A quote is offered where `quote_approval.current_user` says so; who may quote is the first
# word of the list of that name. Whoever posts to fewer than everybody sends "nobody" along. Of a quote that is not
# "accepted" its state becomes a sentence.
QUOTING = (
    reading(get("quotes", "/api/v1/statuses/{public}"), {
        "visibility": "public", "quote_approval.current_user": "automatic", "quote_approval.automatic": ["public"],
    }),
    reading(send("quotes", "POST", "/api/v1/statuses", {
        "status": "Voyez", "language": "fr", "sensitive": False, "media_ids": [], "quote_approval_policy": "nobody",
        "quoted_status_id": "{public}", "visibility": "private",
    }, quote="id"), {
        "quote.state": "accepted", "quote.quoted_status.id": "{public}",
        "quote.quoted_status.account.id": "{neighbour}",
    }),
    reading(send("quotes", "PUT", "/api/v1/statuses/{quote}", {
        "status": "Regardez", "language": "fr", "sensitive": False, "media_ids": [], "quote_approval_policy": "nobody",
        "media_attributes": [],
    }), {"quote.state": "accepted", "quote.quoted_status.id": "{public}"}),
    reading(send("quotes", "POST", "/api/v1/statuses", {
        "status": "Encore", "language": "fr", "sensitive": False, "media_ids": [], "quote_approval_policy": "nobody",
        "quoted_status_id": "{quoting}", "visibility": "private",
    }, inner="quote.quoted_status.quote.quoted_status_id"), {"quote.quoted_status.quote.state": "accepted"}),
    reading(get("quotes", "/api/v1/statuses/{inner}"), {"id": "{own}", "quotes_count": 1}),
    reading(get("quotes", "/api/v1/statuses/{own}/quotes?limit=20"), {"0.id": "{quoting}"}),
    reading(send("quotes", "PUT", "/api/v1/statuses/{own}/interaction_policy", {
        "quote_approval_policy": "followers",
    }), {"quote_approval.current_user": "automatic", "quote_approval.automatic": ["followers"]}),
    reading(get("quotes", "/api/v1/statuses/{quoting}"), {
        "quote.state": "accepted", "quote.quoted_status.id": "{own}", "quote.quoted_status.account.id": "{me}",
    }),
    send("quotes", "POST", "/api/v1/statuses/{own}/quotes/{quoting}/revoke"),
    reading(get("quotes", "/api/v1/statuses/{quoting}"), {"quote.state": "revoked", "quote.quoted_status": None}),
    get("quotes", "/api/v1/statuses/{quoting}/context"),
    reading(get("quotes", "/api/v1/statuses/{revoked}"), {"quote.state": "revoked", "quote.quoted_status": None}),
)  # fmt: skip

CLIENT = Client(
    "Phanpy", "2026-08-19", "web", "https://phanpy.example.org/", has_pkce=True,
    steps=(
        *START,
        send("post", "POST", "/api/v1/statuses", {
            "status": "Bonjour", "visibility": "private", "sensitive": False, "media_ids": None, "language": "fr",
        }, mine="id"),
        get("reply", "/api/v1/statuses/{said}"),
        get("reply", "/api/v1/statuses/{said}/context"),
        send("reply", "POST", "/api/v1/statuses", {
            "status": "J’y vais", "in_reply_to_id": "{said}", "visibility": "private", "spoiler_text": "Marché",
        }, reply="id"),
        get("edit, delete", "/api/v1/statuses/{mine}/source"),
        send("edit, delete", "PUT", "/api/v1/statuses/{mine}", {"status": "Bonjour à tous", "language": "fr"}),
        get("edit, delete", "/api/v1/statuses/{mine}/history"),
        send("edit, delete", "DELETE", "/api/v1/statuses/{reply}"),
        upload("pictures", "POST", "/api/v2/media", {"file": "photo", "description": "Un mur"}, media="id"),
        send("pictures", "POST", "/api/v1/statuses", {"status": "Un mur", "media_ids": ["{media}"]}),
        send("polls", "POST", "/api/v1/statuses", {"status": "Quand ?", "poll": POLL}, poll="poll.id"),
        get("polls", "/api/v1/polls/{poll}"),
        send("scheduled posts", "POST", "/api/v1/statuses", {
            "status": "Plus tard", "scheduled_at": "{day}T10:00:00.000Z",
        }, later="id"),
        get("scheduled posts", "/api/v1/scheduled_statuses"),
        send("scheduled posts", "PUT", "/api/v1/scheduled_statuses/{later}", {
            "scheduled_at": "{next_day}T10:00:00.000Z",
        }),
        send("scheduled posts", "DELETE", "/api/v1/scheduled_statuses/{later}"),
        send("thanks, bookmarks, pins, boosts", "POST", "/api/v1/statuses/{said}/favourite"),
        send("thanks, bookmarks, pins, boosts", "POST", "/api/v1/statuses/{said}/bookmark"),
        send("thanks, bookmarks, pins, boosts", "POST", "/api/v1/statuses/{said}/mute"),
        send("thanks, bookmarks, pins, boosts", "POST", "/api/v1/statuses/{said}/unmute"),
        get("thanks, bookmarks, pins, boosts", "/api/v1/favourites?limit=20"),
        get("thanks, bookmarks, pins, boosts", "/api/v1/bookmarks?limit=20"),
        get("thanks, bookmarks, pins, boosts", "/api/v1/statuses/{said}/favourited_by"),
        *QUOTING,
        get("notifications", "/api/v1/notifications?limit=30"),
        get("notifications in groups", "/api/v2/notifications?expand_accounts=partial_avatars&limit=30"),
        send("notifications in groups", "PATCH", "/api/v2/notifications/policy", {"for_new_accounts": "accept"}),
        form("push", "POST", "/api/v1/push/subscription", KEYS),
        get("push", "/api/v1/push/subscription"),
        send("push", "DELETE", "/api/v1/push/subscription"),
        get("search", "/api/v2/search?q=marché&limit=20&resolve=true"),
        get("search", "/api/v2/search?q=bruno&type=accounts&limit=5"),
        get("search", "/api/v1/accounts/search?q=bru&limit=5&resolve=false"),
        get("people, follows", "/api/v1/accounts/{neighbour}"),
        get("people, follows", "/api/v1/accounts/lookup?acct=bruno"),
        get("people, follows", "/api/v1/accounts/{neighbour}/statuses?limit=20&exclude_replies=true"),
        get("people, follows", "/api/v1/accounts/{neighbour}/statuses?pinned=true"),
        get("people, follows", "/api/v1/accounts/familiar_followers?id[]={neighbour}"),
        get("people, follows", "/api/v1/accounts/{neighbour}/featured_tags"),
        send("people, follows", "POST", "/api/v1/accounts/{neighbour}/follow", {"notify": True}),
        send("people, follows", "POST", "/api/v1/accounts/{neighbour}/note", {"comment": "Du 12"}),
        send("people, follows", "POST", "/api/v1/accounts/{neighbour}/unfollow"),
        send("mutes, blocks, reports", "POST", "/api/v1/accounts/{neighbour}/mute", {"duration": 3600}),
        get("mutes, blocks, reports", "/api/v1/mutes?limit=40"),
        send("mutes, blocks, reports", "POST", "/api/v1/accounts/{neighbour}/unmute"),
        send("mutes, blocks, reports", "POST", "/api/v1/reports", {
            "account_id": "{neighbour}", "status_ids": ["{said}"], "category": "spam", "comment": "Publicité",
        }),
        upload("own profile", "PATCH", "/api/v1/accounts/update_credentials", {
            "note": "Du quartier", "fields_attributes[0][name]": "Jardin", "fields_attributes[0][value]": "partagé",
        }),
        send("lists", "POST", "/api/v1/lists", {"title": "Amies", "replies_policy": "list"}, list="id"),
        get("lists", "/api/v1/lists/{list}"),
        send("lists", "PUT", "/api/v1/lists/{list}", {"title": "Voisines", "replies_policy": "none"}),
        get("lists", "/api/v1/timelines/list/{list}?limit=20"),
        get("lists", "/api/v1/lists/{list}/accounts?limit=0"),
        send("lists", "DELETE", "/api/v1/lists/{list}"),
        send("filters", "POST", "/api/v2/filters", {
            "title": "Travaux", "context": ["home"], "filter_action": "warn", "expires_in": "",
            "keywords_attributes": [{"keyword": "chantier", "whole_word": True}],
        }, filter="id"),
        send("filters", "DELETE", "/api/v2/filters/{filter}"),
        get("hashtags", "/api/v1/timelines/tag/Noël?limit=20"),
        get("hashtags", "/api/v1/tags/Noël"),
        send("hashtags", "POST", "/api/v1/tags/Noël/follow"),
        get("hashtags", "/api/v1/trends/tags"),
        get("hashtags", "/api/v1/trends/links"),
        send("direct messages", "POST", "/api/v1/statuses", {"status": "@bruno Un mot", "visibility": "direct"}),
        get("direct messages", "/api/v1/conversations?limit=20"),
        get("first screen", "/api/v1/timelines/public?local=true&limit=20"),
    ),
)  # fmt: skip
