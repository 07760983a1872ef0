"""httpsig, where `pkg_resources` is gone.

httpsig 1.3.0 asks `pkg_resources` for its own version. setuptools 82 has it no more, and those that have it warn at
its import and take 200 ms: so it sees a stand-in. Taken from httpsig is the grammar of draft-cavage alone; never
its policy, never its arithmetic (federation.md §4: its verifier takes the algorithm from the sender).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module, metadata
from types import ModuleType
from typing import Any, Final


def _load() -> ModuleType:
    if sys.modules.get("pkg_resources") is not None:
        return import_module("httpsig")
    stand_in: Any = ModuleType("pkg_resources")
    stand_in.get_distribution = metadata.distribution
    stand_in.DistributionNotFound = metadata.PackageNotFoundError
    sys.modules["pkg_resources"] = stand_in
    try:
        return import_module("httpsig")
    finally:
        del sys.modules["pkg_resources"]


_httpsig = _load()
_utils = import_module("httpsig.utils")

HeaderSigner: Final[Any] = _httpsig.HeaderSigner
generate_message: Final[Callable[[Sequence[str], Mapping[str, str], str | None, str, str], bytes]] = (
    _utils.generate_message
)
parse_signature_header: Final[Callable[[str], dict[str, str]]] = _utils.parse_signature_header
build_signature_template: Final[Callable[[str, str, Sequence[str], str], str]] = _utils.build_signature_template
