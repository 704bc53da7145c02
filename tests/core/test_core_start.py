"""What a start of the core changes, and says."""

from __future__ import annotations

from tests.shift import HOME, Shift

from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.airspace import Airspace, Volume, VolumeKind
from rtcc_core.domain.geo import offset


def test_an_airspace_that_the_settings_name_no_more_is_gone_and_said_once() -> None:
    outline = tuple(offset(HOME, bearing, 500.0) for bearing in (0.0, 120.0, 240.0))
    fence = Volume(name="CITY LIMITS", kind=VolumeKind.FENCE, outline=outline)
    shift = Shift(requires_airspace=True)
    shift.tell(facts.AirspaceRead(airspace=Airspace(volumes=(fence,), digest="a")), by="feed:airspace")
    has_airspace: list[bool] = []
    for is_named in (True, False, False):
        shift.tell(shift.roster(requires_airspace=is_named), by="core")
        has_airspace.append(shift.state.airspace is not None)
    assert has_airspace == [True, False, False]
    assert [event.volumes_dropped for event in shift.events(ev.CoreStarted)] == [0, 0, 1, 0]
