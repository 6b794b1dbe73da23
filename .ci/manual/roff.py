"""Manual pages as man(7) wants them."""

from __future__ import annotations

import re

MARKED = re.compile(r"``?([^`]+)``?|\*\*([^*]+)\*\*|\[([^\]]+)\]\([^)]*\)")
"""What Markdown marks inside a line: code, strong words, links."""


def escaped(text: str) -> str:
    """Text that stands for itself. A hyphen stays one that can be copied into a shell, and a name is not divided."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"(?<!\S)(?=\S*[_/=])", r"\\%", text)


def bold(text: str) -> str:
    return f"\\fB{escaped(text)}\\fR"


def italic(text: str) -> str:
    return f"\\fI{escaped(text)}\\fR"


def reference(page: str) -> str:
    """Another page, such as tocsin-report(1)."""
    name, section = page.rstrip(")").split("(")
    return f"{bold(name)}({section})"


def marked(text: str) -> str:
    """A line of Markdown, or of plain text that has no marks."""
    result, end = "", 0
    for match in MARKED.finditer(text):
        code, strong, link = match.groups()
        result += escaped(text[end:match.start()])
        result += marked(link) if link else bold(code or strong)
        end = match.end()
    return result + escaped(text[end:])


class Page:
    """One page, written from top to bottom."""

    def __init__(self, name: str, section: int, summary: str, version: str, date: str):
        self.name, self.section = name, section
        self.lines = [f'.TH "{escaped(name.upper())}" "{section}" "{date}" "Tocsin {version}" "Tocsin manual"',
                      # No wide gaps between words.
                      ".ad l"]
        self.heading("Name")
        summary = summary.rstrip(".")
        self.text(f"{escaped(name)} \\- {escaped(summary[0].lower() + summary[1:])}")

    @property
    def file_name(self) -> str:
        return f"{self.name}.{self.section}"

    def heading(self, title: str) -> None:
        self.lines.append(f'.SH "{escaped(title.upper())}"')

    def subheading(self, title: str) -> None:
        self.lines.append(f'.SS "{escaped(title)}"')

    def text(self, line: str) -> None:
        """A line that is roff already; what would be a request in it is none."""
        self.lines.append("\\&" + line if line[:1] in (".", "'") else line)

    def paragraph(self, *lines: str) -> None:
        """Each line begins at the left."""
        for request, line in zip([".PP"] + [".br"] * len(lines), lines):
            self.lines.append(request)
            self.text(line)

    def example(self, lines: list[str]) -> None:
        self.lines += [".PP", ".RS 4", ".EX"]
        for line in lines:
            self.text(escaped(line))
        self.lines += [".EE", ".RE"]

    def entry(self, terms: list[str], *said: str) -> None:
        """One of a list: what it is about, one a line, and what is said of it."""
        for request, term in zip([".TP"] + [".TQ"] * len(terms), terms):
            self.lines.append(request)
            self.text(term)
        self.text(" ".join(said) or "\\&")

    def inner(self, begins: bool) -> None:
        """Begins or ends a list inside an entry."""
        self.lines.append(".RS" if begins else ".RE")

    def see_also(self, *pages: str) -> None:
        self.heading("See also")
        self.text(", ".join(map(reference, pages)))

    def __str__(self) -> str:
        return "\n".join(self.lines) + "\n"
