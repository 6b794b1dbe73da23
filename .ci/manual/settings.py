"""The page of the configuration file, from the file that documents every key in its comments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from roff import Page, bold, escaped, marked

KEY = re.compile(r"^(?P<indent> *)(?P<unset># )?(?P<key>[a-z][a-z-]*):(?: +(?P<value>[^#\s][^#]*?))?(?:\s+#\s+(?P<said>.*))?$")
"""A key with its value and what is said of it on its line; behind one `# ` where it is not set."""

GOES_ON = re.compile(r"^ +#\s+(?P<said>.*)$")
"""What is said of a key, on the next line."""


@dataclass
class Key:
    """A key of the file. One that is not set has no value here: words say what holds then."""

    indent: int
    name: str
    value: str
    said: list[str] = field(default_factory=list)

    @property
    def term(self) -> str:
        return bold(self.name + ":") + (f" {escaped(self.value)}" if self.value else "")


@dataclass
class Block:
    """What stands between two blank lines: words, and the keys that they are about."""

    words: list[str] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)


def blocks(text: str) -> list[Block]:
    result = []
    for part in re.split(r"\n\s*\n", text.strip()):
        block = Block()
        for line in part.split("\n"):
            if match := KEY.match(line):
                said = [match["said"]] if match["said"] else []
                block.keys.append(Key(len(match["indent"]), match["key"], "" if match["unset"] else match["value"] or "", said))
            elif block.keys and (match := GOES_ON.match(line)):
                block.keys[-1].said.append(match["said"])
            elif line.startswith("#"):
                block.words.append(line[1:].removeprefix(" "))
            else:
                raise ValueError(f"neither a comment nor a key: {line}")
        result.append(block)
    return result


def page(text: str, page: Page, others: list[str]) -> Page:
    head, *keys = blocks(text)
    assert not head.keys, "the file begins with words about all of it"
    page.heading("Description")
    prose(head.words, page)
    page.heading("Keys")
    for block in keys:
        describe(block, page)
    page.heading("Files")
    page.entry([bold("/etc/tocsin/tocsin.yaml")], "The file that the service reads.")
    page.see_also(*others)
    return page


def prose(lines: list[str], page: Page) -> None:
    """Words with blank lines between paragraphs; what is indented is an example."""
    for part in re.split(r"\n\s*\n", "\n".join(lines)):
        inside = part.split("\n")
        if all(line.startswith("  ") for line in inside):
            page.example([line[2:] for line in inside])
        else:
            page.paragraph(marked(" ".join(inside)))


def describe(block: Block, page: Page) -> None:
    top = [key for key in block.keys if not key.indent]
    said = [f"{bold(key.name)}: {marked(' '.join(key.said))}." for key in top if key.said]
    page.entry([key.term for key in top], marked(" ".join(block.words)), *said)
    inner = [key for key in block.keys if key.indent]
    if inner:
        page.inner(begins=True)
        for key in inner:
            page.entry([key.term], marked(" ".join(key.said)))
        page.inner(begins=False)
