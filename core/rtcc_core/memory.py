"""How often the interpreter looks for garbage in circles, which stops everything while it does.

The state is a fold of frozen values that hold no circles, but it is what grows: with 5,000 calls a look at
all of it takes a tenth of a second, and by Python's defaults a busy feed causes one every few seconds. What
is there at the start is never looked at again; what comes is, just more seldom.
"""

from __future__ import annotations

import gc
from typing import Final

LOOK_AFTER: Final = (20_000, 20, 20)
"""New objects before the youngest are looked at; so many such looks before the older, and the oldest."""


def look_less_often() -> None:
    """For the process; call it when everything of the start is made."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*LOOK_AFTER)
