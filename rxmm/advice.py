"""What to make of an answer, in plain sentences: how sure it is, and what to do next."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rxmm.catalog.imprint_text import tokens
from rxmm.decision import PASSED, Checks
from rxmm.results import MAX_LISTED, Identification, ImprintReading, LookAlike, Status

LIKELY_NOT_LISTED = 0.5
"""Probability of not being in the catalogue from which it is worth looking elsewhere."""


def next_steps(
    status: Status,
    readings: Sequence[ImprintReading],
    look_alikes: Sequence[LookAlike] = (),
    *,
    checks: Checks = PASSED,
    unread: Sequence[str] = (),
    elsewhere: Collection[str] = (),
    typed: bool = False,
    measured: bool = False,
    not_listed: float = 0.0,
) -> tuple[str, ...]:
    """What to do now, most useful first.  What `rxmm.notice` says of every answer is not among it.

    Args:
        status: the answer in one word.
        readings: what was read, one reading per face seen.
        look_alikes: of the first candidate, most confusable first.
        checks: of the first candidate.
        unread: tokens of the first candidate that were not read.
        elsewhere: its tokens that are likely on the face that was not seen.
        typed: whether a person typed the imprint.
        measured: whether the pill's size is known.
        not_listed: probability that the pill is not in the catalogue, [0, 1].
    """
    steps, sure = [], status == "identified"
    one_face = len(readings) == 1
    if not checks.one_pill:
        steps.append("These look like faces of different pills: photograph both faces of one.")
    if not checks.its_size and "size" not in checks.lacking:
        steps.append(
            "The first pill is of quite another size than was measured: measure its longest side "
            "by hand, and give it with --size-mm."
        )
    if not checks.borne:
        steps.append("The first pill does not bear what was typed: look at the imprint again.")
    if checks.contrary:
        steps.append(
            f"The photo seems to show {' '.join(checks.contrary)}, which the first pill does not "
            "bear: make sure that it is a photo of this pill."
        )
    if checks.lacking:
        steps.append(
            f"The first pill is not of the {' and '.join(checks.lacking)} that was typed: look at "
            "yours again, and at the other candidates."
        )
    if one_face and (not sure or any(other.differs_in == "token" for other in look_alikes)):
        steps.append("Photograph the other face too.")
    elif one_face and unread and set(elsewhere).issuperset(unread):
        steps.append(f"Turn the pill over: the other face should say {' '.join(unread)}.")
    elif one_face and unread:
        steps.append(f"Look for {' '.join(unread)} too, on this face or the other.")
    elif sure and unread:
        steps.append(f"Look for {' '.join(unread)} too: it was not read on either face.")
    if not typed and not any(reading.tokens for reading in readings):
        steps.append("Nothing was read: take a sharper, closer photo in slanting light.")
    elif not typed and not sure and not one_face:
        words = [tokens(reading.text) for reading in readings]
        on_all = [word for word in words[0] if all(word in others for others in words)]
        if on_all:
            steps.append(
                f"Both faces say {' '.join(on_all)}: if that is one face twice, photograph the "
                "other."
            )
        steps.append("Take a sharper, closer photo in slanting light.")
    close = next((other for other in look_alikes if other.differs_in == "character"), None)
    if close is not None and sure:
        name = close.appearance.products[0].title
        steps.append(f"Look at the imprint again, for {name} is close: {close.check}")
    if not sure and not typed:
        steps.append("If you can read the imprint, give it with --imprint.")
    elif not sure:
        steps.append("Check the imprint that you typed; give --color and --shape too.")
    if not sure and not measured:
        steps.append(
            "Measure its longest side and give it with --size-mm, or lay a ruler in millimetres "
            "beside it."
        )
    if not_listed >= LIKELY_NOT_LISTED:
        steps.append("It may not be in this catalogue: look elsewhere too.")
    if status == "unidentified":
        steps.append("Do not take or give this pill before a pharmacist has named it.")
    return tuple(steps)


def certainty(identification: Identification) -> str:
    """How sure the answer is, e.g. ``If it is in this catalogue: 95% sure it is one of 3. 2% that
    it is not.``

    Empty where nothing was worked out.  A prediction set is right in so many of all answers; it is
    told only where this answer's own probabilities say as much, it is no larger than anybody can
    look through, and something may be named.
    """
    surest = {
        known.size: known.coverage
        for known in identification.prediction_sets
        if known.mass >= known.coverage
        and known.size <= MAX_LISTED
        and identification.status != "unidentified"
    }
    sets = [
        f"{coverage:.0%} sure it is {f'one of {size:,}' if size > 1 else 'this'}"
        for size, coverage in surest.items()
        if size
    ]
    told = f"{'; '.join(sets)}." if sets else ""
    if identification.not_listed < 0.005:
        return told
    outside = percent(identification.not_listed)
    if not sets:
        return f"{outside} that it is not in this catalogue."
    return f"If it is in this catalogue: {told} {outside} that it is not."


def percent(share: float) -> str:
    """Whole percent of a share in [0, 1], which never claims certainty."""
    text = f"{share:.0%}"
    return {"0%": "<1%", "100%": ">99%"}.get(text, text)
