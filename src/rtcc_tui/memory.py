"""How often the interpreter looks for garbage in circles: a look at everything stops the screen and the keys.

The state is a fold of frozen values without circles, and with Textual's own objects it is most of what there
is: with 200 calls a look at all of it takes 70 ms, with 1,000 twice that, and by Python's defaults there is
one every few seconds. What was there when the snapshot was drawn is never looked at again; what comes is,
just more seldom.
"""

from __future__ import annotations

import gc
from typing import Final

LOOK_AFTER: Final = (5_000, 20, 50)
"""New objects before the youngest are looked at; so many such looks before the older, and the oldest."""


def look_less_often() -> None:
    """For the process; call it when a snapshot has been drawn. Costs nothing itself."""
    gc.freeze()
    gc.set_threshold(*LOOK_AFTER)
