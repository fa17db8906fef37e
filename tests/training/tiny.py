"""A tiny model and a quiet trainer."""

from pathlib import Path
from typing import Any

import lightning

from rxmm.models.fusion import FusionSettings

TINY = FusionSettings(
    side=32,
    dim=32,
    backbone_options={
        "img_size": 32, "patch_size": 8, "embed_dim": 48, "depth": 2, "num_heads": 3,
    },
    text_hidden=32,
    text_layers=2,
    text_heads=2,
)  # fmt: skip


def trainer(folder: Path, epochs: int = 1, **options: Any) -> lightning.Trainer:
    return lightning.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        default_root_dir=folder,
        **options,
    )


def val_loss(
    folder: Path, module: lightning.LightningModule, data: lightning.LightningDataModule
) -> float:
    return float(trainer(folder).validate(module, data, verbose=False)[0]["val_loss"])
