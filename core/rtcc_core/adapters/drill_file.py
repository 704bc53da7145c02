"""How a drill stands, from the file that `rtcc drill` keeps writing: one JSON object, a `DrillNote`.

It is written aside and renamed into place, so that it is never read half.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from rtcc_core.domain.drill_note import DrillNote

FILE_MAX_BYTES = 256 * 1024

_decoder = msgspec.json.Decoder(DrillNote)


def read_note(path: Path | None) -> tuple[DrillNote | None, str]:
    """The note, or None and in words why there is none. Never raises."""
    if path is None:
        return None, "this core was not started by rtcc drill: nobody says what is to be reached"
    try:
        with path.open("rb") as file:
            raw = file.read(FILE_MAX_BYTES + 1)
        if len(raw) > FILE_MAX_BYTES:
            return None, f"the drill's note {path} is larger than {FILE_MAX_BYTES} bytes"
        return _decoder.decode(raw), ""
    except FileNotFoundError:
        return None, "the drill has written down nothing yet"
    except (OSError, msgspec.DecodeError) as error:
        return None, f"the drill's note {path} cannot be read: {error}"
