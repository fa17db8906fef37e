"""The multi-modal model: what two faces show, what was read, and what matchers say, in one score.

`FusionModel` holds the three parts that are released together: image encoder, text encoder and
`FusionHead`.  The head gives an embedding of the query in the space of catalogue rows, and a score
of each candidate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from rxmm.catalog.matching import NOT_LISTED, TEMPERATURE, TEXT_SHARE
from rxmm.models.evidence import COLUMNS, LOOKS_WIDTH, MATCH_UNIT
from rxmm.models.facts import PillFacts, vocabulary_hash
from rxmm.models.image_encoder import FaceFeatures, ImageEncoder, prepare
from rxmm.models.rows import Candidates, RowEncoder, perceptron
from rxmm.models.text_encoder import TextEncoder
from rxmm.models.weights import ReleasedWeights, load_into, released
from rxmm.results import PillFace

WEIGHTS = "fusion"
"""Name of the model in the registry."""

SIMILARITIES = (
    "retrieval", "description", "prototype", "text", "image_color", "image_shape", "image_score",
)  # fmt: skip
"""What the networks add to the columns of `evidence_table`, in this order."""
UNREAD = ("fuzzy_unread", "lattice_unread")
"""The match scores once more where nothing was read, 0 otherwise: what matching nothing is worth,
which a lone image must not be weighed down by, is learned."""
FEATURES = (*COLUMNS, *SIMILARITIES, *UNREAD)
QUERY_FACTS = ("faces", "unread", "confidence")

_START = {
    "fuzzy": TEXT_SHARE * MATCH_UNIT,
    "lattice": (1 - TEXT_SHARE) * MATCH_UNIT,
    "looks": 1.0,
    "products": TEMPERATURE,  # beforehand, a pill is as likely as it is common
}
"""The weights that rank without the networks; training starts from them."""


class Query(NamedTuple):
    """B queries of up to F faces; what is missing is 0.

    Attributes:
        faces: features of the faces, each (B, F, …); 0 where none is present.
        present: (B, F) bool.
        text: (B, dim) embedding of the reading of all faces.
        confidence: (B,) mean confidence of the reader, 0 where nothing was read.
        looks: (B, LOOKS_WIDTH), see `looks_vector`.
    """

    faces: FaceFeatures
    present: Tensor
    text: Tensor
    confidence: Tensor
    looks: Tensor


class FusionHead(nn.Module):
    """Joins what is known of a query, and weighs candidates.

    The score of a candidate is a weighted sum of its features and a small correction by a
    perceptron.  Both start so that matchers, looks and how common a pill is decide alone.

    Args:
        dim: of all embeddings.
        hidden: width of the perceptrons.
    """

    typical_likeness: Tensor

    def __init__(self, dim: int, hidden: int = 32) -> None:
        super().__init__()
        self.attention = nn.Linear(dim, 1)
        self.image = nn.Linear(2 * dim, dim)
        self.text = nn.Linear(dim, dim)
        self.looks = perceptron(LOOKS_WIDTH, dim, dim)
        self.known = nn.Linear(4, dim)
        self.mix = perceptron(dim, 2 * dim, dim)
        self.rows = RowEncoder(dim)
        self.log_scale = nn.Parameter(torch.tensor(math.log(14.0)))
        self.register_buffer("typical_likeness", torch.tensor(0.5))  # see `Gallery.typical`
        self.weights = nn.Linear(len(FEATURES), 1, bias=False)
        self.correction = perceptron(len(FEATURES) + len(QUERY_FACTS), hidden, 1)
        self.none_of_these = nn.Linear(len(QUERY_FACTS), 1)
        start = [_START.get(name, 0.0) / TEMPERATURE for name in FEATURES]
        with torch.no_grad():
            self.weights.weight.copy_(torch.tensor([start]))
            self.none_of_these.bias.fill_(NOT_LISTED / TEMPERATURE)
            self.none_of_these.weight.zero_()
            for parameter in self.correction[-1].parameters():
                parameter.zero_()

    @property
    def scale(self) -> Tensor:
        """What cosines are multiplied by before a softmax; learned."""
        return self.log_scale.exp().clamp_max(100.0)

    def embed(self, query: Query) -> Tensor:
        """The query in the space of catalogue rows, (B, dim), length 1.

        The order of the faces does not matter.
        """
        faces, present = query.faces.embedding, query.present
        any_face = present.any(dim=1, keepdim=True)  # (B, 1)
        weight = self.attention(faces)[..., 0].masked_fill(~present, -1e4).softmax(dim=1)
        pooled = (weight[..., None] * faces).sum(dim=1)
        highest = faces.masked_fill(~present[..., None], -1e4).amax(dim=1)
        seen = torch.cat([pooled, highest], dim=1) * any_face
        known = torch.cat(
            [any_face, self._facts(query)[:, 1:], query.looks.any(dim=1, keepdim=True)], dim=1
        )
        joined = self.image(seen) + self.text(query.text) + self.looks(query.looks)
        joined = joined + self.known(known.float())
        return functional.normalize((joined + self.mix(joined)).float(), dim=1)

    def features(self, query: Query, candidates: Candidates) -> Tensor:
        """Features of each candidate, (B, K, len(FEATURES))."""
        embedded = self.embed(query)[:, None]
        present = query.present.float()
        shown = present / present.sum(dim=1, keepdim=True).clamp_min(1)  # (B, F)
        faces = torch.einsum("bf,bfd->bd", shown, query.faces.embedding)[:, None]
        read = (query.confidence > 0).float()[:, None]
        alike = [
            (embedded * candidates.rows).sum(dim=2),
            (faces * candidates.rows).sum(dim=2),
            candidates.prototype,
            (query.text[:, None] * candidates.text).sum(dim=2) * read,
            *self._attributes(query.faces, shown, candidates.facts),
        ]
        matches = candidates.table[..., [COLUMNS.index(name) for name in ("fuzzy", "lattice")]]
        unread = matches * (1 - read)[..., None]
        return torch.cat([candidates.table, torch.stack(alike, dim=2), unread], dim=2)

    def forward(self, query: Query, candidates: Candidates) -> Tensor:
        """Logits of the K candidates and, last, of "none of these", (B, K + 1)."""
        features = self.features(query, candidates)
        score = self.weights(features) + self._corrected(features, query)
        return torch.cat([score[..., 0], self.none_of_these(self._facts(query))], dim=1)

    def terms(self, query: Query, candidates: Candidates) -> Tensor:
        """What adds up to the logits of the K candidates, (B, K, len(FEATURES) + 1).

        Each feature times its weight and, last, the correction.
        """
        features = self.features(query, candidates)
        weighed = features * self.weights.weight[0]
        return torch.cat([weighed, self._corrected(features, query)], dim=2)

    def _corrected(self, features: Tensor, query: Query) -> Tensor:
        """The perceptron's correction of each candidate's score, (B, K, 1)."""
        spread = self._facts(query)[:, None].expand(-1, features.shape[1], -1)
        correction: Tensor = self.correction(torch.cat([features, spread], dim=2))
        return correction

    def _facts(self, query: Query) -> Tensor:
        """(B, len(QUERY_FACTS))."""
        faces = query.present.float().sum(dim=1) / 2
        return torch.stack([faces, (query.confidence == 0).float(), query.confidence], dim=1)

    def _attributes(
        self, faces: FaceFeatures, shown: Tensor, facts: PillFacts
    ) -> tuple[Tensor, ...]:
        """Log likelihood of the rows' colours (in fours), shape and score, each (B, K).

        0 without a face.
        """

        def of_faces(log_probability: Tensor) -> Tensor:
            return torch.einsum("bf,bfc->bc", shown, log_probability.float().clamp_min(-6))

        yes = of_faces(functional.logsigmoid(faces.colors))
        no = of_faces(functional.logsigmoid(-faces.colors))
        color = (facts.colors * (yes - no)[:, None]).sum(dim=2) + no.sum(dim=1)[:, None]
        shape = of_faces(faces.shape.log_softmax(dim=2))
        score = of_faces(faces.score.log_softmax(dim=2))
        # What a row does not tell is neither likely nor unlikely.
        shape = torch.cat([shape, shape.mean(dim=1, keepdim=True)], dim=1)
        score = torch.cat([score.mean(dim=1, keepdim=True), score], dim=1)
        return color / 4, shape.gather(1, facts.shape), score.gather(1, facts.score)


@dataclass(frozen=True, slots=True)
class FusionSettings:
    """The form of a `FusionModel`, in plain values.

    Attributes:
        side: pixels of the square face picture.
        dim: of all embeddings.
        backbone, backbone_options: name and arguments of a timm model.
        text_hidden, text_layers, text_heads: of the character BERT.
    """

    side: int = 128
    dim: int = 128
    backbone: str = "vit_tiny_patch16_224"
    backbone_options: Mapping[str, Any] = field(
        default_factory=lambda: {"img_size": 128, "depth": 8, "reg_tokens": 4}
    )
    text_hidden: int = 128
    text_layers: int = 4
    text_heads: int = 4


class FusionModel(nn.Module):
    """Image encoder, text encoder and fusion head, as they are trained and released together."""

    def __init__(self, settings: FusionSettings) -> None:
        super().__init__()
        self.settings = settings
        self.image = ImageEncoder(settings.backbone, settings.backbone_options, settings.dim)
        self.text = text_encoder(settings)
        self.head = FusionHead(settings.dim)

    @classmethod
    def of_plain(cls, settings: Mapping[str, Any]) -> Self:
        """The model of settings that were written as JSON."""
        return cls(FusionSettings(**settings))

    def preprocessing(self) -> dict[str, Any]:
        """What the registry must say of weights for this model."""
        return {"settings": asdict(self.settings), "vocabulary": vocabulary_hash()}

    @torch.inference_mode()
    def embed_faces(self, faces: Sequence[PillFace]) -> Tensor:
        """Embeddings of faces as reference photographs, (F, dim)."""
        embedding: Tensor = self.image(prepare(faces, self.settings.side)).embedding
        return embedding

    def see(self, images: Tensor) -> FaceFeatures:
        """Features of faces (B, F, 3, side, side), each (B, F, …)."""
        features = self.image(images.flatten(0, 1))
        return FaceFeatures(*(part.unflatten(0, images.shape[:2]) for part in features))


def open_fusion(folder: Path | None = None) -> tuple[FusionModel, ReleasedWeights]:
    """The released model, ready for use, and its entry in the registry.

    Args:
        folder: of the registry; by default that which travels with rxmm.

    Raises:
        WeightsError: the weights are missing or changed, or speak of another vocabulary.
    """
    model = FusionModel.of_plain(released(WEIGHTS, folder).preprocessing["settings"])
    return model, load_into(model, WEIGHTS, folder, **model.preprocessing())


def text_encoder(settings: FusionSettings) -> TextEncoder:
    """The text encoder of these settings."""
    return TextEncoder(
        settings.dim, settings.text_hidden, settings.text_layers, settings.text_heads
    )
