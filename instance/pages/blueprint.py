"""The blueprint that all pages of this room hang on; web.py lists where they are."""

from flask import Blueprint

bp = Blueprint("pages", __name__)
