"""A camera with a zoom lens, a memory card and one video stream, as MAVLink's camera protocol. Sans I/O.

https://mavlink.io/en/services/camera.html. It takes no pictures: its stream's address is where a person may
put a test picture, nothing in this package serves one there.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from pymavlink.dialects.v20 import common as mavlink

from rtcc_sitl.autopilot import Autopilot
from rtcc_sitl.clock import SimClock
from rtcc_sitl.commands import Order
from rtcc_sitl.component import Component, Message, name_bytes
from rtcc_sitl.gimbal import Gimbal, attitude_quaternion
from rtcc_sitl.px4 import Command, Result

COMPONENT = mavlink.MAV_COMP_ID_CAMERA
STREAM_ID = 1
FIRMWARE = 0x0100_0001

FOCAL_LENGTH_MM, SENSOR_WIDTH_MM, SENSOR_HEIGHT_MM = 4.5, 6.4, 3.6
WIDTH_PX, HEIGHT_PX, FRAMES_A_S, BITRATE = 1920, 1080, 30.0, 4_000_000
WIDEST_DEG = 71
"""Horizontal field of view without zoom."""

ZOOM_STEP, ZOOM_RATE_A_S, MOST_ZOOM = 5.0, 20.0, 100.0
"""Percent of the lens' range: at a step, in a simulated second of continuous zoom, and in all."""

CARD_MIB, PHOTO_MIB, VIDEO_MIB_A_S = 32_768.0, 6.0, BITRATE / 8.0 / 2**20
FASTEST_PHOTOS_S = 0.5
"""Simulated seconds between two photos in a series, at least."""

FASTEST_STATUS_HZ = 10.0

CAPABILITIES = (
    mavlink.CAMERA_CAP_FLAGS_CAPTURE_VIDEO
    | mavlink.CAMERA_CAP_FLAGS_CAPTURE_IMAGE
    | mavlink.CAMERA_CAP_FLAGS_HAS_MODES
    | mavlink.CAMERA_CAP_FLAGS_CAN_CAPTURE_IMAGE_IN_VIDEO_MODE
    | mavlink.CAMERA_CAP_FLAGS_HAS_BASIC_ZOOM
    | mavlink.CAMERA_CAP_FLAGS_HAS_VIDEO_STREAM
)
MODES = (mavlink.CAMERA_MODE_IMAGE, mavlink.CAMERA_MODE_VIDEO)


