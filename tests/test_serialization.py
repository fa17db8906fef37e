"""Every answer satisfies the published JSON Schema, in every form an answer can take."""

import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest

from rxmm.catalog.table import Catalog
from rxmm.errors import PhotoError
from rxmm.identifier import Identifier
from rxmm.results import PredictionSet
from rxmm.serialization import SCHEMA, failure_to_dict, json_schema, to_dict
from tests.conftest import ScriptedReader, WholePhotoSegmenter

WHITE = np.full((64, 64, 3), 235, dtype=np.uint8)
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


@pytest.mark.parametrize("catalog", ["us", "tw"])
@pytest.mark.parametrize("text", ["TEVA 4067", ""])
def test_an_answer_satisfies_the_schema(catalog: str, text: str) -> None:
    reader = ScriptedReader(text)
    answer = Identifier(Catalog.load(catalog), WholePhotoSegmenter(), reader).identify(WHITE)
    written = json.loads(json.dumps(to_dict(answer, "7")))
    VALIDATOR.validate(written)
    assert written["schema"] == SCHEMA
    assert written["id"] == "7"
    assert written["candidates"][0]["rank"] == 1
    assert isinstance(written["candidates"][0]["imprint"], list)


def test_how_sure_look_alikes_and_what_to_do_are_written() -> None:
    reader = ScriptedReader("IP 465")
    answer = Identifier(Catalog.load("us"), WholePhotoSegmenter(), reader).identify(WHITE)
    sets = (PredictionSet(0.95, 60, tuple(f"us-{number}" for number in range(50))),)
    written = to_dict(replace(answer, not_listed=0.25, prediction_sets=sets))
    VALIDATOR.validate(json.loads(json.dumps(written)))
    assert written["not_listed"] == 0.25
    assert (written["prediction_sets"][0]["size"], written["next_steps"]) == (
        60,
        list(answer.next_steps),
    )
    first = written["look_alikes"][0]
    assert (first["differs_in"], first["imprint"]) == ("character", ["IP", "466"])
    assert first["check"] == "Is it 465 or 466?"
    assert "800 MG" in [product["strength"] for product in first["products"]]


def test_each_face_says_which_photo_it_is_on() -> None:
    identifier = Identifier(Catalog.load("us"), WholePhotoSegmenter(), ScriptedReader("93", "7355"))
    written = to_dict(identifier.identify(WHITE, WHITE - 1))
    VALIDATOR.validate(json.loads(json.dumps(written)))
    assert [face["photo"] for face in written["evidence"]] == [0, 1]


def test_a_failure_satisfies_the_schema_and_says_why() -> None:
    written = failure_to_dict(PhotoError("not a photo"), "8")
    VALIDATOR.validate(written)
    assert written["error"] == "not a photo"
    assert written["candidates"] == []
    assert written["next_steps"]


def test_the_schema_is_itself_valid_and_refuses_what_is_not_an_answer() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(failure_to_dict(PhotoError("x")) | {"status": "sure"})
