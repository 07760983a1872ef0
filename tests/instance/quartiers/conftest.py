"""Fixtures of the tests on places."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from tests.instance.quartiers.places import Town


@pytest.fixture
def town(app: Flask, tmp_path: Path) -> Town:
    """An empty city, and an operator with files."""
    return Town(app, tmp_path)
