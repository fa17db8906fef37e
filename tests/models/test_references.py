"""Files of reference photographs, and row texts that travel with rxmm."""

from pathlib import Path

import pytest
import torch

from rxmm.catalog.group import group
from rxmm.catalog.sources.formulary import parse
from rxmm.catalog.table import Catalog
from rxmm.errors import WeightsError
from rxmm.models import embedding_file
from rxmm.models.fusion import FusionModel
from rxmm.models.references import References
from rxmm.models.row_texts import RowTexts, row_texts, store_row_texts
from rxmm.models.text_encoder import embed_imprints
from tests.training.tiny import TINY

CATALOG = Catalog.load("us")


def some() -> References:
    first, second = (CATALOG.appearance(row).appearance_id for row in (7, 3))
    known = References.none(4, "weights 1").with_faces(torch.eye(4)[:2], first)
    return known.with_faces(torch.eye(4)[2:3], second).with_faces(torch.eye(4)[3:], "gone-0")


def test_what_is_saved_is_loaded_and_finds_its_rows(tmp_path: Path) -> None:
    some().save(tmp_path / "mine.safetensors")
    again = References.load(tmp_path / "mine.safetensors", "weights 1")
    assert again.appearance_ids == some().appearance_ids
    torch.testing.assert_close(again.embedding.float(), torch.eye(4))
    gallery = again.gallery(CATALOG)
    assert gallery.row.tolist() == [7, 7, 3]  # the catalogue no longer has the last one
    assert not list(tmp_path.glob(".*"))


def test_files_of_others_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    some().save(path)
    with pytest.raises(WeightsError, match="enroll the pills again"):
        References.load(path, "weights 2")
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(WeightsError, match="no file of embeddings"):
        References.load(path, "weights 1")
    with pytest.raises(WeightsError, match="no file of embeddings"):
        References.load(tmp_path / "none", "weights 1")


def test_row_texts_are_used_only_for_their_imprints_and_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    CATALOG.save(tmp_path / "mine.parquet")
    catalog = Catalog.load(tmp_path / "mine.parquet")
    encoder = FusionModel(TINY).text.eval()
    computed = embed_imprints(encoder, catalog.imprint_tokens)
    torch.testing.assert_close(every(row_texts(encoder, catalog, "weights 1")), computed)
    assert store_row_texts(encoder, catalog, "weights 1") == tmp_path / "mine.rows.safetensors"
    encoder.projection.weight.data.zero_()  # from here on only the stored ones are right
    found = row_texts(encoder, catalog, "weights 1")
    stored = every(found)
    torch.testing.assert_close(found.similarity(computed[0]), stored @ computed[0])
    torch.testing.assert_close(stored, computed, atol=1e-3, rtol=1e-3)
    others = every(row_texts(encoder, catalog, "weights 2"))
    assert not torch.allclose(others, computed, atol=1e-2)
    # A user's own pills beside the catalogue: only theirs are computed.
    facts = {"imprint": "QX 77", "color": "WHITE", "shape": "ROUND", "name": "Mine"}
    joined = catalog.joined(group([parse(facts) | {"country": catalog.country}]))
    monkeypatch.setattr("rxmm.models.row_texts.embed_imprints", only_new)
    found = row_texts(encoder, joined, "weights 1")
    texts = every(found)
    torch.testing.assert_close(found.similarity(computed[0]), texts @ computed[0])
    assert torch.equal(texts[:-1], stored) and texts[-1].tolist() == [7.0] * TINY.dim


def every(texts: RowTexts) -> torch.Tensor:
    """The embeddings of all rows."""
    return texts.take(torch.arange(len(texts.number)))


@pytest.mark.skipif(not Path("/proc/self/maps").is_file(), reason="needs Linux' list of mappings")
def test_what_is_stored_stays_in_its_file(tmp_path: Path) -> None:
    path = tmp_path / "large.safetensors"
    count = 200_000
    embedding_file.save(path, torch.rand(count, 16), ["us-0"] * count, "weights 1")
    loaded = embedding_file.load(path)
    start = loaded.embedding.data_ptr()
    (mapped,) = [
        line
        for line in Path("/proc/self/maps").read_text().splitlines()
        if line.endswith(str(path))
    ]
    low, high = (int(end, 16) for end in mapped.split()[0].split("-"))
    assert low <= start < start + loaded.embedding.nbytes <= high
    assert loaded.embedding.dtype == torch.half


def only_new(_: object, imprints: list[tuple[str, ...]]) -> torch.Tensor:
    assert imprints == [("QX", "77")]
    return torch.full((1, TINY.dim), 7.0)


def test_damaged_row_texts_are_refused(tmp_path: Path) -> None:
    CATALOG.save(tmp_path / "mine.parquet")
    catalog = Catalog.load(tmp_path / "mine.parquet")
    encoder = FusionModel(TINY).text.eval()
    path = store_row_texts(encoder, catalog, "weights 1")
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(WeightsError, match="make it again"):
        row_texts(encoder, catalog, "weights 1")
