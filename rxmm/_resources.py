"""Where the files that travel with rxmm are, in a checkout and in an installed wheel alike."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_dir() -> Path:
    """The folder that holds ``catalog/``, ``examples/``, ``fonts/`` and ``weights/``.

    A wheel carries it as ``rxmm/_data`` (see ``force-include`` in pyproject.toml); a checkout and
    an editable install read the repository's own ``data``.
    """
    installed = _PACKAGE / "_data"
    return installed if installed.is_dir() else _PACKAGE.parent / "data"
