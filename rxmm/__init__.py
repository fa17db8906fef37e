"""rxmm: which pill is this?  A multi-modal pill identifier that runs offline on a laptop."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rxmm.catalog.table import Catalog
    from rxmm.errors import NoPillFoundError, PhotoError, RxmmError
    from rxmm.identifier import Identifier
    from rxmm.results import Appearance, Candidate, Identification, ImprintReading, Looks, PillFace

__version__ = "0.1.0"

# Public names load on first use, so that `rxmm --help` and `rxmm search` never import torch.
_HOMES = {
    "Appearance": "rxmm.results",
    "Candidate": "rxmm.results",
    "Catalog": "rxmm.catalog.table",
    "Identification": "rxmm.results",
    "Identifier": "rxmm.identifier",
    "ImprintReading": "rxmm.results",
    "Looks": "rxmm.results",
    "NoPillFoundError": "rxmm.errors",
    "PhotoError": "rxmm.errors",
    "PillFace": "rxmm.results",
    "RxmmError": "rxmm.errors",
}

__all__ = [
    "Appearance",
    "Candidate",
    "Catalog",
    "Identification",
    "Identifier",
    "ImprintReading",
    "Looks",
    "NoPillFoundError",
    "PhotoError",
    "PillFace",
    "RxmmError",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'rxmm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
