"""Pages: a media, an association, a shop or the town hall, and the team that speaks for it."""
