"""Every link in the papers of this repository leads somewhere, and in the book to its pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
SUMMARY = DOCS / "SUMMARY.md"
FENCE = re.compile(r"(?ms)^```.*?^```$")
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(([^()\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
HEADING = re.compile(r"(?m)^#{1,6} (.*)$")
FOREIGN = ("http://", "https://", "mailto:")


def pages() -> list[Path]:
    own = [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "clients").glob("*/*.md")]
    own += [*(ROOT / "clients").glob("*.md"), *(ROOT / "clients/npm").glob("*/*.md")]
    return sorted(own)


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text())


def links(page: Path) -> Iterator[str]:
    for found in LINK.finditer(CODE.sub("", prose(page))):
        link = found[1] or found[2]
        if not link.startswith(FOREIGN):
            yield link


def anchors(page: Path) -> set[str]:
    """Return what its headings are called in links, by GitHub and by mdBook alike."""
    texts = (
        re.sub(r"\[([^]]*)\]\([^)]*\)|`", r"\1", each) for each in HEADING.findall(prose(page))
    )
    return {re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-") for text in texts}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_to_a_file_and_a_heading_in_it(page: Path) -> None:
    for link in links(page):
        name, _, anchor = unquote(link).partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{link}: there is no {target}"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{link}: no such heading"


def test_the_book_lists_a_page_once() -> None:
    listed = [(DOCS / link).resolve() for link in links(SUMMARY)]
    assert len(listed) > 5
    assert len(listed) == len(set(listed))


def test_the_book_leaves_its_own_folder_in_no_page() -> None:
    for page in DOCS.rglob("*.md"):
        for link in links(page):
            target = (page.parent / link.partition("#")[0]).resolve()
            assert target.is_relative_to(DOCS), f"{page.name}: {link} is not in the book"
