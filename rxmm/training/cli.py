"""`rxmm-train RECIPE fit --config configs/….yaml`: Lightning's own command line, per recipe.

``fit``, ``validate``, ``test`` and ``predict`` with all of Lightning's options; the configuration
names one of the recipe's models and its data.  A run is resumed with ``--ckpt_path …/newest.ckpt``.
"""

from __future__ import annotations

import sys

import torch
from lightning import LightningDataModule, LightningModule
from lightning.pytorch.cli import LightningCLI

from rxmm._command import told_in_one_line
from rxmm.errors import InputError

RECIPES = {
    "photo": "rxmm.training.pill_map",
    "imprint": "rxmm.training.imprint",
    "text": "rxmm.training.text",
    "image": "rxmm.training.image",
    "fusion": "rxmm.training.fusion",
}
"""Where each has its models."""


class RecipeCLI(LightningCLI):
    """Lightning's command line, which refuses the models of other recipes."""

    def __init__(self, recipe: str, arguments: list[str]) -> None:
        self._recipe = recipe
        super().__init__(
            LightningModule,
            LightningDataModule,
            subclass_mode_model=True,
            subclass_mode_data=True,
            seed_everything_default=1,
            save_config_kwargs={"overwrite": True},
            args=arguments,
        )

    def before_instantiate_classes(self) -> None:
        """See whose model it is."""
        model: str = self.config[self.subcommand].model.class_path
        for recipe, home in RECIPES.items():
            if model.startswith(f"{home}.") and recipe != self._recipe:
                raise InputError(
                    f"{model} is a model of another recipe: use `rxmm-train {recipe}`, or give "
                    f"the --config of a model of {self._recipe}."
                )


def main() -> None:
    """Run one recipe."""
    recipe, *arguments = sys.argv[1:] or [""]
    if recipe not in RECIPES:
        print(f"usage: rxmm-train {{{','.join(RECIPES)}}} fit --config FILE", file=sys.stderr)
        sys.exit(2)
    torch.set_float32_matmul_precision("high")
    with told_in_one_line("rxmm-train"):
        RecipeCLI(recipe, arguments)


if __name__ == "__main__":
    main()
