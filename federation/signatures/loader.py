"""httpsig's grammar of draft-cavage, and nothing else of it.

Never its policy, never its arithmetic (federation.md §4: its verifier takes the algorithm from the sender). While it
is imported it sees stand-ins:

- for PyCryptodome, 3 MiB for an arithmetic that is not to be used: as it is not there, none of it can be.
- for `pkg_resources`, of which it asks its own version. setuptools 82 has it no more, and those that have it warn at
  its import and take 200 ms.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module, metadata
from types import ModuleType
from typing import Any, Final

STAND_INS: Final[dict[str, dict[str, Any]]] = {
    "pkg_resources": {
        "get_distribution": metadata.distribution,
        "DistributionNotFound": metadata.PackageNotFoundError,
    },
    "Crypto.Hash": dict.fromkeys(("HMAC", "SHA", "SHA256", "SHA512")),
    "Crypto.PublicKey": {"RSA": None},
    "Crypto.Signature": {"PKCS1_v1_5": None},
}


def _load() -> ModuleType:
    before = {name: sys.modules.pop(name, None) for name in STAND_INS}
    for name, content in STAND_INS.items():
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update(content)
    try:
        return import_module("httpsig")
    finally:
        for name, module in before.items():
            del sys.modules[name]
            if module is not None:
                sys.modules[name] = module


_httpsig = _load()
_utils = import_module("httpsig.utils")

HeaderSigner: Final[Any] = _httpsig.HeaderSigner
generate_message: Final[Callable[[Sequence[str], Mapping[str, str], str | None, str, str], bytes]] = (
    _utils.generate_message
)
parse_signature_header: Final[Callable[[str], dict[str, str]]] = _utils.parse_signature_header
build_signature_template: Final[Callable[[str, str, Sequence[str], str], str]] = _utils.build_signature_template
