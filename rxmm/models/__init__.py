"""Networks and the registry of their released weights."""

import rxmm._torchvision  # noqa: F401  (timm and transformers import torchvision)
