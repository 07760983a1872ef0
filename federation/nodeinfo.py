"""NodeInfo 2.0 and 2.1 from plain facts (FEP-f1d5). Never read to decide how to behave (FEP-0151)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from federation.vocabulary import RELS

Json = dict[str, Any]

VERSIONS = ("2.1", "2.0")
_NAME = re.compile(r"[a-z0-9-]+")


def links(base_url: str, instance_actor: str | None = None) -> Json:
    """What `/.well-known/nodeinfo` answers; `instance_actor` is found there too (FEP-2677)."""
    found = [{"rel": RELS["nodeinfo"] + each, "href": f"{base_url}/nodeinfo/{each}"} for each in VERSIONS]
    if instance_actor:
        found.append({"rel": RELS["application"], "href": instance_actor})
    return {"links": found}


def document(
    version: str,
    *,
    software: str,
    software_version: str,
    users: Mapping[str, int],
    open_registrations: bool,
    posts: int | None = None,
    repository: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Json:
    """One NodeInfo document; `users` may be empty, figures are voluntary. Raises `ValueError` for a name it forbids."""
    if version not in VERSIONS or not _NAME.fullmatch(software):
        raise ValueError("nodeinfo")
    program: Json = {"name": software, "version": software_version}
    if repository and version == "2.1":
        program["repository"] = repository
    usage: Json = {"users": dict(users)}
    if posts is not None:
        usage["localPosts"] = posts
    return {
        "version": version,
        "software": program,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": open_registrations,
        "usage": usage,
        "metadata": dict(metadata or {}),
    }
