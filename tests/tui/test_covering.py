"""Who has which call: a second aircraft is said to be one, and what takes the last one away says so."""

from __future__ import annotations

from tests.tui.fakecore import SCENE, SOUTH, FakeCore, in_air, on_ground

from rtcc_core.domain import events as ev
from rtcc_core.domain.advice import advise
from rtcc_core.domain.call import Call, Place
from rtcc_core.domain.commands import DivertDrone, LandDrone, LaunchDrone, ReturnDrone, TakeCall
from rtcc_core.domain.flight import Phase
from rtcc_core.domain.geo import offset
from rtcc_core.domain.suggestions import SuggestionKind
from rtcc_tui.confirmations import command_words
from rtcc_tui.keys import Keys
from rtcc_tui.looking import View
from rtcc_tui.screenful import draw
from rtcc_tui.session import Session
from rtcc_tui.spans import Tone
from rtcc_tui.views.queue import drone_state

NOW = 100.0


def two_calls() -> FakeCore:
    """A P1 that D1 goes to, a P2 that nobody goes to, and D2 as the only aircraft left."""
    core = FakeCore()
    core.calm()
    core.call("1041", priority=1)
    core.call(
        "1043",
        priority=2,
        type_text="ALARM",
        place=Place(position=offset(SOUTH, 90.0, 400.0), uncertainty_m=5),
    )
    core.tell(LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    return core


def sent(core: FakeCore, call_id: str) -> None:
    """D2 flies to a call."""
    core.happens(ev.FlightOpened(flight_id="F9", drone="D2", call_id=call_id, target=SCENE, gates=()))
    core.happens(ev.PhaseObserved(flight_id="F9", drone="D2", phase=Phase.TRANSIT, evidence="seen"))
    core.sees(in_air("D2", offset(SCENE, 180.0, 500.0), 75.0, ground_speed_m_s=12.0))


def seen(core: FakeCore, selected: str = "1041") -> Session:
    session = Session(send=lambda _: None, new_id=lambda: "id")
    session.received(core.welcome(), NOW)
    session.received(core.frame(), NOW)
    session.selected = selected
    return session


def screen(session: Session, size: tuple[int, int] = (120, 40)) -> str:
    return "\n".join(draw(session, NOW, *size))


def call(session: Session, call_id: str = "1041") -> Call:
    found = session.model.state.calls.get(call_id)
    assert found is not None
    return found


class TestASecondAircraft:
    def test_the_last_one_is_kept_for_the_call_that_has_nobody(self) -> None:
        core = two_calls()
        advice = advise(core.state, core.state.calls["1041"], core.sky, core.at)
        assert advice.recommended is None
        kept = next(each for each in advice.candidates if each.drone == "D2")
        assert kept.kept_for == "1043"
        assert "the only one left for 1043 P2" in kept.why

    def test_without_another_call_nothing_is_kept(self) -> None:
        core = two_calls()
        sent(core, "1043")
        state = core.state
        assert not [
            each for each in advise(state, state.calls["1041"], core.sky, core.at).candidates if each.kept_for
        ]

    def test_the_mark_is_withdrawn_once_the_call_has_one(self) -> None:
        session = seen(two_calls())
        assert "D1 ON THIS CALL" in screen(session)
        assert not [line for line in screen(session).splitlines() if "▸1 D" in line]
        session.selected = "1043"
        assert [line for line in screen(session).splitlines() if "▸1 D2" in line]

    def test_a_launch_says_that_it_is_a_second_one_and_whom_it_takes_it_from(self) -> None:
        session = seen(two_calls())
        Keys(session).press("l", "l", NOW)
        words = command_words(session, LaunchDrone(command_id="", drone="D2", call_id="1041"), NOW)
        assert words.startswith("SECOND AIRCRAFT to 1041 (D1 is over it): LAUNCH D2")
        assert words.endswith("D2 is the only one left for 1043 P2")
        assert "SECOND AIRCRAFT to 1041" in screen(session, (80, 24))

    def test_the_first_one_is_not_a_second_one(self) -> None:
        session = seen(two_calls(), "1043")
        words = command_words(session, LaunchDrone(command_id="", drone="D2", call_id="1043"), NOW)
        assert words.startswith("LAUNCH D2")

    def test_one_that_goes_home_is_no_first_one(self) -> None:
        core = two_calls()
        becomes(core, Phase.RETURNING)
        session = seen(core)
        words = command_words(session, LaunchDrone(command_id="", drone="D2", call_id="1041"), NOW)
        assert words.startswith("LAUNCH D2")
        assert "D1 LEAVING" in screen(session)

    def test_relief_is_not_kept_from_a_flight(self) -> None:
        session = seen(two_calls())
        assert session.reliever("D1", NOW) == "D2"


def becomes(core: FakeCore, phase: Phase) -> None:
    """D1 is seen to do that."""
    flight = core.state.flight_of("D1")
    assert flight is not None
    core.happens(ev.PhaseObserved(flight_id=flight.flight_id, drone="D1", phase=phase, evidence="seen"))


class TestWhatLeavesACallBare:
    def test_a_return_and_a_landing_say_who_will_have_nobody(self) -> None:
        session = seen(two_calls())
        for command in (ReturnDrone(command_id="", drone="D1"), LandDrone(command_id="", drone="D1")):
            assert command_words(session, command, NOW).endswith("; 1041 P1 will have nobody")

    def test_with_a_second_one_they_do_not(self) -> None:
        core = two_calls()
        sent(core, "1041")
        session = seen(core)
        assert "nobody" not in command_words(session, ReturnDrone(command_id="", drone="D1"), NOW)

    def test_a_call_that_had_one_does_not_say_none_yet(self) -> None:
        core = two_calls()
        becomes(core, Phase.RETURNING)
        at = core.at
        becomes(core, Phase.LANDED)
        core.sees(on_ground("D1"))
        session = seen(core)
        assert drone_state(session, call(session))[0] == f"D1 left {at:%H:%M}Z"
        assert drone_state(session, call(session, "1043"))[0] == "none yet"

    def test_one_that_somebody_took_says_so_all_the_same(self) -> None:
        core = two_calls()
        core.tell(TakeCall(command_id="t", call_id="1041"), by="reyes")
        core.tell(TakeCall(command_id="u", call_id="1043"), by="reyes")
        at = core.at
        becomes(core, Phase.RETURNING)
        becomes(core, Phase.LANDED)
        core.sees(on_ground("D1"))
        session = seen(core)
        assert drone_state(session, call(session))[0] == f"D1 left {at:%H:%M}Z"
        assert drone_state(session, call(session, "1043"))[0] == "taken A. REYES"


def test_one_that_was_stopped_says_how_it_goes_back() -> None:
    core = two_calls()
    becomes(core, Phase.HOLDING)
    session = seen(core)
    assert ":orbit D1 goes back" in screen(session, (80, 24))
    session.view = View.FLIGHT
    assert ":orbit D1 goes back" in screen(session, (80, 24))


class TestASuggestion:
    WORDS = "divert D2 to 1041 P1: overhead 0:40; nobody else is free; 1043 P2 uncovered"

    def suggested(self) -> Session:
        core = two_calls()
        sent(core, "1043")
        divert = DivertDrone(command_id="", drone="D2", call_id="1041")
        core.suggests(divert, self.WORDS, SuggestionKind.DIVERT)
        return seen(core)

    def test_beside_an_answer_it_still_says_what_it_would_do(self) -> None:
        session = self.suggested()
        session.say("ASKED: return D3")
        text = screen(session, (80, 24))
        assert "ASKED: return D3" in text
        assert "SUGGESTED divert D2 to 1041 P1: overhead 0:40; nobody" in text

    def test_an_answer_that_was_read_gives_way_to_it(self) -> None:
        session = self.suggested()
        session.say("ASKED: return D3")
        session.ticked(NOW)
        text = "\n".join(draw(session, NOW + 6.0, 80, 24))
        assert "ASKED: return D3" not in text
        assert "uncovered (0:06 ago" in text

    def test_a_refusal_stays(self) -> None:
        session = self.suggested()
        session.say("REFUSED: return D3", Tone.WARN)
        session.ticked(NOW)
        assert "REFUSED: return D3" in "\n".join(draw(session, NOW + 6.0, 80, 24))


class TestTheCandidates:
    def test_an_aircraft_is_not_blocked_on_its_own_call(self) -> None:
        text = screen(seen(two_calls()))
        row = next(line for line in text.splitlines() if " D1 " in line and "HQ " in line and "│" in line)
        assert "on this call" in row
        assert "BLOCK" not in row

    def test_where_only_a_divert_is_left_it_says_so(self) -> None:
        core = two_calls()
        sent(core, "1043")
        core.call("1050", priority=1)
        text = screen(seen(core, "1050"), (200, 48))
        assert "NONE ON THE GROUND; D2 can be diverted" in text
        assert "NONE ON THE GROUND; divert D2" in screen(seen(core, "1050"), (80, 24))
        assert "MAY GO BY ITSELF" not in text
