"""The blueprint that all admin pages hang on; web.py lists where they are."""

from flask import Blueprint

bp = Blueprint("admin", __name__)
