"""Learning curves as a picture, redrawn while a run goes on."""

from __future__ import annotations

from pathlib import Path

import lightning
import pandas as pd
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import CSVLogger


class LearningCurves(Callback):
    """Draws every logged metric against the step, at the end of each epoch.

    Args:
        path: of the picture; needs a `CSVLogger` in the trainer.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Redraw the picture; only the first process of a distributed run does."""
        if trainer.is_global_zero and isinstance(trainer.logger, CSVLogger):
            trainer.logger.save()
            draw_curves(Path(trainer.logger.log_dir) / "metrics.csv", self.path)


def draw_curves(metrics: Path, path: Path) -> None:
    """Draw a `CSVLogger`'s file; nothing is drawn before the first metric is logged."""
    from matplotlib.figure import Figure

    if not metrics.exists():
        return
    table = pd.read_csv(metrics)
    names = [name for name in table.columns if name not in ("epoch", "step")]
    figure = Figure(figsize=(4 * len(names), 3), layout="constrained")
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        curve = table[["step", name]].dropna()
        axes.plot(curve["step"], curve[name], linewidth=1)
        axes.set(title=name, xlabel="step")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
