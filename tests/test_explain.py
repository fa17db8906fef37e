"""Why an answer: that the parts add up, and that the maps show what they claim to show."""

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import Tensor

from rxmm.catalog.matching import match_logits
from rxmm.catalog.table import Catalog
from rxmm.decision import pooled
from rxmm.errors import InputError
from rxmm.explain import explain
from rxmm.explanation import Explanation
from rxmm.explanation_picture import WIDTH, draw_explanation
from rxmm.identifier import Identifier
from rxmm.models import attribution
from rxmm.models.ranker import FusionRanker
from rxmm.overrule import Overrule
from rxmm.results import Identification
from tests.conftest import ScriptedReader, WholePhotoSegmenter

WHITE = np.full((64, 64, 3), 235, dtype=np.uint8)
OFF_WHITE = WHITE - 1


@pytest.fixture(scope="module")
def identifier() -> Identifier:
    pytest.importorskip("captum", reason="image patches are attributed with the explain extra")
    return Identifier.load("us")


@pytest.fixture(scope="module")
def fusion(identifier: Identifier) -> FusionRanker:
    assert identifier.fusion is not None
    return identifier.fusion


@pytest.fixture(scope="module")
def answers(identifier: Identifier, examples: tuple[Path, Path]) -> list[Identification]:
    """Of both faces of the example pill, and of each alone."""
    front, back = examples
    given = [identifier.identify(front, back), *map(identifier.identify, examples)]
    assert {answer.source for answer in given} == {"fusion"}
    return given


@pytest.fixture(scope="module")
def explanations(identifier: Identifier, answers: list[Identification]) -> list[Explanation]:
    return [explain(identifier, answer) for answer in answers]


def rows(identifier: Identifier, answer: Identification) -> list[int]:
    number = identifier.catalog.row_of_id
    return [number[candidate.appearance.appearance_id] for candidate in answer.candidates]


def score_of_images(identifier: Identifier, answer: Identification) -> Callable[[Tensor], float]:
    """The first candidate's score as a function of the images, all else as it was."""
    fuse, (first, *_) = identifier.fusion, rows(identifier, answer)
    assert fuse is not None
    matches = identifier.matches(answer.seen.readings, answer.seen.looks)

    @torch.no_grad()
    def score(images: Tensor) -> float:
        return float(fuse.terms(images, answer.seen, matches, [first]).sum())

    return score


def images_of(fusion: FusionRanker, answer: Identification) -> Tensor:
    return fusion.images(answer.seen.faces)


def on_pill(images: Tensor, side: int) -> NDArray[np.bool_]:
    """Which patches (F, side, side) show some of the pill: the ground is 0."""
    inked = (images[0] != 0).any(dim=1, keepdim=True).float()
    shown = torch.nn.functional.adaptive_max_pool2d(inked, side)[:, 0] > 0
    return np.asarray(shown.numpy())