class Camera(Component):
    """The camera of one aircraft. `gimbal` is what it hangs on, None for one that looks ahead."""

    def __init__(self, autopilot: Autopilot, clock: SimClock, *, sysid: int, gimbal: Gimbal | None) -> None:
        super().__init__(COMPONENT, mavlink.MAV_TYPE_CAMERA, clock)
        self._autopilot = autopilot
        self._gimbal = gimbal
        self._stream_url = f"rtsp://127.0.0.1:8554/sim-{sysid}"
        self.mode = mavlink.CAMERA_MODE_VIDEO
        self._zoom = (0.0, 0.0, 0.0)
        self.photos = 0
        self.is_streaming = True
        self.recording_since_s: float | None = None
        """Simulated seconds; None while no video is recorded."""
        self._recorded_s = 0.0
        self._series_left: float = 0
        self._series_every_s = self._next_photo_s = 0.0
        self._status_every_s = self._status_in_s = 0.0
        self.says |= self._messages()
        self.obeys |= self._commands()
        self._starts_with({}, offset_s=(sysid % 10) * 0.01)

    def _messages(self) -> dict[int, Callable[[], Message | None]]:
        return {
            mavlink.MAVLINK_MSG_ID_CAMERA_INFORMATION: self._information,
            mavlink.MAVLINK_MSG_ID_CAMERA_SETTINGS: self._settings,
            mavlink.MAVLINK_MSG_ID_STORAGE_INFORMATION: self._storage,
            mavlink.MAVLINK_MSG_ID_CAMERA_CAPTURE_STATUS: self._capture_status,
            mavlink.MAVLINK_MSG_ID_VIDEO_STREAM_INFORMATION: self._stream_information,
            mavlink.MAVLINK_MSG_ID_VIDEO_STREAM_STATUS: self._stream_status,
        }

    def _commands(self) -> dict[int, Callable[[Order], Result]]:
        return {
            Command.SET_CAMERA_MODE: self._set_mode,
            Command.SET_CAMERA_ZOOM: self._set_zoom,
            Command.IMAGE_START_CAPTURE: self._start_photos,
            Command.IMAGE_STOP_CAPTURE: self._stop_photos,
            Command.VIDEO_START_CAPTURE: self._start_video,
            Command.VIDEO_STOP_CAPTURE: self._stop_video,
            Command.VIDEO_START_STREAMING: self._start_stream,
            Command.VIDEO_STOP_STREAMING: self._stop_stream,
        }

    def tick(self, wall_elapsed_s: float) -> list[Message]:
        while self._series_left > 0 and self._clock.elapsed_s >= self._next_photo_s:
            self._take_photo()
            self._series_left -= 1
            self._next_photo_s += self._series_every_s
            if self._series_left <= 0:
                self.outbox.append(self._capture_status())
        self._report_recording(wall_elapsed_s)
        return super().tick(wall_elapsed_s)

    def _report_recording(self, wall_elapsed_s: float) -> None:
        """CAPTURE_STATUS at the rate that was asked for with the recording."""
        if self.recording_since_s is None or self._status_every_s <= 0.0:
            return
        self._status_in_s -= wall_elapsed_s
        if self._status_in_s <= 0.0:
            self._status_in_s = self._status_every_s
            self.outbox.append(self._capture_status())

    # --- what it does -----------------------------------------------------------------------------------

    def _set_mode(self, order: Order) -> Result:
        if order.p2 not in MODES:
            return Result.DENIED
        self.mode = int(order.p2)
        self.outbox.append(self._settings())
        return Result.ACCEPTED

    def _set_zoom(self, order: Order) -> Result:
        if not math.isfinite(order.p2):
            return Result.DENIED
        now, rate = self.zoom, 0.0
        match order.p1:
            case mavlink.ZOOM_TYPE_STEP:
                now += math.copysign(ZOOM_STEP, order.p2) if order.p2 else 0.0
            case mavlink.ZOOM_TYPE_CONTINUOUS:
                rate = ZOOM_RATE_A_S * max(-1.0, min(1.0, order.p2))
            case mavlink.ZOOM_TYPE_RANGE:
                now = order.p2
            case _:
                return Result.UNSUPPORTED
        self._zoom = (max(0.0, min(MOST_ZOOM, now)), rate, self._clock.elapsed_s)
        self.outbox.append(self._settings())
        return Result.ACCEPTED

    @property
    def zoom(self) -> float:
        """Percent of the lens' range."""
        zoom, rate_a_s, since_s = self._zoom
        return max(0.0, min(MOST_ZOOM, zoom + rate_a_s * (self._clock.elapsed_s - since_s)))

    def _start_photos(self, order: Order) -> Result:
        """Parameter 3: how many, 0 for a series until stopped, `p2` simulated seconds apart."""
        if self._series_left > 0:
            return Result.TEMPORARILY_REJECTED
        if not (math.isfinite(order.p2) and math.isfinite(order.p3)) or order.p3 < 0:
            return Result.DENIED
        self._series_left = math.inf if order.p3 == 0 else order.p3
        self._series_every_s = max(FASTEST_PHOTOS_S, order.p2)
        self._next_photo_s = self._clock.elapsed_s
        return Result.ACCEPTED

    def _stop_photos(self, order: Order) -> Result:
        self._series_left = 0
        self.outbox.append(self._capture_status())
        return Result.ACCEPTED

    def _take_photo(self) -> None:
        place = self._autopilot.locate()
        body = self._autopilot.body
        look = self._gimbal.settle() if self._gimbal is not None else None
        pitch_deg, yaw_deg = (look.pitch_deg, look.yaw_deg) if look is not None else (0.0, body.yaw_deg)
        self.outbox.append(
            mavlink.MAVLink_camera_image_captured_message(
                self.boot_ms,
                round(self._clock.now.timestamp() * 1e6),
                0,
                round(place.latitude_deg * 1e7),
                round(place.longitude_deg * 1e7),
                round((body.up_m + self._autopilot.pad_amsl_m) * 1000.0),
                round((body.up_m - self._autopilot.home.up_m) * 1000.0),
                attitude_quaternion(pitch_deg, yaw_deg),
                self.photos,
                1,
                b"",
            )
        )
        self.photos += 1

    def _start_video(self, order: Order) -> Result:
        """Parameter 2: CAMERA_CAPTURE_STATUS so many times a second while it records."""
        if self.recording_since_s is not None:
            return Result.TEMPORARILY_REJECTED
        self.recording_since_s = self._clock.elapsed_s
        wanted_hz = min(order.p2, FASTEST_STATUS_HZ) if math.isfinite(order.p2) else 0.0
        self._status_every_s = self._status_in_s = 1.0 / wanted_hz if wanted_hz > 0.0 else 0.0
        self.outbox.append(self._capture_status())
        return Result.ACCEPTED

    def _stop_video(self, order: Order) -> Result:
        if self.recording_since_s is not None:
            self._recorded_s += self._clock.elapsed_s - self.recording_since_s
        self.recording_since_s = None
        self.outbox.append(self._capture_status())
        return Result.ACCEPTED

    def _start_stream(self, order: Order) -> Result:
        return self._stream(order, is_on=True)

    def _stop_stream(self, order: Order) -> Result:
        return self._stream(order, is_on=False)

    def _stream(self, order: Order, *, is_on: bool) -> Result:
        if order.p1 not in (0, STREAM_ID):
            return Result.DENIED
        self.is_streaming = is_on
        self.outbox.append(self._stream_status())
        return Result.ACCEPTED

    # --- what it says -----------------------------------------------------------------------------------

    def _information(self) -> Message:
        optics = (FOCAL_LENGTH_MM, SENSOR_WIDTH_MM, SENSOR_HEIGHT_MM, WIDTH_PX, HEIGHT_PX, 0)
        names = (name_bytes("RTCC"), name_bytes("SIM CAMERA"))
        return mavlink.MAVLink_camera_information_message(
            self.boot_ms, *names, FIRMWARE, *optics, CAPABILITIES, 0, b""
        )

    def _settings(self) -> Message:
        return mavlink.MAVLink_camera_settings_message(self.boot_ms, self.mode, self.zoom, math.nan)

    @property
    def _used_mib(self) -> float:
        return min(CARD_MIB, self.photos * PHOTO_MIB + self._video_s * VIDEO_MIB_A_S)

    @property
    def _video_s(self) -> float:
        return self._recorded_s + self._recording_s

    @property
    def _recording_s(self) -> float:
        since_s = self.recording_since_s
        return 0.0 if since_s is None else self._clock.elapsed_s - since_s

    def _storage(self) -> Message:
        used_mib = self._used_mib
        return mavlink.MAVLink_storage_information_message(
            self.boot_ms,
            *(1, 1, mavlink.STORAGE_STATUS_READY),
            *(CARD_MIB, used_mib, CARD_MIB - used_mib),
            *(60.0, 40.0, mavlink.STORAGE_TYPE_MICROSD, b"CARD"),
        )

    def _capture_status(self) -> Message:
        is_series = self._series_left > 0
        return mavlink.MAVLink_camera_capture_status_message(
            self.boot_ms,
            2 if is_series else 0,
            int(self.recording_since_s is not None),
            self._series_every_s if is_series else 0.0,
            round(self._recording_s * 1000.0),
            CARD_MIB - self._used_mib,
            self.photos,
        )

    def _stream_information(self) -> Message:
        return mavlink.MAVLink_video_stream_information_message(
            *(STREAM_ID, 1, mavlink.VIDEO_STREAM_TYPE_RTSP, *self._stream_figures()),
            b"MAIN",
            self._stream_url.encode(),
            mavlink.VIDEO_STREAM_ENCODING_H264,
        )

    def _stream_status(self) -> Message:
        return mavlink.MAVLink_video_stream_status_message(STREAM_ID, *self._stream_figures())

    def _stream_figures(self) -> tuple[int, float, int, int, int, int, int]:
        """Flags, frames a second, size in pixels, bits a second, rotation and field of view in degrees."""
        flags = mavlink.VIDEO_STREAM_STATUS_FLAGS_RUNNING if self.is_streaming else 0
        magnified = 1.0 + 9.0 * self.zoom / MOST_ZOOM
        half_rad = math.radians(WIDEST_DEG / 2.0)
        field_deg = 2.0 * math.degrees(math.atan(math.tan(half_rad) / magnified))
        return flags, FRAMES_A_S, WIDTH_PX, HEIGHT_PX, BITRATE, 0, round(field_deg)
