"""The blueprint of walls and of their public side."""

from flask import Blueprint

bp = Blueprint("timelines", __name__)
