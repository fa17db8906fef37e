"""Lets ``import torchvision`` succeed where its compiled operators cannot load.

Import this module before anything that imports torchvision (timm, easyocr).  Some CPU builds of
torch come without a torchvision that matches; torchvision then registers fake kernels for ``nms``
operators that were never defined and raises "operator torchvision::nms does not exist".  rxmm calls
none of them, so their signatures are enough.  Where torchvision loads, nothing is done.
"""

import importlib.machinery
import importlib.util
from pathlib import Path

import torch


def _compiled_operators_load() -> bool:
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return False
    folder = str(Path(spec.origin).parent)
    extension = importlib.machinery.PathFinder.find_spec("_C", [folder])
    if extension is None or extension.origin is None:
        return False
    try:
        torch.ops.load_library(extension.origin)  # type: ignore[no-untyped-call]
    except OSError:
        return False
    return True


if not _compiled_operators_load():
    # The library object must live as long as the process: its definitions go with it.
    _LIBRARY = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for _name in ("nms", "qnms"):
        _LIBRARY.define(  # type: ignore[no-untyped-call]
            f"{_name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
        )
