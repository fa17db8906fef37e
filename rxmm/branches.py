"""The two branches that can answer; beside nothing heavy, since the command line names them."""

from typing import Literal

Source = Literal["fusion", "imprint_match"]
"""All networks together; the match of the imprint, colours and shape alone."""

DEFAULT_RANKING: Source = "fusion"
"""The branch that is asked first."""
