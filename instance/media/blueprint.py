"""The blueprint of pictures; web.py lists where its pages are."""

from flask import Blueprint

bp = Blueprint("media", __name__)
