"""Everything in the air that is not ours, as one value: latest only, like the sky."""

from __future__ import annotations

import msgspec

from rtcc_core.domain.traffic import Traffic, TrafficSource


class Air(msgspec.Struct, frozen=True, kw_only=True):
    """Other people's aircraft, and who listens for them."""

    intruders: Traffic = ()
    sources: tuple[TrafficSource, ...] = ()


NOBODY_LISTENS = Air()
