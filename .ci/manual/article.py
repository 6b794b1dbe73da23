"""A page from an article in Markdown: paragraphs, examples, tables of a key and what it means."""

from __future__ import annotations

import re

from roff import Page, escaped, italic, marked


def parts(text: str) -> tuple[str, list[str]]:
    """The article's summary, which is the paragraph after its title, and the parts after that."""
    title, summary, *rest = re.split(r"\n\s*\n", text.strip())
    assert title.startswith("# "), "an article begins with its title"
    return joined(summary), rest


def joined(text: str) -> str:
    """The text in one line."""
    return " ".join(text.split())


def write(parts: list[str], page: Page, others: list[str]) -> Page:
    for part in parts:
        if part.startswith("## "):
            title = part.removeprefix("## ")
            page.heading("Description" if title == "Overview" else title)
        elif part.startswith("### "):
            page.subheading(part.removeprefix("### "))
        elif part.startswith("    "):
            page.example([line[4:] for line in part.split("\n")])
        elif part.startswith("|"):
            table(part.split("\n"), page)
        elif part.startswith("- "):
            for item in re.split(r"\n(?=- )", part):
                page.entry(["\\(bu"], marked(joined(item.removeprefix("- "))))
        else:
            page.paragraph(marked(joined(part)))
    page.see_also(*others)
    return page


def table(lines: list[str], page: Page) -> None:
    """Two columns become a list. The second's title is what each entry says, as in "holds where"."""
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    if all(head):
        page.paragraph(f"{italic(head[0])}: {escaped(head[1])}")
    for key, *meaning in rows:
        page.entry([marked(key)], marked(" ".join(meaning)))
