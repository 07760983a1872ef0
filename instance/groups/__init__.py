"""Thematic groups: residents around one subject, with a wall of their own that never leaves the city."""
