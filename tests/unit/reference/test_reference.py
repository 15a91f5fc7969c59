"""docs/reference: every public name has its place there, and every link leads somewhere."""

import importlib
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "docs/reference"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path.stem != "README")


def anchors(text: str) -> set[str]:
    found: list[str] = []
    for heading in re.findall(r"^#{2,3} (.+)$", text, re.MULTILINE):
        slug = heading.lower().replace(".", "").replace(" ", "-")
        count = sum(re.sub(r"-\d+$", "", each) == slug for each in found)
        found.append(f"{slug}-{count}" if count else slug)
    return set(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_public_name_has_its_place(page: Path) -> None:
    module = importlib.import_module(page.stem)
    headings = set(re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE))
    assert set(module.__all__) <= headings


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text()
    for target in re.findall(r"\]\(([^)]+)\)", text):
        file, _, anchor = target.partition("#")
        there = (FOLDER / file).read_text() if file else text
        assert not anchor or anchor in anchors(there), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_is_fenced_and_no_markup_is_left(page: Path) -> None:
    text = page.read_text()
    assert text.count("```python\n") == text.count("```\n") == text.count("```") // 2
    assert not re.search(r":\w+:`|(?<!`)``(?!`)", text)
