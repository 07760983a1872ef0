"""The blueprint that all account pages hang on; web.py lists where they are."""

from flask import Blueprint

bp = Blueprint("accounts", __name__)
