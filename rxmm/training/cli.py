"""`rxmm-train RECIPE fit --config configs/….yaml`: Lightning's own command line, per recipe.

``fit``, ``validate``, ``test`` and ``predict`` with all of Lightning's options; the configuration
names the module and its data.  A run is resumed with ``--ckpt_path …/last.ckpt``.
"""

from __future__ import annotations

import sys

import torch
from lightning import LightningDataModule, LightningModule
from lightning.pytorch.cli import LightningCLI

import rxmm.training.finder_data
import rxmm.training.fusion
import rxmm.training.image
import rxmm.training.imprint
import rxmm.training.line_data
import rxmm.training.pill_map
import rxmm.training.text  # noqa: F401  (the classes that configurations name)
from rxmm._command import told_in_one_line

RECIPES = ("photo", "imprint", "text", "image", "fusion")


def main() -> None:
    """Run one recipe."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] not in RECIPES:
        print(f"usage: rxmm-train {{{','.join(RECIPES)}}} fit --config FILE", file=sys.stderr)
        sys.exit(2)
    torch.set_float32_matmul_precision("high")
    with told_in_one_line("rxmm-train"):
        LightningCLI(
            LightningModule,
            LightningDataModule,
            subclass_mode_model=True,
            subclass_mode_data=True,
            seed_everything_default=1,
            save_config_kwargs={"overwrite": True},
            args=arguments[1:],
        )


if __name__ == "__main__":
    main()
