"""Turn a checkpoint of the imprint stage into released weights.

python -m rxmm.training.release recognizer runs/recognizer_real/epoch.ckpt
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rxmm.imprint.network import LineFinder, Recognizer
from rxmm.imprint.regions import FinderRegions
from rxmm.imprint.shading import STRIP_HEIGHT
from rxmm.models.weights import release
from rxmm.training.imprint import load_network


def main() -> None:
    """Write ``data/weights/imprint_….safetensors`` and its entry in the registry."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=("recognizer", "finder"))
    parser.add_argument("checkpoint", type=Path)
    arguments = parser.parse_args()
    if arguments.network == "recognizer":
        recognizer = Recognizer()
        load_network(recognizer, arguments.checkpoint)
        path = release(recognizer, "imprint_recognizer", "Apache-2.0", height=STRIP_HEIGHT)
    else:
        finder = LineFinder()
        load_network(finder, arguments.checkpoint)
        path = release(finder, "imprint_finder", "Apache-2.0", side=FinderRegions.side)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
