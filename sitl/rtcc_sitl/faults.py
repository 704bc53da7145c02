"""What can go wrong with a simulated aircraft: every fault's words, read strictly into values. No I/O.

The same words come from `rtcc sitl fault`, from a scenario's `[[fault]]` tables and from tests. What they do
to an aircraft is `fault_effects`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from rtcc_sitl.wind import Wind

EVERYBODY = "all"
"""Named instead of an aircraft: every one of them."""

STRONGEST_M_S = 100.0
LONGEST_SILENCE_S = 86_400.0
FASTEST_DRAIN = 1_000.0
LARGEST_JUMP_S = 1_000_000.0
MAX_SYSID = 254


class FaultError(ValueError):
    """No such aircraft, no such fault, or one that cannot be put that way; the message says what can."""


class Fault(msgspec.Struct, frozen=True, tag=True):
    """Base of everything that can go wrong."""


class Gps(Fault, frozen=True):
    """The receiver has a position, or has none."""

    works: bool


class Link(Fault, frozen=True):
    """The radio is heard, or is silent and deaf: for `for_s` seconds of the wall clock, None = until told."""

    is_up: bool
    for_s: float | None = None


class Charge(Fault, frozen=True):
    """The battery has this share of its charge left, 0 … 1."""

    fraction: float


class Drain(Fault, frozen=True):
    """The battery drains so many times faster than by its figures."""

    factor: float


class CellFailure(Fault, frozen=True):
    """A cell fails: the voltage sags for half a minute, then the charge goes within seconds."""


class MotorStop(Fault, frozen=True):
    """A motor stops. What is in the air comes down; the wreck keeps its radio, or is never heard again."""

    wreck_has_radio: bool = True


class WindChange(Fault, frozen=True):
    """Another wind around the aircraft; None: the scenario's again. No direction given: as it is now."""

    speed_m_s: float | None
    from_deg: float | None = None
    gust_m_s: float | None = None

    def over(self, before: Wind) -> Wind:
        """The wind it stands for where it blew as `before`."""
        speed_m_s = self.speed_m_s or 0.0
        from_deg = before.from_deg if self.from_deg is None else self.from_deg
        return Wind(speed_m_s, from_deg, self.gust_m_s)


class RefuseNext(Fault, frozen=True):
    """The next order of flight is refused; the next one to return, where `is_return`."""

    is_return: bool = False


class MuteNext(Fault, frozen=True):
    """The next order of flight and its repetitions are not acknowledged, though perhaps obeyed once; the next
    one to return, where `is_return`."""

    is_obeyed: bool = False
    is_return: bool = False


class Reboot(Fault, frozen=True):
    """The autopilot restarts; in the air it flies on, or its motors stop."""

    keeps_flying: bool = True


class NewSysid(Fault, frozen=True):
    """The aircraft restarts under another MAVLink system id."""

    sysid: int


class Twin(Fault, frozen=True):
    """A second aircraft speaks under the same system id, or is gone again."""

    is_there: bool


class ActAlone(Fault, frozen=True):
    """The autopilot returns or lands and nobody asked it to."""

    doing: Literal["rtl", "land"]


class Flood(Fault, frozen=True):
    """Telemetry at the rates of PX4's onboard link, about 400 messages a second, or the usual ones again."""

    is_on: bool


class ForgetRates(Fault, frozen=True):
    """Message rates that were asked for are forgotten; ArduPilot then sends hardly more than heartbeats."""


class ClockJump(Fault, frozen=True):
    """The aircraft's clocks jump by so many seconds."""

    seconds: float


class GimbalStuck(Fault, frozen=True):
    """The gimbal stays where it looks whatever it is told, or moves again."""

    is_stuck: bool


AnyFault = (
    Gps
    | Link
    | Charge
    | Drain
    | CellFailure
    | MotorStop
    | WindChange
    | RefuseNext
    | MuteNext
    | Reboot
    | NewSysid
    | Twin
    | ActAlone
    | Flood
    | ForgetRates
    | ClockJump
    | GimbalStuck
)

Args = Sequence[str]


class Kind(NamedTuple):
    """One word of the catalogue: how it is written, what it does, and how its arguments are read.

    `read` raises ValueError for what it cannot use; a message of its own says why.
    """

    form: str
    help: str
    read: Callable[[Args], AnyFault]


def parse(word: str, args: Args = ()) -> AnyFault:
    """The fault that these words name. Raises FaultError that says how it is written."""
    kind = CATALOGUE.get(word)
    if kind is None:
        raise FaultError(f"there is no fault {word!r}; faults: {', '.join(CATALOGUE)}")
    try:
        return kind.read([arg.strip().lower() for arg in args])
    except ValueError as error:
        given = " ".join([word, *args])
        why = f" ({error})" if str(error) else ""
        raise FaultError(
            f"{given!r} cannot be used{why}; it is written: {word} {kind.form}".rstrip()
        ) from error


# --- arguments --------------------------------------------------------------------------------------


