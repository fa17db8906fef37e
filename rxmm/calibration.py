"""What a score is worth: the calibration that makes a probability mean what it says.

Fitted on held-back real photographs by `python -m rxmm.evaluation.calibrate`: for each catalogue,
kind of picture, branch that can answer and number of faces seen.  It belongs to the weights it was
fitted with; with others there is none, and the answers then carry no prediction sets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Self

from rxmm._files import replacing
from rxmm._resources import data_dir
from rxmm.branches import Source
from rxmm.errors import WeightsError
from rxmm.results import MAX_FACES, Kind, PillFace

CAUTIOUS = 0.95
"""Least probability to call a pill identified where nothing was calibrated."""
ANY = "any"
"""Stands for catalogues that were not calibrated by themselves: fitted on all photographs."""


class NotListed(NamedTuple):
    """What adds up to the log-odds of a pill not being in the catalogue.

    A branch by itself does not tell a pill that is not listed from one that was hardly read.

    Attributes:
        constant: alone.
        own: times the log-odds that the branch itself gives.
        short: times what the best appearance's match lacks of a perfect one, see `Matches.perfect`.
        read: times that perfect match, which tells how much was read.
        lead: times the best appearance's logit less that of the next one with another imprint.
    """

    constant: float = 0.0
    own: float = 1.0
    short: float = 0.0
    read: float = 0.0
    lead: float = 0.0


AS_THE_BRANCH_SAYS = NotListed()


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of one catalogue, kind of picture and branch, for one number of faces.

    Attributes:
        temperature: divides the logits of the appearances before the softmax (Guo et al. 2017).
        not_listed: how likely none of them is right; by default what the branch says.
        identified: least probability of the first appearance to call a pill identified.
        masses: by coverage, the probability that the appearances before the last one of a
            prediction set come short of (split conformal, adaptive sets: Romano et al. 2020; the
            other parameters are fitted on the same photographs, so the coverage is measured, not
            guaranteed).
        pool: what the matches' score is multiplied by and added to the logits (a logarithmic
            opinion pool), as far as it helps: the fusion learned what a reading is worth on other
            photographs than it is asked about.
    """

    temperature: float = 1.0
    not_listed: NotListed = AS_THE_BRANCH_SAYS
    identified: float = CAUTIOUS
    masses: Mapping[float, float] = field(default_factory=dict)
    pool: float = 0.0


Branches = Mapping[Source, tuple[Calibration, ...]]
"""By branch, one calibration for each number of faces, from 1."""
Kinds = Mapping[Kind, Branches]
"""By kind of picture."""


@dataclass(frozen=True, slots=True)
class Calibrations:
    """All of one catalogue.

    Attributes:
        kinds: none where nothing was fitted: the scores count as they are.
    """

    kinds: Kinds = field(default_factory=dict)

    @classmethod
    def released(cls, catalog: str, *weights: str) -> Self:
        """Those that travel with rxmm, or none if they were not fitted with these weights.

        Args:
            catalog: name of the catalogue.
            weights: versions of the networks in use.

        Raises:
            WeightsError: the file is damaged.
        """
        stored = load(released_file())
        if stored is None or not set(weights) <= set(stored.weights):
            return cls()
        return cls(stored.catalogs.get(catalog, stored.catalogs[ANY]))

    def __call__(self, source: Source, faces: Sequence[PillFace]) -> Calibration:
        """Of a branch, where these faces were seen; no face, as for typed text, counts as all."""
        fitted = self.kinds.get(kind_of(faces), {}).get(source)
        return fitted[min(len(faces) or MAX_FACES, MAX_FACES) - 1] if fitted else Calibration()


def kind_of(faces: Sequence[PillFace]) -> Kind:
    """Of the pictures of one pill; by hand where they are of several kinds, or where there are
    none."""
    kinds = {face.kind for face in faces}
    return kinds.pop() if len(kinds) == 1 else "hand"


@dataclass(frozen=True, slots=True)
class CalibrationFile:
    """What is stored: by catalogue, `ANY` among them, and the versions it was fitted with."""

    weights: tuple[str, ...]
    catalogs: Mapping[str, Kinds]

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        text = json.dumps(
            {
                "weights": self.weights,
                "catalogs": {
                    name: {
                        kind: {source: list(map(_plain, fitted)) for source, fitted in of.items()}
                        for kind, of in kinds.items()
                    }
                    for name, kinds in self.catalogs.items()
                },
            },
            indent=1,
        )
        with replacing(path) as partial:
            partial.write_text(text + "\n", encoding="utf-8")


def released_file() -> Path:
    """Where the calibration lies that travels with rxmm."""
    return data_dir() / "calibration" / "calibration.json"


@cache
def load(path: Path) -> CalibrationFile | None:
    """Read a file of calibrations; None where there is none.

    Raises:
        WeightsError: it is no such file.
    """
    try:
        stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return CalibrationFile(
            tuple(stored["weights"]),
            {
                name: {
                    kind: {source: tuple(map(_read, fitted)) for source, fitted in of.items()}
                    for kind, of in kinds.items()
                }
                for name, kinds in stored["catalogs"].items()
            },
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"{path} cannot be used ({error}); install rxmm again.") from error


def _plain(fitted: Calibration) -> dict[str, Any]:
    return asdict(fitted) | {"masses": {f"{c:g}": mass for c, mass in fitted.masses.items()}}


def _read(stored: dict[str, Any]) -> Calibration:
    masses = {float(coverage): mass for coverage, mass in stored.pop("masses").items()}
    not_listed = NotListed(*stored.pop("not_listed"))
    return Calibration(**stored, not_listed=not_listed, masses=masses)
