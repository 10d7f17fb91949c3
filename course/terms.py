"""The glossary: the words of the trade in every language of the course, each with a definition.

`glossary.csv` has a row for each term. For a language with case endings, `stems_ka` are the
beginnings of a term's forms ("…" stands between those of two words), `avoid_ka` those of words
that the course does not use for it.
"""

import copy
import csv
import difflib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from course.check import Message
from course.language import ENGLISH, _, as_in, current, speaking

if TYPE_CHECKING:
    from nbformat import NotebookNode

FILE = Path(__file__).with_name("glossary.csv")
PAGE = "glossary.md"

# Where no link may stand: code, formulas, links, tags, and a heading, table or block of code.
CLOSED = re.compile(r"`[^`]*`|\$[^$]*\$|!?\[[^\]]*\]\([^)]*\)|\[[^\]]*\]|<[^>]*>|\*\*[^*]*\*\*")
CLOSED_BLOCK = re.compile(r"\s*(#|\||```|~~~|\$\$|<)")


@cache
def rows() -> tuple[dict[str, str], ...]:
    """The rows of glossary.csv, by the English term."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def pattern(english: str, language: str) -> re.Pattern:
    """Finds a term in a text of that language, in all its forms."""
    row = next(row for row in rows() if row["en"] == english)
    if stems := row.get(f"stems_{language}"):
        return beginning_with(stems)
    term = re.sub(r" \(.*\)", "", row[language])
    return re.compile(rf"(?<![\w-]){re.escape(term)}(?:s|es)?(?![\w-])", re.IGNORECASE)


def beginning_with(stems: str) -> re.Pattern:
    """Finds words that begin with one of the stems, divided by "|"."""
    ways = [r"\w*[\s-]+(?:\w+\s+)?".join(map(re.escape, s.split("…"))) for s in stems.split("|")]
    return re.compile(rf"(?<![\w-])(?:{'|'.join(ways)})\w*", re.IGNORECASE)


def linked(notebook: "NotebookNode", language: str, page: str) -> "NotebookNode":
    """The notebook with a link to the glossary, and the definition as its tooltip, where a term
    of the trade first stands.
    """
    language = defined_in(language)
    waiting = [row for row in rows() if row["tooltip"] == "yes"]
    waiting.sort(key=lambda row: -len(row[language]))  # "brand search" before "search"
    new = copy.deepcopy(notebook)
    for cell in new.cells:
        if cell.cell_type != "markdown":
            continue
        parts = re.split(r"(\n\s*\n)", cell.source)
        inside = False
        for n, part in enumerate(parts):
            inside ^= part.count("```") % 2 == 1
            if inside or CLOSED_BLOCK.match(part):
                continue
            for row in list(waiting):
                part, found = with_link(part, row, language, page)
                if found:
                    waiting.remove(row)
            parts[n] = part
        cell.source = "".join(parts)
    return new


def with_link(text: str, row: dict[str, str], language: str, page: str) -> tuple[str, bool]:
    """The text with the first mention of a term as a link, and whether there was one."""
    closed = [match.span() for match in CLOSED.finditer(text)]
    for match in pattern(row["en"], language).finditer(text):
        start, end = match.span()
        if any(start < last and first < end for first, last in closed):
            continue
        tooltip = row[f"definition_{language}"].replace('"', "”")
        link = f'[{match[0]}]({page}#{anchor(row[language])} "{tooltip}")'
        return text[:start] + link + text[end:], True
    return text, False


def anchor(term: str) -> str:
    """The fragment of a term's heading on the glossary's page, as JupyterLab and GitHub make it."""
    return term.replace(" ", "-")


def glossary_page(language: str) -> str:
    """The glossary in Markdown, which opens without a kernel: a heading for each term, under it the
    term in the other languages, and its definition.
    """
    lang, language = language, defined_in(language)
    others = [code for code in languages_of_glossary() if code != language]
    with speaking(lang):
        title, number = _("Glossary"), _("Terms: {number}.", number=len(rows()))
    parts = [f"# {title}", number]
    for row in sorted(rows(), key=lambda row: row[language].casefold()):
        names = ", ".join(f"{code}: {row[code]}" for code in others)
        parts += [f"## {row[language]}", f"*{names}*", row[f"definition_{language}"]]
    return "\n\n".join(parts) + "\n"


def languages_of_glossary() -> list[str]:
    """The codes of the languages that the glossary has a definition in, English first."""
    codes = [name.removeprefix("definition_") for name in rows()[0] if name.startswith("def")]
    return sorted(codes, key=lambda code: (code != ENGLISH, code))


def defined_in(language: str) -> str:
    """The language, or English where the glossary does not have it."""
    return language if language in languages_of_glossary() else ENGLISH


@as_in('glossary("ROMI")')
def glossary(term: str) -> Message:
    """What a word of the trade means, and what it is called in the course's other languages.

    >>> glossary("romi")
    ROMI · ROMI
    Return on marketing investment: contribution less marketing cost, divided by marketing cost.
    """
    spelt = {row[code].casefold(): row for row in rows() for code in languages_of_glossary()}
    asked = str(term).strip().casefold()
    near = [asked] if asked in spelt else difflib.get_close_matches(asked, spelt, n=3)
    if not near:
        return Message([_("The glossary has no term {term}.", term=repr(term))])
    lines = []
    for row in {id(spelt[name]): spelt[name] for name in near}.values():
        names = [row[code] for code in languages_of_glossary()]
        lines += [f"**{' · '.join(names)}**", row[f"definition_{defined_in(current())}"]]
    return Message(lines)
