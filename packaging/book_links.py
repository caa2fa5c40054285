"""Say which links of the built book lead nowhere: `make book` asks.

    book_links.py FOLDER

The papers themselves are held to their links by clients/python/tests/test_links.py; this is for what
becomes of them on the way.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import unquote

LINK = re.compile(r'(?:href|src)="([^"]+)"')
FOREIGN = re.compile(r"[a-z]+:|//")
# All pages once more in one, the list of them, and what is shown for one that is none.
NO_PAGES = {"print.html", "toc.html", "404.html"}


@cache
def anchors(page: Path) -> set[str]:
    """Return what of a page can be led to."""
    return {unescape(each) for each in re.findall(r'\bid="([^"]+)"', page.read_text())}


def faults(page: Path) -> list[str]:
    """Return the links of a page that lead nowhere."""
    found = []
    for link in map(unescape, LINK.findall(page.read_text())):
        if FOREIGN.match(link):
            continue
        name, _, anchor = unquote(link).partition("#")
        target = (page.parent / name).resolve() if name else page
        is_page = target.suffix == ".html"
        if not target.is_file() or (anchor and is_page and anchor not in anchors(target)):
            found.append(f"{page.name}: {link} leads nowhere")
    return found


def main() -> None:
    """Look at all pages of the folder that is named."""
    pages = [each for each in Path(sys.argv[1]).rglob("*.html") if each.name not in NO_PAGES]
    found = [fault for page in pages for fault in faults(page)]
    if found or len(pages) < 10:
        sys.exit("\n".join(found) or f"only {len(pages)} pages")
    print(f"book: {len(pages)} pages, and every link leads somewhere")


if __name__ == "__main__":
    main()
