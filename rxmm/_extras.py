"""Packages that come with an extra only: they are asked for before the work that needs them."""

from __future__ import annotations

from importlib.util import find_spec

from rxmm.errors import InputError


def need(what: str, extra: str, *packages: str) -> None:
    """See that the packages of an extra are there.

    Args:
        what: is to be done with them, as the message begins.

    Raises:
        InputError: a package is missing.
    """
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise InputError(
            f"{what} needs {' and '.join(missing)}: install with `pip install 'rxmm[{extra}]'`."
        )
