"""The account pages, by subject: this page only gathers them for chrome.py."""

from instance.accounts import data_web, login_web, outside_web, password_web, security_web, settings_web
from instance.accounts.blueprint import bp

__all__ = ["bp", "data_web", "login_web", "outside_web", "password_web", "security_web", "settings_web"]
