"""What travels with the released fusion besides its weights: reference photographs, row texts.

    python -m rxmm.training.gallery --bank runs/queries_us      (and tw)

Photographs become embeddings; the pictures themselves stay where they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from rich.progress import track

from rxmm._command import told_in_one_line
from rxmm._resources import data_dir
from rxmm.catalog.table import Catalog
from rxmm.models.fusion import FusionModel, open_fusion
from rxmm.models.image_encoder import to_images
from rxmm.models.references import References
from rxmm.models.row_texts import store_row_texts
from rxmm.training.queries import QueryBank

_BATCH = 64


@torch.inference_mode()
def references_of(
    bank: QueryBank, catalog: Catalog, model: FusionModel, weights: str
) -> References:
    """The faces of a bank's pills; one that several rows may be comes once for each of them."""
    names = catalog.appearances["appearance_id"]
    listed = bank.faces_of_rows(range(len(bank.faces)))
    faces, place = np.unique(listed[:, 0], return_inverse=True)
    parts = [torch.zeros(0, model.settings.dim)]
    for start in track(range(0, len(faces), _BATCH), description="Embedding faces"):
        cutouts = torch.from_numpy(np.array(bank.cutouts.faces[faces[start : start + _BATCH]]))
        parts.append(model.image(to_images(cutouts)).embedding)
    embedding = torch.cat(parts)[torch.from_numpy(place)]
    return References(embedding, tuple(names[row] for row in listed[:, 1].tolist()), weights)


def main(bank: Annotated[Path, typer.Option(help="See rxmm.training.query_bank.")]) -> None:
    """Write the reference photographs and the row texts of the catalogue of one bank."""
    queries = QueryBank.load(bank)
    catalog = Catalog.load(queries.catalog)
    model, entry = open_fusion()
    references = references_of(queries, catalog, model, entry.version)
    path = data_dir() / "gallery" / f"{catalog.name}.safetensors"
    references.save(path)
    print(f"{path}: {len(references.appearance_ids)} faces")
    print(store_row_texts(model.text, catalog, entry.version))


if __name__ == "__main__":
    with told_in_one_line("gallery"):
        typer.run(main)
