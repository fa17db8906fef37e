"""Why an answer is wrong: one cause each, the first stage of the way that failed."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

from rapidfuzz.distance import Levenshtein

from rxmm.evaluation.run import Outcome

MOST_EDITS = 2
"""Edits up to which a token counts as misread, if they are at most half of its characters."""


class Cause(StrEnum):
    """Why a pill was not answered rightly, in the order in which the causes are looked for.

    "Read" is what stands among all hypotheses of all faces, as the match sees them; "shown" the
    few that make up the reading without the catalogue's help.  A token that is on the pill twice
    need be read only once.

    NO_PILL_FOUND: no answer at all, or one without a face.
    WRONG_NUMBER_OF_FACES: some photo gave more or fewer faces than it shows.
    MISREAD: a true token was read with one or two wrong characters, and never exactly.
    BLANK_OR_UNREAD_SIDE: one face was photographed, nothing is shown for it and no true token was
        read: it may well be the blank side, the tables do not say.
    NOT_READ: no true token was read, or nearly.
    OTHER_FACE_UNSEEN: one face was photographed, some true tokens were read exactly, the others
        not at all: most likely they are on the other face.
    PARTLY_READ: the same where both faces were photographed.
    NOT_SHOWN: every true token was read, but not all are shown.
    RIVAL: every true token is shown, and another pill comes first all the same.
    """

    NO_PILL_FOUND = "no pill found"
    WRONG_NUMBER_OF_FACES = "wrong number of faces"
    MISREAD = "misread"
    BLANK_OR_UNREAD_SIDE = "blank or unread side only"
    NOT_READ = "not read"
    OTHER_FACE_UNSEEN = "other face unseen"
    PARTLY_READ = "partly read"
    NOT_SHOWN = "read but not shown"
    RIVAL = "ranked below a rival"


def cause_of(outcome: Outcome) -> Cause | None:
    """The cause of a wrong answer; None when it is right."""
    if outcome.rank == 1:
        return None
    if not outcome.faces:
        return Cause.NO_PILL_FOUND
    counted = Counter(face.photo for face in outcome.faces)
    if any(counted[photo] != shown for photo, shown in enumerate(outcome.query.faces)):
        return Cause.WRONG_NUMBER_OF_FACES
    truth, shown = set(outcome.query.label.imprint), set(outcome.unaided)
    read = shown.union(*(face.offered for face in outcome.faces))
    missed = truth - read
    one_face = sum(outcome.query.faces) == 1
    if any(_nearly(token, other) for token in missed for other in read - truth):
        return Cause.MISREAD
    if missed == truth:
        return Cause.BLANK_OR_UNREAD_SIDE if one_face and not shown else Cause.NOT_READ
    if missed:
        return Cause.OTHER_FACE_UNSEEN if one_face else Cause.PARTLY_READ
    return Cause.RIVAL if truth <= shown else Cause.NOT_SHOWN


def _nearly(token: str, read: str) -> bool:
    """Whether ``read`` is mostly ``token``; of a single character nothing is nearly it."""
    most = min(MOST_EDITS, len(token) // 2)
    return Levenshtein.distance(token, read, score_cutoff=most) <= most
