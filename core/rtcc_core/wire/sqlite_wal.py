"""How SQLite's write-ahead log ends: cleanly, or torn by a crash. Bytes in, words out.

The format is SQLite's own, https://www.sqlite.org/fileformat2.html#the_write_ahead_log. SQLite itself
silently stops reading at the first frame that is not whole; this says that there was one.
"""

from __future__ import annotations

import struct

_HEADER_BYTES = 32
_FRAME_HEADER_BYTES = 24
_MAGIC_LITTLE, _MAGIC_BIG = 0x377F0682, 0x377F0683
_MASK = 0xFFFFFFFF


def _checksum(data: bytes, order: str, start: tuple[int, int]) -> tuple[int, int]:
    first, second = start
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & _MASK
        second = (second + odd + first) & _MASK
    return first, second


def torn_end(log: bytes) -> str:
    """Empty where the log ends as SQLite leaves it; else what is torn, in words."""
    if not log:
        return ""
    if len(log) < _HEADER_BYTES:
        return "the write-ahead log breaks off within its first bytes"
    magic, _, page_bytes, _, salt_1, salt_2, *stored = struct.unpack(">8I", log[:_HEADER_BYTES])
    if magic not in (_MAGIC_LITTLE, _MAGIC_BIG) or not 512 <= page_bytes <= 65536:
        return "the write-ahead log's header is damaged"
    order = "<" if magic == _MAGIC_LITTLE else ">"
    running = _checksum(log[:24], order, (0, 0))
    if running != tuple(stored):
        return "the write-ahead log's header is damaged"
    return _torn_frame(log, page_bytes, order, (salt_1, salt_2), running)


def _torn_frame(
    log: bytes, page_bytes: int, order: str, salts: tuple[int, int], running: tuple[int, int]
) -> str:
    frame_bytes = _FRAME_HEADER_BYTES + page_bytes
    for number, start in enumerate(range(_HEADER_BYTES, len(log), frame_bytes), start=1):
        frame = log[start : start + frame_bytes]
        if len(frame) < frame_bytes:
            return f"the write-ahead log breaks off within frame {number}"
        _, _, salt_1, salt_2, *stored = struct.unpack(">6I", frame[:_FRAME_HEADER_BYTES])
        if (salt_1, salt_2) != salts:
            # An older round of the log, written over from its start, is how a whole log ends; zeroes are
            # what a file system leaves that had promised room but not yet stored the bytes.
            return "" if any(frame) else f"the write-ahead log holds only zeroes from frame {number} on"
        running = _checksum(frame[:8] + frame[_FRAME_HEADER_BYTES:], order, running)
        if running != tuple(stored):
            return f"the write-ahead log is damaged in frame {number}"
    return ""
