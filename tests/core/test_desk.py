"""The desk: order, store before tell, once only, and what is still done without a journal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest
from tests.support import House, call, came_up, running, until

from rtcc_core.deciding import AnswerBook
from rtcc_core.domain.commands import (
    AnyCommand,
    Command,
    HoldDrone,
    LandDrone,
    LaunchDrone,
    ReturnDrone,
    TakeCall,
)
from rtcc_core.domain.events import (
    CallReceived,
    CommandRefused,
    JournalGapClosed,
    MessageQuarantined,
    Stored,
)
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.facts import CallReported, ConsoleClosed, ConsoleOpened, OrderSentOut, OrderSettled
from rtcc_core.domain.flight import Outcome, Verb
from rtcc_core.domain.state import State
from rtcc_core.ports import JournalUnavailable
from rtcc_core.replay import Replay
from rtcc_core.wire.console import AnswerStatus

LAUNCH = LaunchDrone(command_id="c1", drone="D1", call_id="1041")


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House(drones=("D1", "D2"))
    async with running(house.desk):
        await house.open()
        yield house


async def test_a_launch_is_stored_then_told_then_carried(house: House) -> None:
    seen = house.fanout.subscribe()
    answer = await house.desk.submit_command(LAUNCH, "reyes")
    assert answer.status is AnswerStatus.DONE, answer.reasons
    assert house.journal.kinds()[-5:] == [
        "FlightOpened",
        "PhaseObserved",
        "ControlTaken",
        "WayChosen",
        "OrderAsked",
    ]
    assert [stored.cause for stored in house.journal.stored[-5:]] == ["c1"] * 5
    assert answer.seq == house.desk.state.seq == house.journal.stored[-1].seq
    assert seen.take_facts(9) == tuple(house.journal.stored[-5:])
    assert [order.verb for order in house.orders] == [Verb.LAUNCH]


async def test_nobody_is_told_before_the_journal_has_it(house: House) -> None:
    seen = house.fanout.subscribe()
    before = house.desk.state
    house.journal.gate.clear()
    asking = asyncio.create_task(house.desk.submit_command(LAUNCH, "reyes"))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not asking.done()
    assert house.orders == []
    assert seen.take_facts(9) == ()
    assert house.desk.state is before
    house.journal.gate.set()
    assert (await asking).status is AnswerStatus.DONE
    assert len(house.orders) == 1


async def test_what_waits_is_stored_in_one_transaction_and_in_order(house: House) -> None:
    house.journal.gate.clear()
    first = asyncio.create_task(house.desk.store([call("1")], source="feed:COUNTY"))
    for _ in range(5):
        await asyncio.sleep(0)
    more = [
        asyncio.create_task(house.desk.store([call(str(number))], source="feed:COUNTY"))
        for number in range(2, 21)
    ]
    await asyncio.sleep(0)
    house.journal.gate.set()
    await asyncio.gather(first, *more)
    received = [s.event.call_id for s in house.journal.stored if isinstance(s.event, CallReceived)]
    assert received == ["1041", *(str(number) for number in range(1, 21))]
    assert house.journal.appends[-1] == 2 * 19


async def test_the_same_command_twice_is_done_once(house: House) -> None:
    both = await asyncio.gather(*(house.desk.submit_command(LAUNCH, "reyes") for _ in range(2)))
    again = await house.desk.submit_command(LAUNCH, "reyes")
    assert both[0] == both[1] == again
    assert again.status is AnswerStatus.DONE
    assert len(house.orders) == 1


async def test_a_refusal_leaves_a_trace_and_is_answered_the_same_after_a_restart(house: House) -> None:
    refused = await house.desk.submit_command(LAUNCH, "ives")
    assert refused.status is AnswerStatus.REFUSED
    assert refused.reasons
    event = house.journal.stored[-1].event
    assert isinstance(event, CommandRefused)
    assert (event.command, event.drone, event.call_id) == ("LaunchDrone", "D1", "1041")
    replay = Replay()
    await replay.follow(house.journal)
    assert replay.state == house.desk.state
    desk = house.new_desk(replay.state, replay.answers)
    async with running(desk):
        assert await desk.submit_command(LAUNCH, "ives") == refused


async def test_a_second_launch_in_the_same_batch_sees_the_first(house: House) -> None:
    second = LaunchDrone(command_id="c2", drone="D1", call_id="1041")
    one, two = await asyncio.gather(
        house.desk.submit_command(LAUNCH, "reyes"), house.desk.submit_command(second, "reyes")
    )
    assert (one.status, two.status) == (AnswerStatus.DONE, AnswerStatus.REFUSED)
    assert len(house.orders) == 1


@pytest.mark.parametrize("command_id", ["", "#12", "x" * 65])
async def test_a_command_id_that_cannot_be_one_is_refused(house: House, command_id: str) -> None:
    asked = TakeCall(command_id=command_id, call_id="1041")
    assert (await house.desk.submit_command(asked, "reyes")).status is AnswerStatus.REFUSED


async def test_a_repeated_report_decides_to_nothing(house: House) -> None:
    before = len(house.journal.stored)
    await house.desk.store([call(), call()], source="feed:COUNTY")
    assert len(house.journal.stored) == before


async def test_without_a_journal_launches_are_refused_and_recalls_carried(house: House) -> None:
    await house.desk.submit_command(LAUNCH, "reyes")
    house.flying("D1")
    house.orders.clear()
    house.journal.trouble = "the disk is full"
    stored = list(house.journal.stored)
    with pytest.raises(JournalUnavailable, match="the disk is full"):
        await house.desk.store([call("7")], source="feed:COUNTY")
    refused = await house.desk.submit_command(
        LaunchDrone(command_id="c3", drone="D2", call_id="1041"), "reyes"
    )
    assert refused.status is AnswerStatus.REFUSED
    assert "the disk is full" in refused.reasons[0]
    answers = [
        await house.desk.submit_command(asked, "reyes")
        for asked in (
            HoldDrone(command_id="h", drone="D1"),
            ReturnDrone(command_id="r", drone="D1"),
            LandDrone(command_id="l", drone="D2"),
        )
    ]
    again = await house.desk.submit_command(ReturnDrone(command_id="r", drone="D1"), "reyes")
    assert {answer.status for answer in (*answers, again)} == {AnswerStatus.UNRECORDED}
    assert [order.verb for order in house.orders] == [Verb.HOLD, Verb.RETURN, Verb.LAND]
    assert len({order.order_id for order in house.orders}) == 3
    assert house.journal.stored == stored
    assert "the disk is full" in house.desk.health.journal_error
    observer = await house.desk.submit_command(HoldDrone(command_id="o", drone="D1"), "ives")
    assert observer.status is AnswerStatus.REFUSED


async def test_a_journal_that_hangs_delays_no_recall(house: House) -> None:
    house.flying("D2")
    house.desk = house.new_desk(house.desk.state, AnswerBook(), recall_waits_s=0.01)
    async with running(house.desk):
        house.journal.gate.clear()
        hold = asyncio.create_task(house.desk.submit_command(HoldDrone(command_id="h1", drone="D2"), "reyes"))
        launch = asyncio.create_task(house.desk.submit_command(LAUNCH, "reyes"))
        nobody = asyncio.create_task(
            house.desk.submit_command(HoldDrone(command_id="h2", drone="D2"), "stranger")
        )
        await until(lambda: bool(house.orders))
        assert [(order.verb, order.drone) for order in house.orders] == [(Verb.HOLD, "D2")]
        assert not hold.done(), "it is answered when it is written down"
        house.journal.gate.set()
        answers = await asyncio.gather(hold, launch, nobody)
        assert [answer.status for answer in answers] == [
            AnswerStatus.DONE,
            AnswerStatus.DONE,
            AnswerStatus.REFUSED,
        ]
        verbs = [(order.verb, order.drone) for order in house.orders]
        assert verbs == [(Verb.HOLD, "D2"), (Verb.HOLD, "D2"), (Verb.LAUNCH, "D1")]
        assert len({order.order_id for order in house.orders}) == 3


async def test_a_gap_is_written_down_when_the_journal_is_back(house: House) -> None:
    house.journal.trouble = "the disk is full"
    await house.desk.submit_command(ReturnDrone(command_id="r", drone="D1"), "reyes")
    order = house.orders[-1]
    await house.desk.store([OrderSentOut(drone="D1", order_id=order.order_id)], source="core")
    settled = OrderSettled(drone="D1", order_id=order.order_id, outcome=Outcome.ACCEPTED)
    await house.desk.store([settled], source="core")
    house.journal.trouble = ""
    await house.desk.store([call("8")], source="feed:COUNTY")
    gap = next(s.event for s in house.journal.stored if isinstance(s.event, JournalGapClosed))
    assert [(one.order_id, one.outcome) for one in gap.orders] == [(order.order_id, Outcome.ACCEPTED)]
    assert house.desk.health.journal_error == ""
    assert house.journal.kinds()[-1] == "AdviceGiven"


async def test_the_journal_is_tried_again_by_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtcc_core.desk.RETRY_EVERY_S", 0.01)
    house.journal.trouble = "the disk is full"
    with pytest.raises(JournalUnavailable):
        await house.desk.store([call("9")], source="feed:COUNTY")
    house.journal.trouble = ""
    await until(lambda: "JournalGapClosed" in house.journal.kinds())


async def test_a_start_without_a_journal_knows_its_people_and_writes_the_roster_later() -> None:
    house = House()
    house.journal.trouble = "read-only"
    async with running(house.desk):
        await house.desk.open(came_up())
        answer = await house.desk.submit_command(ReturnDrone(command_id="r", drone="D1"), "reyes")
        assert answer.status is AnswerStatus.UNRECORDED
        house.journal.trouble = ""
        await house.desk.store([call()], source="feed:COUNTY")
    assert house.journal.kinds()[:2] == ["CoreStarted", "JournalGapClosed"]
    assert await _replayed(house) == house.desk.state


class Unforeseen(Command, frozen=True, kw_only=True):
    """A command that nobody wrote a decision for: a mistake of ours."""


class OddReport(CallReported, frozen=True, kw_only=True):
    """A report that nobody wrote a decision for."""


async def test_a_mistake_of_ours_refuses_one_input_and_the_desk_goes_on(house: House) -> None:
    mistake = cast("AnyCommand", Unforeseen(command_id="bad"))
    answer, fine = await asyncio.gather(
        house.desk.submit_command(mistake, "reyes"),
        house.desk.submit_command(TakeCall(command_id="good", call_id="1041"), "reyes"),
    )
    assert answer.status is AnswerStatus.REFUSED
    assert "the core made a mistake" in answer.reasons[0]
    assert fine.status is AnswerStatus.DONE


async def test_a_mistake_in_the_fold_takes_back_one_input_and_the_desk_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fold(state: State, stored: Stored) -> State:
        if getattr(stored.event, "drone", "") == "D2":
            raise ZeroDivisionError("no such aircraft")
        return evolve(state, stored)

    monkeypatch.setattr("rtcc_core.deciding.evolve", fold)
    hold, fine = await asyncio.gather(
        house.desk.submit_command(LaunchDrone(command_id="bad", drone="D2", call_id="1041"), "reyes"),
        house.desk.submit_command(LAUNCH, "reyes"),
    )
    assert hold.status is AnswerStatus.REFUSED
    assert "ZeroDivisionError" in hold.reasons[0]
    assert fine.status is AnswerStatus.DONE
    assert [order.drone for order in house.orders] == ["D1"]


async def test_a_call_that_cannot_be_decided_is_kept_whole(house: House) -> None:
    odd = OddReport(report=call("7").report, original="{…}")
    await house.desk.store([odd, call("8")], source="feed:COUNTY")
    assert house.journal.kinds()[-3:] == ["MessageQuarantined", "CallReceived", "AdviceGiven"]
    kept = house.journal.stored[-3].event
    assert isinstance(kept, MessageQuarantined)
    assert kept.original == "{…}"


async def test_a_caller_that_gave_up_does_not_stop_the_desk(house: House) -> None:
    house.journal.gate.clear()
    waiting = asyncio.create_task(house.desk.store([call("5")], source="feed:COUNTY"))
    for _ in range(5):
        await asyncio.sleep(0)
    waiting.cancel()
    house.journal.gate.set()
    await house.desk.store([call("6")], source="feed:COUNTY")
    assert "5" in house.desk.state.calls


async def test_a_closed_desk_finishes_what_waits_and_takes_no_more() -> None:
    house = House()
    task = asyncio.create_task(house.desk.run())
    await house.desk.open(came_up())
    last = asyncio.create_task(house.desk.store([call()], source="feed:COUNTY"))
    await asyncio.sleep(0)
    await house.desk.close()
    await asyncio.gather(last, task)
    with pytest.raises(JournalUnavailable, match="going down"):
        await house.desk.store([call("2")], source="feed:COUNTY")


async def test_events_of_one_fact_name_the_first_as_their_cause(house: House) -> None:
    await house.desk.store([call("77")], source="feed:COUNTY")
    received, advice = house.journal.stored[-2:]
    assert (received.cause, advice.cause) == ("", f"#{received.seq}")


async def _replayed(house: House) -> State:
    replay = Replay()
    await replay.follow(house.journal)
    return replay.state


async def test_who_came_and_went_in_a_gap_is_written_down_and_a_pilot_who_left_is_missed(
    house: House,
) -> None:
    opened = ConsoleOpened(console_id="a", account="reyes", uid=1_000)
    await house.desk.store([opened], source="reyes")
    await house.desk.submit_command(LAUNCH, "reyes")
    house.journal.trouble = "the disk is full"
    await house.desk.store([ConsoleClosed(console_id="a", account="reyes")], source="reyes")
    house.journal.trouble = ""
    await house.desk.store([call("8")], source="feed:COUNTY")
    kinds = house.journal.kinds()
    assert kinds[kinds.index("JournalGapClosed") :][:3] == ["JournalGapClosed", "ConsoleLeft", "LeaseBegan"]
    assert not house.desk.state.consoles
    assert house.desk.state.control["D1"].lease_until is not None


async def test_the_same_id_for_something_else_is_answered_as_the_first_time(house: House) -> None:
    first = await house.desk.submit_command(LAUNCH, "reyes")
    other = await house.desk.submit_command(LandDrone(command_id="c1", drone="D1"), "reyes")
    assert other == first
    assert [order.verb for order in house.orders] == [Verb.LAUNCH]


async def test_two_consoles_at_once_get_a_clear_answer_each(house: House) -> None:
    seen = house.desk.state.seq
    one, two = await asyncio.gather(
        house.desk.submit_command(
            LaunchDrone(command_id="a", drone="D1", call_id="1041", seen_seq=seen), "reyes"
        ),
        house.desk.submit_command(
            LaunchDrone(command_id="b", drone="D2", call_id="1041", seen_seq=seen), "ives"
        ),
    )
    assert one.status is AnswerStatus.DONE
    assert two.status is AnswerStatus.REFUSED
    assert two.reasons == ("A. REYES sent D1 to 1041 since you looked; look, and ask again",)
