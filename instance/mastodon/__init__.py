"""The client API: what Mastodon apps call, file per resource of Mastodon's documentation."""
