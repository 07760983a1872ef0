"""Ormevielle: the fictional city that ships with the project, and how it is loaded into an empty database."""
