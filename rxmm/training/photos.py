"""The real photographs that may be trained on: the only door of training code to them.

What is held back for validation or tuning never comes through, and there is no way to ask for the
consumer photographs, which are only measured on.  A test keeps other training code from reading
around it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from rxmm.catalog.imprint_text import appearance_key
from rxmm.evaluation import photos
from rxmm.evaluation.photos import LabelledPhoto, apart, content, real_data_folder
from rxmm.splits import Half, half_of, part_of


def us_reference() -> list[LabelledPhoto]:
    """Labelled laboratory photographs, one face each, of the training part.

    Raises:
        InputError: the photographs are not on this machine.
    """
    return _training_part(photos.us_reference(real_data_folder()))


def tw_photos() -> list[LabelledPhoto]:
    """Labelled photographs of both faces beside a ruler, of the training part.

    Raises:
        InputError: the photographs are not on this machine.
    """
    return _training_part(photos.tw_photos(real_data_folder()))


def phone_readings() -> list[tuple[str, str]]:
    """Imprints, and what another reader read on phone photographs of one face of the pill.

    Without pills that look like one of the consumer photographs, or like one held back.

    Raises:
        InputError: the readings are not on this machine.
    """
    folder = real_data_folder()
    measured = photos.us_consumer(folder)
    measured += [
        photo for photo in photos.us_reference(folder) if part_of(photo.group) != "training"
    ]
    held_back = {appearance_key(photo.label.imprint) for photo in measured}
    return [
        (imprint, reading)
        for imprint, reading in photos.us_phone_readings(folder)
        if appearance_key(imprint) not in held_back
    ]


def tw_marks() -> list[tuple[str, str]]:
    """The marks of the two faces of each pill in Taiwan's table, also of those that are measured: a
    fact of the catalogue, known of each pill in use.

    Raises:
        InputError: the table is not on this machine.
    """
    return photos.tw_marks(real_data_folder())


def of_half(listed: Iterable[LabelledPhoto], half: Half | None) -> list[LabelledPhoto]:
    """The photographs whose groups are in this half of the training part, or all."""
    return [photo for photo in listed if half is None or half_of(photo.group) == half]


def by_pill(listed: Iterable[LabelledPhoto]) -> list[list[LabelledPhoto]]:
    """All photographs of each pill; of pills that share them, as repackagers' do, the first.

    A licence that was photographed several times counts as several pills.
    """
    grouped: dict[str, list[LabelledPhoto]] = defaultdict(list)
    for photo in listed:
        grouped[photo.pill].append(photo)
    first: dict[tuple[str, frozenset[bytes]], list[LabelledPhoto]] = {}
    for several in grouped.values():
        first.setdefault(
            (several[0].group, frozenset(content(photo.path) for photo in several)), several
        )
    return list(first.values())


def _training_part(listed: list[LabelledPhoto]) -> list[LabelledPhoto]:
    return [photo for photo in apart(listed) if part_of(photo.group) == "training"]
