"""Pages of commands, from what swift-argument-parser's --experimental-dump-help says of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from roff import Page, bold, escaped, italic, reference

Command = dict[str, Any]
Argument = dict[str, Any]
NewPage = Callable[[str, int, str], Page]


def pages(command: Command, section: int, new: NewPage, others: list[str]) -> list[Page]:
    """The page of a command, with these others named at its end, and one for each of its subcommands, and for theirs."""
    return family(command, [command["commandName"]], section, new, others)


def family(command: Command, words: list[str], section: int, new: NewPage, others: list[str]) -> list[Page]:
    inner = [one for one in command.get("subcommands", []) if one["commandName"] != "help"]
    result = [page(command, words, section, new, inner, others)]
    for one in inner:
        others_of_one = [f"{'-'.join(words)}({section})", *others]
        result += family(one, [*words, one["commandName"]], section, new, others_of_one)
    return result


def page(command: Command, words: list[str], section: int, new: NewPage, inner: list[Command],
         others: list[str]) -> Page:
    result = new("-".join(words), section, command["abstract"])
    arguments = [one for one in command["arguments"] if one["shouldDisplay"]]
    result.heading("Synopsis")
    result.text(synopsis(words, arguments, bool(inner)))
    result.heading("Description")
    result.paragraph(escaped(command["abstract"]))
    last = discussion(command.get("discussion", ""), result)
    if inner:
        result.heading("Commands")
        for one in inner:
            result.entry([reference(f"{'-'.join(words)}-{one['commandName']}({section})")], escaped(one["abstract"]))
    describe(arguments, result)
    for title, lines in last:
        result.heading(title)
        result.example(lines)
    result.see_also(*others)
    return result


def synopsis(words: list[str], arguments: list[Argument], has_commands: bool) -> str:
    parts = [bold(" ".join(words))]
    parts += [term(one) for one in arguments if one["kind"] == "option" and not one["isOptional"]]
    if any(one["kind"] != "positional" and one["isOptional"] for one in arguments):
        parts.append(f"[{italic('options')}]")
    for one in arguments:
        if one["kind"] == "positional":
            name = italic(one["valueName"]) + (" ..." if one["isRepeating"] else "")
            parts.append(f"[{name}]" if one["isOptional"] else name)
    if has_commands:
        parts.append(italic("command"))
    return " ".join(parts)


def discussion(text: str, page: Page) -> list[tuple[str, list[str]]]:
    """Writes what is said in words. Returns what has a section of its own, after the options."""
    last = []
    for block in filter(None, text.split("\n\n")):
        lines = block.split("\n")
        if lines[0] in ("Examples:", "Exit status:") and all(line.startswith("  ") for line in lines[1:]):
            last.append((lines[0].rstrip(":"), [line[2:] for line in lines[1:]]))
            continue
        while lines:
            indented = lines[0].startswith("  ")
            count = next((at for at, line in enumerate(lines) if line.startswith("  ") != indented), len(lines))
            if indented:
                page.example([line[2:] for line in lines[:count]])
            else:
                page.paragraph(*map(escaped, sentences(lines[:count])))
            lines = lines[count:]
    return last


def sentences(lines: list[str]) -> list[str]:
    """Lines that end within a sentence go on in the next; what follows the end of one begins a line of its own."""
    result = [""]
    for line in lines:
        if result[-1].endswith("."):
            result.append(line)
        else:
            result[-1] = f"{result[-1]} {line}".strip()
    return result


def describe(arguments: list[Argument], page: Page) -> None:
    """Positional arguments first, then the options, under the titles that the help gives them."""
    sections: dict[str, list[Argument]] = {}
    for one in arguments:
        usual = "Arguments" if one["kind"] == "positional" else "Options"
        sections.setdefault(one.get("sectionTitle", usual), []).append(one)
    for title in sorted(sections, key=lambda title: (title == "Options", title != "Arguments")):
        page.heading(title)
        for one in sections[title]:
            page.entry([term(one)], words(one))


def term(argument: Argument) -> str:
    value = italic(argument["valueName"])
    if argument["kind"] == "positional":
        return value
    names = ", ".join(bold(("--" if name["kind"] == "long" else "-") + name["name"]) for name in argument["names"])
    return f"{names} {value}" if argument["kind"] == "option" else names


def words(argument: Argument) -> str:
    result = argument.get("abstract", "")
    if values := argument.get("allValues"):
        result += f" One of: {', '.join(values)}."
    if default := argument.get("defaultValue"):
        result += f" Default: {default}."
    return escaped(result.strip())
