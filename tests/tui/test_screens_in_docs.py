"""docs/screens shows the console as it is.

After a wanted change: `pytest tests/tui/test_screens_in_docs.py --snapshot-update`, and look at what changed.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.tui.recorded import SCENES, Scene, Watched

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
SIZES = ((80, 24), (120, 40), (160, 48))


def shown(scene: Scene, folder: Path) -> str:
    """The scene at every size."""
    parts = []
    for width, height in SIZES:
        (home := folder / f"{width}").mkdir()
        console = Watched(scene.core(), home)
        console.screen((width, height))
        console.press(*scene.keys)
        screen = "\n".join(console.screen((width, height)))
        parts.append(f"{width}x{height}  {scene.what}\n{'=' * width}\n{screen}\n{'=' * width}\n")
    return "\n".join(parts)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_page_is_what_is_drawn(scene: Scene, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    page, text = FOLDER / f"{scene.name}.txt", shown(scene, tmp_path)
    if pytestconfig.getoption("update_snapshots"):
        page.write_text(text, "utf-8")
    assert page.read_text("utf-8") == text, "see the top of this file"


def test_every_page_is_drawn_and_linked() -> None:
    pages = {f"{scene.name}.txt" for scene in SCENES}
    assert {path.name for path in FOLDER.iterdir()} == pages
    index = (FOLDER.parent / "README.md").read_text("utf-8")
    assert all(f"screens/{page}" in index for page in pages)
