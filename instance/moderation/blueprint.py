"""The blueprint that all moderation pages hang on; web.py lists where they are."""

from flask import Blueprint

bp = Blueprint("moderation", __name__)
