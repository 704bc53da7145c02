"""What a world of simulated aircraft costs: `python tests/sitl/world_load.py [COUNT]` prints one JSON object.

Not a test: a share of a core means something only on a machine that is otherwise idle. All aircraft are in
the air in a gusty, varying wind, with gimbal and camera, and send position and attitude 10 times a second
of wall time at every speed, as they do unasked.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time

from rtcc_core.domain.geo import LatLon, offset
from rtcc_sitl.hangar import Hangar
from rtcc_sitl.vehicle import VehicleSpec
from rtcc_sitl.wind import Wind
from rtcc_sitl.wind_field import WindField

HOME = LatLon(47.4, 8.5)
SPEEDS = (1.0, 5.0, 10.0)
SETTLE_S, MEASURE_S = 3.0, 8.0


async def share_of_a_core(count: int, speed: float) -> dict[str, float]:
    """CPU seconds of this process per wall second, and the speed reached, with `count` aircraft flying."""
    specs = [VehicleSpec(i, f"D{i}", offset(HOME, i, 300.0)) for i in range(1, count + 1)]
    wind = Wind(4.0, 200.0, 7.0)
    field = WindField(HOME, wind, shear=0.2, variation=0.3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as station:
        station.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        station.bind(("127.0.0.1", 0))
        address: tuple[str, int] = station.getsockname()
        async with Hangar(specs, gcs_address=address, speed=speed, wind=wind, field=field) as hangar:
            for vehicle in hangar:
                vehicle.autopilot.arm()
                vehicle.autopilot.take_off(40.0)
            await asyncio.sleep(SETTLE_S)
            cpu_s, wall_s, simulated_s = time.process_time(), time.monotonic(), hangar.clock.elapsed_s
            await asyncio.sleep(MEASURE_S)
            took_s = time.monotonic() - wall_s
            return {
                "speed": speed,
                "reached": round((hangar.clock.elapsed_s - simulated_s) / took_s, 2),
                "share_of_a_core": round((time.process_time() - cpu_s) / took_s, 3),
            }


async def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    runs = [await share_of_a_core(count, speed) for speed in SPEEDS]
    sys.stdout.write(json.dumps({"aircraft": count, "runs": runs}) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
