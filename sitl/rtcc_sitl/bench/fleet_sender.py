"""The fleet bench's aircraft, in a process of their own: one UDP socket each, ten times a second, and every
command acknowledged at once. It prints its control port; there `silence FIRST LAST` takes aircraft off the
air. It ends with its stdin."""

from __future__ import annotations

import argparse
import contextlib
import selectors
import socket
import sys
import time

from rtcc_sitl.bench.fleet_aircraft import FakeAircraft

SLOTS = 10
"""Parts of the period over which the aircraft are spread."""
DATAGRAM_BYTES = 2048

Aircraft = list[tuple[FakeAircraft, socket.socket]]


def main() -> None:
    """Send until stdin closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--aircraft", type=int, required=True)
    parser.add_argument("--hz", type=float, required=True)
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        aircraft = [
            (FakeAircraft(number + 1), stack.enter_context(_socket())) for number in range(arguments.aircraft)
        ]
        control = stack.enter_context(_socket())
        selector = stack.enter_context(selectors.DefaultSelector())
        for each, its_socket in aircraft:
            selector.register(its_socket, selectors.EVENT_READ, each)
        selector.register(control, selectors.EVENT_READ, "control")
        selector.register(sys.stdin, selectors.EVENT_READ, "stdin")
        sys.stdout.write(f"{control.getsockname()[1]}\n")
        sys.stdout.flush()
        _run(selector, aircraft, ("127.0.0.1", arguments.port), 1.0 / arguments.hz / SLOTS)


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.setblocking(False)
    return made


def _run(selector: selectors.BaseSelector, aircraft: Aircraft, to: tuple[str, int], slot_s: float) -> None:
    began_s, done = time.monotonic(), 0
    while True:
        wait_s = began_s + done * slot_s - time.monotonic()
        if wait_s <= 0:
            tick, slot = divmod(done, SLOTS)
            done += 1
            for each, its_socket in aircraft[slot::SLOTS]:
                _send(each, its_socket, tick, to)
        for key, _ in selector.select(max(0.0, wait_s)):
            if key.data == "stdin":
                return
            if isinstance(key.data, FakeAircraft):
                _answer(key.data, key.fileobj)
            else:
                _obey(key.fileobj, aircraft)


def _send(aircraft: FakeAircraft, its_socket: socket.socket, tick: int, to: tuple[str, int]) -> None:
    if not aircraft.is_silent:
        for frame in aircraft.frames(tick):
            with contextlib.suppress(OSError):
                its_socket.sendto(frame, to)


def _answer(aircraft: FakeAircraft, its_socket: object) -> None:
    assert isinstance(its_socket, socket.socket)
    with contextlib.suppress(OSError):
        datagram, sender = its_socket.recvfrom(DATAGRAM_BYTES)
        answer = aircraft.answer(datagram)
        if answer is not None and not aircraft.is_silent:
            its_socket.sendto(answer, sender)


def _obey(control: object, aircraft: Aircraft) -> None:
    assert isinstance(control, socket.socket)
    with contextlib.suppress(OSError):
        words = control.recv(DATAGRAM_BYTES).split()
        first, last = int(words[1]), int(words[2])
        for each, _ in aircraft:
            each.is_silent = first <= each.sysid <= last


if __name__ == "__main__":
    main()