def score_while_blanking(
    order: NDArray[np.int64],
    images: Tensor,
    score: Callable[[Tensor], float],
    shape: tuple[int, ...],
) -> float:
    """Mean score while the first third of these patches is blanked one after another.

    Args:
        order: of patches, numbered through all faces.
        shape: (F, g, g) of the patches.
    """
    blanked, pixels, scores = images.clone(), images.shape[-1] // shape[1], []
    for patch in order[: len(order) // 3]:
        face, row, column = np.unravel_index(patch, shape)
        down, right = int(row) * pixels, int(column) * pixels
        blanked[0, int(face), :, down : down + pixels, right : right + pixels] = 0
        scores.append(score(blanked))
    return float(np.mean(scores))


def with_shuffled_images(fusion: FusionRanker, seed: int) -> FusionRanker:
    """The same, but each weight of its image encoder stands in another's place."""
    shuffled = copy.deepcopy(fusion)
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in shuffled.image_encoder.parameters():
            order = torch.randperm(weight.numel(), generator=random)
            weight.copy_(weight.flatten()[order].view_as(weight))
    return shuffled


def test_parts_add_up_to_the_scores_that_ranked(
    identifier: Identifier,
    fusion: FusionRanker,
    answers: list[Identification],
    explanations: list[Explanation],
) -> None:
    for answer, why in zip(answers, explanations, strict=True):
        matches = identifier.matches(answer.seen.readings, answer.seen.looks)
        pool = identifier.calibrations("fusion", answer.seen.faces).pool
        logits = pooled(fusion(answer.seen, matches), matches, pool)
        np.testing.assert_allclose(why.scores, logits[rows(identifier, answer)], atol=1e-4)
        ahead = why.contributions[0] - why.contributions[1]
        assert ahead.sum() == pytest.approx(why.scores[0] - why.scores[1], abs=1e-12)
        leads = why.leads.sum(axis=1)
        np.testing.assert_allclose(leads, why.scores - why.scores.mean(), rtol=0, atol=1e-12)
        assert why.contributions.shape == (len(answer.candidates), len(why.parts))


def test_the_maps_are_shares_of_each_face_and_of_the_score(
    identifier: Identifier,
    fusion: FusionRanker,
    answers: list[Identification],
    explanations: list[Explanation],
) -> None:
    side = attribution.patches(fusion.image_encoder)
    for answer, why in zip(answers, explanations, strict=True):
        assert why.attention is not None and why.attribution is not None
        shape = (len(answer.evidence), side, side)
        assert why.attention.shape == why.attribution.shape == shape
        assert (why.attention >= 0).all()
        np.testing.assert_allclose(why.attention.sum(axis=(1, 2)), 1, atol=1e-5)
        images, score = images_of(fusion, answer), score_of_images(identifier, answer)
        worth = score(images) - score(torch.zeros_like(images))
        assert why.attribution.sum() == pytest.approx(worth, abs=0.05)
        assert not why.attribution[~on_pill(images, side)].any()


def test_other_weights_give_other_maps(
    identifier: Identifier,
    fusion: FusionRanker,
    answers: list[Identification],
    explanations: list[Explanation],
) -> None:
    """The sanity check of Adebayo et al. 2018: a map that no weights change explains nothing.

    One shuffled encoder may like the same corner by chance, so several are asked: rank correlations
    over six of them lay between -0.2 and 0.5, mean 0.11, of the attention, and between -0.2 and
    0.4, mean 0.00, of the attribution.
    """
    shown = on_pill(images_of(fusion, answers[0]), attribution.patches(fusion.image_encoder))
    alike: dict[str, list[float]] = {"attention": [], "attribution": []}
    for seed in range(4):
        shuffled = with_shuffled_images(fusion, seed)
        other = Identifier(identifier.catalog, WholePhotoSegmenter(), ScriptedReader(), shuffled)
        otherwise = explain(other, answers[0])
        for name, found in alike.items():
            one, another = getattr(explanations[0], name), getattr(otherwise, name)
            found.append(spearmanr(one[shown], another[shown]).statistic)
    for found in alike.values():
        assert abs(np.mean(found)) < 0.3
        assert np.abs(found).max() < 0.7


def test_blanking_the_patches_that_speak_for_it_lowers_the_score_fastest(
    identifier: Identifier,
    fusion: FusionRanker,
    answers: list[Identification],
    explanations: list[Explanation],
) -> None:
    random = np.random.default_rng(0)
    for answer, why in zip(answers, explanations, strict=True):
        assert why.attribution is not None
        images, score = images_of(fusion, answer), score_of_images(identifier, answer)
        shown = np.flatnonzero(on_pill(images, why.attribution.shape[1]))
        order = shown[np.argsort(-why.attribution.flat[shown])]
        best = score_while_blanking(order, images, score, why.attribution.shape)
        chance = [
            score_while_blanking(random.permutation(shown), images, score, why.attribution.shape)
            for _ in range(5)
        ]
        assert best < min(chance)
        assert best < np.mean(chance) - 0.1


def test_characters_of_the_imprint_are_supported_where_they_stand(
    answers: list[Identification], explanations: list[Explanation]
) -> None:
    both, front, _ = explanations
    assert [line.token.text for line in both.lines if line.expected] == ["LILLY", "4165"]
    assert [line.face for line in both.lines if line.expected] == [0, 1]
    for line in both.lines:
        left, right = (min(x for x, _ in c.quad) for c in (line.characters[0], line.characters[-1]))
        assert left < right
        assert "".join(character.text for character in line.characters) == line.token.text
        assert all(0.5 < character.support <= 1 for character in line.characters)
    assert both.missing == () and front.missing == ("4165",)
    assert {one.name for one in both.attributes} >= {"colour", "shape"}
    assert all(0 <= one.fit <= 1 for one in both.attributes)


def test_the_match_of_the_imprint_is_explained_without_images() -> None:
    match = Identifier(Catalog.load("us"), WholePhotoSegmenter(), ScriptedReader("TEVA", "4067"))
    answer = match.identify(WHITE, OFF_WHITE)
    why = explain(match, answer)
    assert why.attention is None and why.attribution is None
    logits = match_logits(match.matches(answer.seen.readings, answer.seen.looks).score)
    np.testing.assert_allclose(why.scores, logits[rows(match, answer)], rtol=1e-12)
    assert draw_explanation(why).width == WIDTH


def test_typed_text_has_no_place_and_a_lone_candidate_no_rival() -> None:
    match = Identifier(Catalog.load("us"), WholePhotoSegmenter(), ScriptedReader("TEVA"))
    why = explain(match, match.identify(WHITE, overrule=Overrule(imprint="54 757"), top=1))
    assert {line.token.text for line in why.lines} == {"54", "757"}
    np.testing.assert_array_equal(why.leads, why.contributions)
    assert draw_explanation(why).width == WIDTH


def test_names_in_other_letters_are_left_out_of_the_picture() -> None:
    match = Identifier(Catalog.load("us"), WholePhotoSegmenter(), ScriptedReader("TEVA"))
    why = explain(match, match.identify(WHITE, top=1))

    def named(name: str) -> bytes:
        (first,) = why.identification.candidates
        products = (replace(first.appearance.products[0], name=name),)
        pill = replace(first, appearance=replace(first.appearance, products=products))
        told = replace(why.identification, candidates=(pill,))
        return draw_explanation(replace(why, identification=told)).tobytes()

    assert named("SOLAX · 舒樂") == named("SOLAX") != named("OTHER")


def test_an_unread_face_is_explained_too() -> None:
    match = Identifier(Catalog.load("us"), WholePhotoSegmenter(), ScriptedReader(""))
    why = explain(match, match.identify(WHITE))
    assert why.lines == ()
    assert draw_explanation(why).height > 300


def test_the_picture_shows_all_faces(explanations: list[Explanation]) -> None:
    two, one, _ = map(draw_explanation, explanations)
    assert two.width == one.width == WIDTH
    assert two.height > one.height
    without = replace(explanations[0], attention=None)
    assert draw_explanation(without).size == two.size


def test_what_cannot_be_explained_is_said(
    identifier: Identifier, answers: list[Identification], monkeypatch: pytest.MonkeyPatch
) -> None:
    taiwan = Identifier(Catalog.load("tw"), WholePhotoSegmenter(), ScriptedReader())
    with pytest.raises(InputError, match="not in the identifier's catalogue"):
        explain(taiwan, answers[0])
    unfused = Identifier(identifier.catalog, WholePhotoSegmenter(), ScriptedReader())
    with pytest.raises(InputError, match="opened without it"):
        explain(unfused, answers[0])
    monkeypatch.setattr("rxmm._extras.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'rxmm\[explain\]'"):
        explain(identifier, answers[0])
