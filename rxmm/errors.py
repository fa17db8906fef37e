"""Every error that rxmm raises on purpose.

    RxmmError
    ├── InputError                 what the caller gave cannot be used
    │   ├── PhotoError             not an image, truncated, too large, too small
    │   ├── ManifestError          a batch manifest without the needed columns, duplicate ids
    │   └── VocabularyError        a colour or shape outside the FDA vocabulary
    ├── NoPillFoundError           a readable photo that shows no pill
    ├── CatalogError               a catalogue that cannot be found, read, built or trusted
    └── WeightsError               model weights missing, changed or not fit for this catalogue

The message says what was expected, what came, and what to do about it.  The command line prints it
and exits with code 2; everything else is a defect and keeps its traceback.
"""


class RxmmError(Exception):
    """Base class of all errors that rxmm raises on purpose."""


class InputError(RxmmError):
    """What the caller gave cannot be used."""


class PhotoError(InputError):
    """A photo that cannot be read or is outside the stated limits."""


class ManifestError(InputError):
    """A batch manifest that cannot be used."""


class VocabularyError(InputError):
    """A colour or shape outside the FDA vocabulary."""


class NoPillFoundError(RxmmError):
    """A readable photo in which no pill face was found."""


class CatalogError(RxmmError):
    """A catalogue that cannot be found, read, built or trusted."""


class WeightsError(RxmmError):
    """Model weights that are missing, changed, or do not fit."""