def _number(text: str, what: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise ValueError(f"{what} is a number from {low:g} to {high:g}, not {text!r}")
    return value


def _none(args: Args) -> None:
    if args:
        raise ValueError(f"nothing follows it, not {' '.join(args)!r}")


def _word(args: Args, default: str, *others: str) -> str:
    """The one word given; the default where there is none."""
    if len(args) > 1:
        raise ValueError(f"one word, not {len(args)}")
    word = args[0] if args else default
    if word not in (default, *others):
        raise ValueError(f"{word!r} is none of {', '.join((default, *others))}")
    return word


def _one(args: Args, what: str, low: float, high: float) -> float:
    if len(args) != 1:
        raise ValueError(f"{what} is one number")
    return _number(args[0], what, low, high)


def _link(args: Args) -> AnyFault:
    if args and args[0] not in ("off", "on"):
        return Link(is_up=False, for_s=_one(args, "the silence", 0.0, LONGEST_SILENCE_S))
    return Link(is_up=_word(args, "off", "on") == "on")


def _battery(args: Args) -> AnyFault:
    match args:
        case ["failing"]:
            return CellFailure()
        case ["drain", factor]:
            return Drain(_number(factor, "the factor", 0.0, FASTEST_DRAIN))
        case _:
            return Charge(_one(args, "the charge left", 0.0, 1.0))


def _wind(args: Args) -> AnyFault:
    if list(args) == ["off"]:
        return WindChange(None)
    before_gust, gust_m_s = list(args), None
    if "gust" in before_gust:
        at = before_gust.index("gust")
        gust_m_s = _one(before_gust[at + 1 :], "the gust", 0.0, STRONGEST_M_S)
        before_gust = before_gust[:at]
    if not 1 <= len(before_gust) <= 2:
        raise ValueError("a speed, and perhaps where it comes from")
    speed_m_s = _number(before_gust[0], "the speed", 0.0, STRONGEST_M_S)
    from_deg = _number(before_gust[1], "the direction", 0.0, 360.0) if before_gust[1:] else None
    if gust_m_s is not None and gust_m_s < speed_m_s:
        raise ValueError("gusts are not below the wind")
    return WindChange(speed_m_s, from_deg, gust_m_s)


def _mute(args: Args) -> AnyFault:
    ordered = [arg for arg in args if arg in ("next", "return")]
    is_obeyed = _word([arg for arg in args if arg not in ordered], "unheard", "obeyed") == "obeyed"
    return MuteNext(is_obeyed, _word(ordered, "next", "return") == "return")


def _sysid(args: Args) -> AnyFault:
    sysid = _one(args, "a system id", 1, MAX_SYSID)
    if sysid != int(sysid):
        raise ValueError("a system id is a whole number")
    return NewSysid(int(sysid))


def _plain(fault: AnyFault) -> Callable[[Args], AnyFault]:
    def read(args: Args) -> AnyFault:
        _none(args)
        return fault

    return read


CATALOGUE: Mapping[str, Kind] = {
    "gps": Kind(
        "[off|on]", "no position any more, or one again", lambda a: Gps(_word(a, "off", "on") == "on")
    ),
    "link": Kind("[off|on|SECONDS]", "silent and deaf; SECONDS are the wall clock's", _link),
    "battery": Kind(
        "FRACTION | drain FACTOR | failing", "charge left, faster drain, a cell that fails", _battery
    ),
    "motor": Kind(
        "[radio|silent]",
        "a motor stops; in flight a crash, and the wreck keeps its radio or not",
        lambda a: MotorStop(_word(a, "radio", "silent") == "radio"),
    ),
    "wind": Kind("SPEED [FROM] [gust G] | off", "m/s and degrees; `off`: as the scenario has it", _wind),
    "refuse": Kind(
        "[next|return]",
        "the next order of flight, or to return, is refused",
        lambda a: RefuseNext(_word(a, "next", "return") == "return"),
    ),
    "mute": Kind(
        "[unheard|obeyed] [next|return]",
        "the next order, or to return, is not acknowledged, obeyed or not",
        _mute,
    ),
    "reboot": Kind(
        "[flying|falling]",
        "the autopilot restarts; its clock begins at 0",
        lambda a: Reboot(_word(a, "flying", "falling") == "flying"),
    ),
    "sysid": Kind("N", "it restarts under another system id", _sysid),
    "twin": Kind(
        "[on|off]", "a second aircraft speaks as this one", lambda a: Twin(_word(a, "on", "off") == "on")
    ),
    "rtl": Kind("", "the autopilot returns by itself", _plain(ActAlone("rtl"))),
    "land": Kind("", "the autopilot lands by itself", _plain(ActAlone("land"))),
    "flood": Kind(
        "[on|off]",
        "telemetry 400 times a second, as PX4 onboard",
        lambda a: Flood(_word(a, "on", "off") == "on"),
    ),
    "norates": Kind("", "it forgets the message rates asked for", _plain(ForgetRates())),
    "clock": Kind(
        "SECONDS",
        "its clocks jump, backwards where negative",
        lambda a: ClockJump(_one(a, "the jump", -LARGEST_JUMP_S, LARGEST_JUMP_S)),
    ),
    "gimbal": Kind(
        "[stuck|free]",
        "the gimbal does not move whatever it is told",
        lambda a: GimbalStuck(_word(a, "stuck", "free") == "stuck"),
    ),
}
"""Every fault by its word."""


def described() -> str:
    """The catalogue for `--help`: two lines a fault, narrow enough for 80 columns."""
    return "\n".join(
        f"  {f'{word} {kind.form}'.strip()}\n      {kind.help}" for word, kind in CATALOGUE.items()
    )
