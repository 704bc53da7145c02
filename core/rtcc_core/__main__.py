"""`python -m rtcc_core`: the same as `rtcc`, for launchers that name their interpreter."""

from __future__ import annotations

import sys

from rtcc_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
