"""Training recipes.  Nothing here is imported when pills are identified."""

import rxmm._torchvision  # noqa: F401  (lightning imports torchmetrics, which imports torchvision)
