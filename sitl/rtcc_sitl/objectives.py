"""What a drill is to reach: the kinds of objective a scenario may name, and how each is judged.

Judged from the journal's events alone, so a report can be made again from the journal at any time.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from rtcc_core.domain.flight import AIRBORNE, Phase, Verdict
from rtcc_sitl.story import CallStory, FlightStory, Story

Seconds = Annotated[float, msgspec.Meta(gt=0)]


class JournalProof(msgspec.Struct, frozen=True, kw_only=True):
    """What verifying the journal file said: how many events it holds, and whether its chain is whole."""

    path: str | None
    events: int
    verified: bool
    detail: str = ""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One objective and how it ended."""

    name: str
    met: bool
    detail: str


class _Objective(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """Base of every kind of objective."""

    name: str
    """A sentence for people, as it stands in the report."""


class OnScene(_Objective, frozen=True, kw_only=True, tag="on_scene"):
    """A drone is observed over the call within `within_s` drill seconds of the call coming in."""

    call: str
    within_s: Seconds


class LandedHome(_Objective, frozen=True, kw_only=True, tag="landed"):
    """The drone flew, and each of its flights ended on the ground."""

    drone: str


class WatcherLanded(_Objective, frozen=True, kw_only=True, tag="watcher_landed"):
    """Of the drones that watched a scene one at least is home: each of its flights ended on the ground."""


class Recommended(_Objective, frozen=True, kw_only=True, tag="recommended"):
    """The advice given when the call came in names `drone`; where `over` is given, it must say that this
    other drone lost because of the gate `because`."""

    call: str
    drone: str
    over: str | None = None
    because: str | None = None


class NotLaunchable(_Objective, frozen=True, kw_only=True, tag="not_launchable"):
    """No drone was recommended for the call, and none was sent."""

    call: str


class Quarantined(_Objective, frozen=True, kw_only=True, tag="quarantined"):
    """Exactly so many messages could not be used and were kept whole with the reason."""

    count: Annotated[int, msgspec.Meta(ge=0)]


class Covered(_Objective, frozen=True, kw_only=True, tag="covered"):
    """From the first arrival until CAD closes the call, somebody watches: at least `flights` flights."""

    call: str
    flights: Annotated[int, msgspec.Meta(ge=1)] = 1
    uncovered_at_most_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class Alarmed(_Objective, frozen=True, kw_only=True, tag="alarmed"):
    """This alarm (`link:D1`) is raised within `within_s` drill seconds of the first take-off for the call; of
    the call coming in where nobody took off."""

    alarm: str
    call: str
    within_s: Seconds


class Downed(_Objective, frozen=True, kw_only=True, tag="downed"):
    """The drone is given up as down, and a call of the house is opened for the search for it; where
    `watched_within_s` is given, another aircraft is over that call so many drill seconds later."""

    drone: str
    watched_within_s: Seconds | None = None


class Rejoined(_Objective, frozen=True, kw_only=True, tag="rejoined"):
    """The drone's link was lost in flight, and the same flight was recognised when it was heard again."""

    drone: str


class AsAsked(_Objective, frozen=True, kw_only=True, tag="as_asked"):
    """Nothing did what nobody asked: each flight was opened by a person, no order went to an aircraft
    outside a flight of its own, and no autopilot but those of `but` acted by itself."""

    but: tuple[str, ...] = ()


class JournalVerified(_Objective, frozen=True, kw_only=True, tag="journal_verified"):
    """The journal file proves that nothing in it was edited, deleted, reordered or inserted."""


Objective = (
    OnScene
    | LandedHome
    | WatcherLanded
    | Recommended
    | NotLaunchable
    | Quarantined
    | Covered
    | Alarmed
    | Downed
    | Rejoined
    | AsAsked
    | JournalVerified
)


def calls_of(objective: Objective) -> list[str]:
    """Numbers of the calls an objective names."""
    named = OnScene | Recommended | NotLaunchable | Covered | Alarmed
    return [objective.call] if isinstance(objective, named) else []


def drones_of(objective: Objective) -> list[str]:
    """Callsigns of the drones an objective names."""
    match objective:
        case LandedHome(drone=drone) | Downed(drone=drone) | Rejoined(drone=drone):
            return [drone]
        case AsAsked(but=but):
            return list(but)
        case Recommended(drone=drone, over=over):
            return [drone] if over is None else [drone, over]
        case _:
            return []


def judge(objective: Objective, story: Story, proof: JournalProof) -> Judged:
    """Say whether an objective was met, and in words why or why not."""
    met, detail = _judge(objective, story, proof)
    return Judged(name=objective.name, met=met, detail=detail)


def _judge(objective: Objective, story: Story, proof: JournalProof) -> tuple[bool, str]:
    match objective:
        case JournalVerified():
            return proof.verified and proof.events > 0, proof.detail or f"{proof.events} events"
        case Quarantined(count=count):
            found = len(story.quarantined)
            reasons = "".join(f"; {reason}" for reason in story.quarantined[:3])
            return found == count, f"{found} quarantined, {count} wanted{reasons}"
        case WatcherLanded():
            return _judge_a_watcher_landed(story)
        case LandedHome(drone=drone):
            return _judge_landed([f for f in story.flights.values() if f.drone == drone], drone)
        case Downed():
            return _judge_downed(objective, story)
        case Rejoined(drone=drone):
            return _judge_rejoined([f for f in story.flights.values() if f.drone == drone], drone)
        case AsAsked(but=but):
            return _judge_as_asked(but, story)
        case _:
            call = story.call(objective.call)
            if call is None:
                return False, f"call {objective.call} has not come in"
            return _judge_call(objective, call, story)


def _judge_call(
    objective: OnScene | Recommended | NotLaunchable | Covered | Alarmed, call: CallStory, story: Story
) -> tuple[bool, str]:
    match objective:
        case Covered():
            return _judge_covered(call, objective, story)
        case Alarmed():
            return _judge_alarmed(call, objective, story)
        case OnScene(within_s=within_s):
            return _judge_on_scene(call, within_s)
        case Recommended():
            return _judge_recommended(call, objective)
        case NotLaunchable():
            return _judge_not_launchable(call)


def _judge_on_scene(call: CallStory, within_s: float) -> tuple[bool, str]:
    flight = call.main_flight
    if flight is None:
        return False, "no drone was sent"
    arrived_at = flight.reached(Phase.ON_SCENE)
    if arrived_at is None:
        seen = ", ".join(phase.value for phase in flight.phases) or "nothing"
        return False, f"{flight.drone} was sent but not seen on scene; observed: {seen}"
    took_s = (arrived_at - call.received_at).total_seconds()
    return took_s <= within_s, f"{flight.drone} on scene after {took_s:.1f} s, {within_s:.0f} s allowed"


def _judge_covered(call: CallStory, wanted: Covered, story: Story) -> tuple[bool, str]:
    until = story.last_at
    uncovered_s = call.uncovered_s(until) if until else None
    if uncovered_s is None:
        return False, "nobody has come"
    watched = [flight.drone for flight in call.flights if flight.watched]
    words = f"uncovered for {uncovered_s:.1f} s, watched by {', '.join(watched)}"
    if call.closed_at is None:
        return False, f"not yet, the call goes on: {words}"
    return uncovered_s <= wanted.uncovered_at_most_s and len(watched) >= wanted.flights, words


def _judge_alarmed(call: CallStory, wanted: Alarmed, story: Story) -> tuple[bool, str]:
    raised_at = story.alarms.get(wanted.alarm)
    if raised_at is None:
        others = [
            alarm for alarm in story.alarms if alarm.partition(":")[2] == wanted.alarm.partition(":")[2]
        ]
        return False, f"never raised; there were: {', '.join(others) or 'none about it'}"
    took_s = (raised_at - (call.took_off_at or call.received_at)).total_seconds()
    return took_s <= wanted.within_s, f"raised after {took_s:.1f} s, {wanted.within_s:.0f} s allowed"


def _judge_downed(wanted: Downed, story: Story) -> tuple[bool, str]:
    drone = wanted.drone
    if not any(flight.drone == drone and flight.downed_at for flight in story.flights.values()):
        return False, f"{drone} was not given up as down"
    search = next((call for call in story.calls.values() if call.is_search_for(drone)), None)
    if search is None:
        return False, "given up as down, and no call was opened for the search"
    if wanted.watched_within_s is None:
        return True, f"given up as down; call for the search: {search.call_id}"
    met, words = _judge_on_scene(search, wanted.watched_within_s)
    return met, f"given up as down; {search.call_id}: {words}"


def _judge_rejoined(flights: list[FlightStory], drone: str) -> tuple[bool, str]:
    lost = [flight for flight in flights if flight.lost_at is not None]
    if not lost:
        return False, f"the link of {drone} was not lost in flight"
    for flight in lost:
        if flight.lost_at is not None and flight.rejoined_at is not None:
            silent_s = (flight.rejoined_at - flight.lost_at).total_seconds()
            return True, f"{flight.flight_id} of {drone} was lost, and recognised {silent_s:.0f} s later"
    return False, f"{lost[0].flight_id} of {drone} was lost, and never recognised again"


def _judge_as_asked(but: tuple[str, ...], story: Story) -> tuple[bool, str]:
    wrong = [*story.unasked]
    wrong += [f"{drone}: {'; '.join(did)}" for drone, did in story.acted.items() if drone not in but]
    if wrong:
        return False, "; ".join(wrong[:5])
    named = ", ".join(drone for drone in but if drone in story.acted) or "nobody"
    return True, f"{len(story.flights)} flights, each asked for by a person; seen to act by itself: {named}"


def _judge_landed(flights: list[FlightStory], drone: str) -> tuple[bool, str]:
    flown = [flight for flight in flights if any(phase in AIRBORNE for phase in flight.phases)]
    if not flown:
        return False, f"{drone} did not fly"
    out = [flight.flight_id for flight in flown if flight.reached(Phase.LANDED) is None]
    if out:
        return False, f"{drone} was not seen to land from {', '.join(out)}"
    return True, f"{len(flown)} flight{'s' if len(flown) > 1 else ''}, on the ground"


def _judge_a_watcher_landed(story: Story) -> tuple[bool, str]:
    watchers = {flight.drone: None for flight in story.flights.values() if flight.watched}
    judged = {
        drone: _judge_landed([f for f in story.flights.values() if f.drone == drone], drone)
        for drone in watchers
    }
    if not judged:
        return False, "nobody has watched a scene"
    home = [f"{drone}: {words}" for drone, (is_home, words) in judged.items() if is_home]
    return bool(home), "; ".join(home or [words for _, words in judged.values()])


def _judge_recommended(call: CallStory, wanted: Recommended) -> tuple[bool, str]:
    if call.advice is None:
        return False, "no advice was given"
    best = call.advice.recommended
    if best is None or best.drone != wanted.drone:
        return False, f"{best.drone if best else 'no drone'} was recommended, not {wanted.drone}"
    if wanted.over is None:
        return True, f"{best.drone}: {best.why}"
    loser = next((each for each in call.advice.candidates if each.drone == wanted.over), None)
    if loser is None:
        return False, f"{wanted.over} was not weighed"
    failed = [gate.gate for gate in loser.gates if gate.verdict in (Verdict.BLOCK, Verdict.UNKNOWN)]
    is_so = wanted.because is None or wanted.because in failed
    return is_so, f"{best.drone} recommended; {wanted.over} lost: {loser.why}"


def _judge_not_launchable(call: CallStory) -> tuple[bool, str]:
    if call.flights:
        return False, f"{call.flights[0].drone} was sent"
    if call.advice is None:
        return False, "no advice was given"
    if call.advice.recommended is not None:
        return False, f"{call.advice.recommended.drone} was recommended"
    whys = [candidate.why for candidate in call.advice.candidates]
    return True, whys[0] if whys else "there is no drone"
