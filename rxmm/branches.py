"""The branches that can answer, and how they are asked.

Beside nothing heavy, since the command line names them.
"""

from typing import Literal, get_args

Source = Literal["fusion", "imprint_match"]
"""All networks together; the match of the imprint, colours and shape alone."""

Ranking = Literal["fusion", "cascade", "imprint_match"]
"""Who is asked: the fusion first; the match first and, where it cannot name the pill, the fusion;
the match alone."""

RANKINGS: tuple[Ranking, ...] = get_args(Ranking)

DEFAULT_RANKING: Ranking = "fusion"
