"""ActivityPub's HTTP edge: inboxes, documents, discovery, and the table of what this city understands."""
