"""megalodon, the library of Whalebird and Fedistar."""

from tests.mastodon.clients.plays import OOB, Client, get, send, upload

CLIENT = Client(
    "megalodon", "10.3.0", "JavaScript", OOB, sends_json=True,
    runs=(
        "sign-in", "first screen", "post", "reply", "pictures", "polls", "quotes", "notifications", "streaming",
        "thanks, bookmarks, pins, boosts",
    ),
    steps=(
        get("first screen", "/api/v1/instance"),
        get("first screen", "/api/v1/accounts/verify_credentials"),
        get("first screen", "/api/v1/timelines/home?limit=1"),
        send("post", "POST", "/api/v1/statuses", {"status": "Bonjour", "visibility": "public"}, mine="id"),
        send("reply", "POST", "/api/v1/statuses", {"status": "Oui", "in_reply_to_id": "{said}"}),
        get("reply", "/api/v1/statuses/{said}/context"),
        upload("pictures", "POST", "/api/v2/media", {"file": "photo", "description": "Un mur"}, media="id"),
        send("pictures", "POST", "/api/v1/statuses", {"status": "Un mur", "media_ids": ["{media}"]}),
        send("polls", "POST", "/api/v1/statuses", {
            "status": "Quand ?", "poll": {"options": ["Samedi", "Dimanche"], "expires_in": 3600},
        }, poll="poll.id"),
        get("polls", "/api/v1/polls/{poll}"),
        get("notifications", "/api/v1/notifications?limit=1"),
        send("thanks, bookmarks, pins, boosts", "POST", "/api/v1/statuses/{said}/favourite"),
        send("thanks, bookmarks, pins, boosts", "POST", "/api/v1/statuses/{said}/bookmark"),
        get("thanks, bookmarks, pins, boosts", "/api/v1/bookmarks"),
        send("lists", "POST", "/api/v1/lists", {"title": "Amies"}, list="id"),
        get("lists", "/api/v1/lists"),
        get("people, follows", "/api/v1/accounts/relationships?id[]={neighbour}"),
        get("search", "/api/v2/search?q=marché&type=statuses"),
    ),
)  # fmt: skip
