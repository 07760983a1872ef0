"""toot, at the command line: JSON, a key against doubles, `public` without being asked for it."""

from tests.mastodon.clients.plays import OOB, Client, get, send, upload

CLIENT = Client(
    "toot", "0.52.1", "terminal", OOB, sends_json=True,
    runs=("sign-in", "first screen", "post", "reply", "pictures", "polls", "notifications"),
    steps=(
        get("first screen", "/api/v1/instance"),
        get("first screen", "/api/v1/accounts/verify_credentials"),
        get("first screen", "/api/v1/timelines/home?limit=10"),
        send("post", "POST", "/api/v1/statuses", {
            "status": "Bonjour", "media_ids": [], "visibility": "public", "sensitive": False, "language": None,
        }, mine="id"),
        send("reply", "POST", "/api/v1/statuses", {
            "status": "Oui", "in_reply_to_id": "{said}", "visibility": "public",
        }),
        get("reply", "/api/v1/statuses/{said}/context"),
        send("edit, delete", "DELETE", "/api/v1/statuses/{mine}"),
        upload("pictures", "POST", "/api/v2/media", {"file": "photo", "description": "Un mur"}, media="id"),
        get("pictures", "/api/v1/media/{media}"),
        send("polls", "POST", "/api/v1/statuses", {
            "status": "Quand ?", "poll": {
                "options": ["Samedi", "Dimanche"], "expires_in": 86400, "multiple": True, "hide_totals": True,
            },
        }, poll="poll.id"),
        send("scheduled posts", "POST", "/api/v1/statuses", {
            "status": "Plus tard", "scheduled_at": "{day}T10:00:00Z",
        }),
        send("thanks, bookmarks, pins, boosts", "POST", "/api/v1/statuses/{said}/favourite"),
        send("thanks, bookmarks, pins, boosts", "POST", "/api/v1/statuses/{said}/bookmark"),
        get("thanks, bookmarks, pins, boosts", "/api/v1/bookmarks"),
        get("notifications", "/api/v1/notifications?limit=20&types[]=mention"),
        send("notifications", "POST", "/api/v1/notifications/clear"),
        get("search", "/api/v2/search?q=marché&type=statuses&resolve=false"),
        get("people, follows", "/api/v1/accounts/search?q=bruno&resolve=true"),
        get("people, follows", "/api/v1/accounts/{neighbour}/statuses?limit=10"),
        get("people, follows", "/api/v1/accounts/{me}/following"),
        send("people, follows", "POST", "/api/v1/accounts/{neighbour}/follow"),
        send("mutes, blocks, reports", "POST", "/api/v1/accounts/{neighbour}/mute"),
        get("mutes, blocks, reports", "/api/v1/mutes"),
        send("mutes, blocks, reports", "POST", "/api/v1/accounts/{neighbour}/unmute"),
        send("own profile", "PATCH", "/api/v1/accounts/update_credentials", {"note": "Du quartier", "locked": True}),
        get("lists", "/api/v1/lists"),
        send("lists", "POST", "/api/v1/lists", {"title": "Amies", "replies_policy": "none"}, list="id"),
        get("lists", "/api/v1/timelines/list/{list}"),
        get("hashtags", "/api/v1/timelines/tag/Noël?limit=10"),
        send("hashtags", "POST", "/api/v1/tags/Noël/follow"),
        get("hashtags", "/api/v1/followed_tags"),
        send("direct messages", "POST", "/api/v1/statuses", {"status": "@bruno Un mot", "visibility": "direct"}),
        get("direct messages", "/api/v1/conversations?limit=10"),
    ),
)  # fmt: skip
