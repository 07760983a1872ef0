"""masto, the library of Elk and Phanpy, by itself."""

from tests.mastodon.clients.plays import OOB, Client, get, send, upload

CLIENT = Client(
    "masto", "8.0.0", "JavaScript", OOB, sends_json=True,
    runs=(
        "sign-in", "first screen", "post", "reply", "pictures", "polls", "quotes", "notifications",
        "notifications in groups", "streaming",
    ),
    steps=(
        get("first screen", "/api/v2/instance"),
        get("first screen", "/api/v1/accounts/verify_credentials"),
        get("first screen", "/api/v1/timelines/home?limit=2"),
        send("post", "POST", "/api/v1/statuses", {"status": "Bonjour", "visibility": "public"}, mine="id"),
        send("reply", "POST", "/api/v1/statuses", {"status": "Oui", "in_reply_to_id": "{said}"}),
        get("reply", "/api/v1/statuses/{said}/context"),
        upload("pictures", "POST", "/api/v2/media", {"file": "photo", "description": "Un mur", "focus": "0.5,-0.25"},
               media="id"),
        get("pictures", "/api/v1/media/{media}"),
        send("pictures", "POST", "/api/v1/statuses", {"status": "Un mur", "media_ids": ["{media}"]}),
        send("polls", "POST", "/api/v1/statuses", {
            "status": "Quand ?", "poll": {"options": ["Samedi", "Dimanche"], "expires_in": 3600},
        }, poll="poll.id"),
        get("polls", "/api/v1/polls/{poll}"),
        get("notifications", "/api/v1/notifications"),
        get("notifications in groups", "/api/v2/notifications"),
    ),
)  # fmt: skip
