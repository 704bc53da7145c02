"""The fleet's port against aircraft that do what real ones do: restart, flood, garble, fall silent."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import struct
import time
from collections.abc import AsyncIterator

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from tests.fleet_bench import Bench, free_port, listening_at, until
from tests.mavlink_peers import HOME_E7, Peer, peers

from rtcc_core.adapters.mavsdk_radio import STEP_S, Arrivals, Radio
from rtcc_core.domain.flight import Verb
from rtcc_core.domain.programme import Programme

PROGRAMME = Programme(agency="Test")
TAMED_POSITION = (33, 100_000)


@contextlib.asynccontextmanager
async def heard(*wanted: Peer, port: int, roster: int = 3) -> AsyncIterator[Bench]:
    """A fleet that hears these aircraft."""
    bench = Bench(listening_at(port), PROGRAMME, range(1, roster + 1))
    async with peers(*wanted):
        await bench.fleet.start()
        try:
            for peer in wanted:
                callsign = f"D{peer.sysid}"
                await until(functools.partial(_is_heard, bench, callsign), callsign)
            yield bench
        finally:
            await bench.fleet.stop()


def _is_heard(bench: Bench, callsign: str) -> bool:
    return bench.see(callsign).position is not None and bench.see(callsign).is_connected


def _is_heard_since(bench: Bench, at: float) -> bool:
    age_s = bench.see().position_age_s
    return age_s is not None and age_s < time.monotonic() - at


async def test_a_restart_is_the_same_aircraft_and_no_twin() -> None:
    port = free_port()
    peer = Peer(1, ("127.0.0.1", port))
    async with heard(peer, port=port) as bench:
        for _ in range(2):
            peer.booted_at -= 3_600.0
            await until(lambda: (bench.see().position_age_s or 9.0) < 0.3)
            await peer.restart()
            restarted_at = time.monotonic()
            await until(functools.partial(_is_heard_since, bench, restarted_at))
            assert bench.see().trouble == ""
        await bench.obeys(Verb.HOLD)  # reaches its new port


async def test_an_aircraft_under_another_sysid_is_a_stranger_and_its_old_one_is_lost() -> None:
    port = free_port()
    peer = Peer(1, ("127.0.0.1", port))
    async with heard(peer, port=port) as bench:
        await peer.restart(sysid=77)
        await until(lambda: bench.sink.strangers() == [77], "a stranger")
        await until(lambda: not bench.see().is_connected, "D1 lost")
        assert (bench.see().link_age_s or 0.0) > 2.0


async def test_a_flood_is_tamed_and_tamed_again_after_a_restart() -> None:
    port = free_port()
    peer = Peer(1, ("127.0.0.1", port))
    peer.position_hz = 50.0
    async with heard(peer, port=port) as bench:
        await until(lambda: TAMED_POSITION in peer.asked, "asked to send less")
        await until(lambda: {30, 31, 32} <= {number for number, _ in peer.asked}, "and less of the rest")
        await peer.restart()
        await until(lambda: TAMED_POSITION in peer.asked, "asked again")
        assert bench.see().trouble == ""


async def test_an_ardupilot_is_asked_for_its_rates_again_after_a_reboot() -> None:
    port = free_port()
    peer = Peer(1, ("127.0.0.1", port), is_ardupilot=True)
    async with heard(peer, port=port) as bench:
        await peer.restart()
        await until(lambda: any(number == 33 for number, _ in peer.asked), "asked again")
        await until(lambda: (bench.see().position_age_s or 9.0) < 0.3, "heard again")
        assert bench.see().autopilot == "ArduPilot"


async def test_a_jump_of_the_boot_clock_is_no_twin() -> None:
    port = free_port()
    peer = Peer(1, ("127.0.0.1", port))
    async with heard(peer, port=port) as bench:
        for jump_s in (86_400.0, -43_200.0):
            peer.booted_at -= jump_s
            await until(functools.partial(_is_heard_since, bench, time.monotonic()))
        assert bench.see().trouble == ""


async def test_fifty_aircraft_are_all_heard_and_all_hold() -> None:
    port = free_port()
    wanted = [Peer(sysid, ("127.0.0.1", port)) for sysid in range(1, 51)]
    async with heard(*wanted, port=port, roster=50) as bench:
        await asyncio.gather(*(bench.obeys(Verb.HOLD, drone=f"D{peer.sysid}") for peer in wanted))
        for peer in wanted:
            seen = bench.see(f"D{peer.sysid}")
            assert seen.position is not None
            assert round(seen.position.longitude_deg * 1e7) == HOME_E7[1] + peer.sysid * 10_000
            assert seen.trouble == ""


async def test_the_age_of_a_link_is_the_age_of_the_last_word() -> None:
    port = free_port()
    peer = Peer(1, ("127.0.0.1", port))
    async with heard(peer, port=port) as bench:
        peer.is_silent = True
        spoke_at = peer.spoke_at
        await until(lambda: (bench.see().link_age_s or 0.0) > 1.0, "silence seen")
        silent_s = time.monotonic() - spoke_at
        age_s = bench.see().link_age_s or 0.0
        assert silent_s - 0.05 <= age_s <= time.monotonic() - spoke_at + 0.5


async def test_an_order_reaches_its_own_aircraft_only() -> None:
    port = free_port()
    one, other = Peer(1, ("127.0.0.1", port)), Peer(2, ("127.0.0.1", port))
    async with heard(one, other, port=port) as bench:
        await bench.obeys(Verb.HOLD)
        await bench.obeys(Verb.LAND, drone="D2")
        assert mavlink.MAV_CMD_DO_SET_MODE in one.commands
        assert mavlink.MAV_CMD_NAV_LAND in other.commands
        assert mavlink.MAV_CMD_DO_SET_MODE not in other.commands
        assert mavlink.MAV_CMD_NAV_LAND not in one.commands


async def test_garbage_changes_nothing_that_is_known() -> None:
    port = free_port()
    peer = Peer(1, ("127.0.0.1", port))
    async with heard(peer, port=port) as bench:
        before = bench.see().position
        bad = bytearray(peer.pack(peer.position(lat=100, lon=100)))
        bad[-1] ^= 0xFF
        lie = bytes(bad)
        for datagram in (lie, b"\xfd" * 4_000, b"", b"\xfe\xff" * 900, lie[:9], b"\0" * 60_000, lie * 200):
            peer.send_bytes(datagram)
        peer.send_bytes(
            b"noise" + lie + peer.pack(mavlink.MAVLink_statustext_message(2, b"still here", 0, 0))
        )
        await until(lambda: "still here" in bench.sink.texts(), "what came after the garbage")
        assert before is not None
        assert bench.see().position == before
        assert bench.see().trouble == ""


async def test_what_waited_in_the_kernel_is_known_to_be_old() -> None:
    radio = Radio("udpin://127.0.0.1:0")
    arrived: list[float] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", radio.address)
        await asyncio.sleep(0.2)  # the process was stopped
        began_at = time.monotonic()
        radio.start(lambda datagram, address, at: arrived.append(at))
        await until(lambda: bool(arrived))
    radio.close()
    assert arrived[0] <= began_at - 0.1


def test_a_step_of_the_wall_clock_is_no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    wall_s, mono_s = [1_700_000_000.0], [500.0]
    monkeypatch.setattr(time, "time", lambda: wall_s[0])
    monkeypatch.setattr(time, "monotonic", lambda: mono_s[0])

    def stamped(wall: float) -> list[tuple[int, int, bytes]]:
        return [(1, 35, struct.pack("@ll", int(wall), int(wall % 1 * 1e9)))]

    arrivals = Arrivals()
    assert arrivals.at(stamped(wall_s[0] - 0.25)) == pytest.approx(499.75)
    for step_s in (3_600.0, -7_200.0):
        before_s = wall_s[0]
        wall_s[0] += step_s
        assert arrivals.at(stamped(before_s)) == mono_s[0]
        mono_s[0] += STEP_S
        wall_s[0] += STEP_S
        assert arrivals.at(stamped(wall_s[0] - 0.25)) == pytest.approx(mono_s[0] - 0.25)
    assert arrivals.at([]) == mono_s[0]


async def test_one_datagram_that_fails_leaves_the_others_heard() -> None:
    radio = Radio("udpin://127.0.0.1:0")
    taken: list[bytes] = []

    def take(datagram: bytes, address: object, at: float) -> None:
        taken.append(datagram)
        if datagram == b"1":
            raise ValueError("a fault of ours")

    radio.start(take)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in (b"1", b"2"):
            sender.sendto(datagram, radio.address)
        await until(lambda: len(taken) >= 2)
    assert taken == [b"1", b"2"]
    radio.close()
    radio.close()


@pytest.mark.parametrize("url", ["udpin://127.0.0.1", "udpin://127.0.0.1:99999", "udpin://[::1:1"])
def test_an_address_that_is_none_says_so(url: str) -> None:
    with pytest.raises(OSError, match="not an address for aircraft"):
        Radio(url)


async def test_the_other_end_can_be_the_one_that_waits() -> None:
    """`udpout`: the aircraft listens, and speaks when it has heard us."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as aircraft:
        aircraft.bind(("127.0.0.1", 0))
        aircraft.setblocking(False)
        bench = Bench(f"udpout://127.0.0.1:{aircraft.getsockname()[1]}", PROGRAMME)
        await bench.fleet.start()
        try:
            async with asyncio.timeout(30.0):
                _, address = await loop.sock_recvfrom(aircraft, 2_048)
            peer = Peer(1, address)
            async with peers(peer):
                await until(lambda: bench.see().position is not None)
                assert bench.see().position is not None
        finally:
            await bench.fleet.stop()


async def test_a_line_that_is_not_udp_is_heard_and_obeyed_the_same_way() -> None:
    peer = Peer(1, ("127.0.0.1", 9))
    taken: list[int] = []

    async def fly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(peer.pack(peer.heartbeat()) + peer.pack(peer.position()))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.1):
                        taken.extend(_answer(peer, await reader.read(4_096), writer))
        writer.close()

    async with await asyncio.start_server(fly, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        bench = Bench(f"tcpout://127.0.0.1:{port}", PROGRAMME)
        await bench.fleet.start()
        try:
            await until(lambda: bench.see().position is not None)
            await bench.obeys(Verb.HOLD)
            assert mavlink.MAV_CMD_DO_SET_MODE in taken
            assert bench.see().trouble == ""
        finally:
            await bench.fleet.stop()


def _answer(peer: Peer, data: bytes, writer: asyncio.StreamWriter) -> list[int]:
    """Acknowledge the commands in what was received; their numbers."""
    commands = [
        message.command
        for message in mavlink.MAVLink(None).parse_buffer(data) or []
        if message.get_type() == "COMMAND_LONG"
    ]
    for command in commands:
        writer.write(peer.pack(mavlink.MAVLink_command_ack_message(command, 0)))
    return commands
