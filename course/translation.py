"""The catalogs of another language: what is to be translated, whether it is, and what comes of it.

For authors and translators, see CONTRIBUTING. A language is a folder of gettext catalogs,
`locale/ka/*.po`; from those of messages one `locale/ka.mo` is made, which language.py reads, and
those of notebooks are laid over the English ones. Nothing here knows which languages there are.
"""

import ast
import inspect
import io
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import nbformat
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from nbformat import NotebookNode

from course import notebooks
from course.cells import is_answer
from course.company.reading import dictionary
from course.exercise import Task
from course.exercises import QUESTIONS, TASKS
from course.files import write_whole
from course.keys import KEYS
from course.language import LOCALE, prose_of, without_magics

SOURCE = notebooks.PACKAGE.parent / "source"
KEYWORDS = {"_": None, "N_": None, "counted": (1, 2)}
HEADER = 'msgid ""\nmsgstr ""\n"Language: {}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)

FENCE = re.compile(r"\s*(```|~~~)")
PROSE = re.compile(r"[^\W\d_]{2}")
# What a translation must hold as often as its English: code, formulas, links, tags and places.
KEPT = re.compile(
    r"`[^`\n]+`|\$[^$\n]+\$|\]\([^)\s]+|</?[a-z]+\d?(?: [^<>\n]*=[^<>\n]*)?/?>|\{\w+\}"
)
SHAPE = re.compile(r"(?m)^ *(?:#+ |[-*] |\d+\. |\||>)")
DIGITS = re.compile(r"\d+(?:[.,]\d+|[\u00a0\u202f ]\d{3}(?!\d))*")


@dataclass(frozen=True)
class Text:
    """An English text to translate. In a notebook its context is the cell's id, so that an edit
    elsewhere never touches it. `plural` where it depends on a number.
    """

    english: str
    context: str | None = None
    plural: str | None = None
    about: str = ""  # for the translator
    code: bool = False  # a whole cell of code: only its comments and texts may differ


def texts() -> dict[str, list[Text]]:
    """All that is to be translated, by the name of its catalog."""
    found = {"interface": list(of_program()), "tables": list(of_tables())}
    for id, question in QUESTIONS.items():
        module = question.cases.__module__.rpartition(".")[2].replace("_", "-")
        found.setdefault(f"exercises-{module}", []).extend(of_exercise(id))
    for task in TASKS.values():
        found["interface"] += of_task(task)
    for name, path in notebook_files().items():
        found[name] = list(of_notebook(notebooks.read(path)))
    return found


def notebook_files() -> dict[str, Path]:
    """The English notebooks by the names of their catalogs."""
    lessons = {f"lesson-{path.stem}": path for path in sorted(notebooks.LESSONS.glob("*.ipynb"))}
    return lessons | {f"assignment-{path.stem}": path for path in sorted(SOURCE.glob("*/*.ipynb"))}


def of_program() -> Iterator[Text]:
    """What the program says: the first arguments of `_`, `N_` and `counted`."""
    for path in sorted(notebooks.PACKAGE.rglob("*.py")):
        where = str(path.relative_to(notebooks.PACKAGE))
        for _line, message, *_rest in extract_from_file("python", path, keywords=KEYWORDS):
            one, more = message if isinstance(message, tuple) else (message, None)
            yield Text(one, plural=more, about=where)


def of_tables() -> Iterator[Text]:
    """What the dictionary tells of the tables and their columns."""
    for name, table in dictionary().items():
        yield Text(table["description"], about=name)
        yield Text(table["grain"], about=name)
        for column in table["columns"]:
            yield Text(column["meaning"], about=f"{name}.{column['name']}")


def of_exercise(id: str) -> Iterator[Text]:
    """What a learner may read of an exercise outside its notebook."""
    question, key = QUESTIONS[id], KEYS[id]
    yield Text(question.asks, about=f"{id}, what is asked for")
    yield Text(question.see, about=f"{id}, where to look")
    for n, hint in enumerate(question.hints, 1):
        yield Text(hint, about=f"{id}, hint {n}")
    for case in question.cases(0):
        yield Text(case.about, about=f"{id}, name of a case")
    for mistake in key.mistakes:
        yield Text(mistake.message, about=f"{id}, mistake: {mistake.name}")
    yield Text(key.why, about=f"{id}, what a right answer hears")
    for text in prose_of(textwrap.dedent(inspect.getsource(key.reference))):
        yield Text(text, about=f"{id}, in the solution")


def of_task(task: Task) -> Iterator[Text]:
    """What a learner may read of a task outside its notebook."""
    for n, hint in enumerate(task.hints, 1):
        yield Text(hint, about=f"{task.id}, hint {n}")
    for line in task.checklist:
        yield Text(line, about=f"{task.id}, checklist")


def of_notebook(notebook: NotebookNode) -> Iterator[Text]:
    """The paragraphs of its Markdown, and its cells of code that have something to read."""
    for cell in notebook.cells:
        if is_answer(cell):
            continue
        if cell.cell_type == "code":
            if prose_of(cell.source):
                yield Text(cell.source, cell.id, about="code", code=True)
        else:
            for block in blocks(cell.source):
                if PROSE.search(block) and not FENCE.match(block):
                    yield Text(block, cell.id)


def blocks(markdown: str) -> list[str]:
    """Markdown cut at blank lines, fenced code and formulas whole; joined they are the text."""
    cut, inside = [""], False
    for line in markdown.splitlines(keepends=True):
        if FENCE.match(line) or line.strip() == "$$":
            inside = not inside
        if line.strip() or inside:
            cut[-1] += line
        else:
            cut += [line, ""]
    # The line's end is no part of what a translator sees.
    halves = ((block.rstrip("\n"), block[len(block.rstrip("\n")) :]) for block in cut)
    return [part for half in halves for part in half if part]


def folder(language: str) -> Path:
    """Where a language's catalogs are."""
    return LOCALE / language


def languages() -> list[str]:
    """The codes of the languages that have catalogs."""
    return sorted(path.name for path in LOCALE.iterdir() if path.is_dir())


def read_catalog(language: str, name: str) -> Catalog:
    """A catalog; empty where there is none yet."""
    path = folder(language) / f"{name}.po"
    if not path.exists():
        return Catalog(locale=language, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def write_catalog(catalog: Catalog, name: str) -> None:
    """Write a catalog's file, always the same for the same texts: no dates, no line numbers."""
    file = io.BytesIO()
    write_po(file, catalog, width=100, omit_header=True, include_lineno=False, ignore_obsolete=True)
    text = HEADER.format(catalog.locale_identifier).encode() + file.getvalue()
    write_whole(folder(catalog.locale_identifier) / f"{name}.po", text.rstrip() + b"\n")


def template(found: list[Text]) -> Catalog:
    """A catalog of English texts with nothing translated."""
    catalog = Catalog(fuzzy=False)
    for text in found:
        if text.english:
            id = (text.english, text.plural) if text.plural else text.english
            catalog.add(id, context=text.context, auto_comments=[text.about] * bool(text.about))
    return catalog


def update(language: str) -> None:
    """Bring a language's catalogs to the present English: new texts come in empty, a changed one
    keeps its old translation marked as fuzzy. Makes the catalogs of a language that has none.
    """
    found = texts()
    for name, english in found.items():
        catalog = read_catalog(language, name)
        catalog.update(template(english), update_creation_date=False)
        write_catalog(catalog, name)
    for path in folder(language).glob("*.po"):
        if path.stem not in found:
            path.unlink()
    write_whole(LOCALE / f"{language}.mo", compiled(language))


def compiled(language: str) -> bytes:
    """The messages of all catalogs that are not a notebook's, as gettext reads them."""
    # Not the time at which it is made: the same texts make the same file.
    together = Catalog(locale=language, fuzzy=False, creation_date=LONG_AGO)
    for path in sorted(folder(language).glob("*.po")):
        if not path.stem.startswith(("lesson-", "assignment-")):
            for message in read_catalog(language, path.stem):
                if message.id and not message.fuzzy:
                    together.add(message.id, message.string)
    file = io.BytesIO()
    write_mo(file, together)
    return file.getvalue()


def messages_in(compiled_catalog: bytes) -> dict:
    """The messages of a compiled catalog; its header names the version of Babel that made it."""
    catalog = read_mo(io.BytesIO(compiled_catalog))
    return {str(message.id): str(message.string) for message in catalog if message.id}


def translated(notebook: NotebookNode, name: str, language: str) -> NotebookNode:
    """The notebook in that language, by the catalog of that name; what is not translated yet, and
    what learners write, stays as it is.
    """
    catalog = catalog_for_reading(language, name)

    def in_language(text: str, cell: NotebookNode) -> str:
        message = catalog.get(text, cell.id)
        return message.string if message and message.string and not message.fuzzy else text

    new = nbformat.from_dict(notebook)
    for cell in new.cells:
        if is_answer(cell):
            continue
        if cell.cell_type == "code":
            cell.source = in_language(cell.source, cell)
        else:
            cell.source = "".join(in_language(block, cell) for block in blocks(cell.source))
    new.metadata["lang"] = language
    return new


@cache
def catalog_for_reading(language: str, name: str) -> Catalog:
    """A catalog, read once a process."""
    return read_catalog(language, name)


def problems(language: str) -> Iterator[str]:
    """What is missing, stale or not the same as the English in a language, a line each."""
    for name, english in texts().items():
        where = f"locale/{language}/{name}.po"
        catalog = read_catalog(language, name)
        wanted = {(text.english, text.context) for text in english if text.english}
        for text in english:
            if not text.english:
                continue
            about = f"{where}: {text.context or text.about}"
            message = catalog.get(text.english, text.context)
            if message is None:
                yield f"{about}: not in the catalog: {text.english!r:.70}; run `course translate`"
            elif message.fuzzy:
                yield f"{about}: the English has changed: {text.english!r:.70}"
            elif not all(strings_of(message)):
                yield f"{about}: not translated: {text.english!r:.70}"
            else:
                for string in strings_of(message):
                    for problem in differences(text, string):
                        yield f"{about}: {problem}"
        for message in catalog:
            id = message.id[0] if isinstance(message.id, tuple) else message.id
            if id and (id, message.context) not in wanted:
                yield f"{where}: the course has no more {id!r:.70}; run `course translate`"
    if messages_in((LOCALE / f"{language}.mo").read_bytes()) != messages_in(compiled(language)):
        yield f"locale/{language}.mo is not made from these catalogs; run `course translate`"


def strings_of(message: Message) -> tuple[str, ...]:
    """The translation, or one for each form of the plural."""
    return message.string if isinstance(message.string, tuple) else (message.string,)


def differences(text: Text, translation: str) -> Iterator[str]:
    """What of the English that must not change has changed."""
    if text.code:
        if without_prose(text.english) != without_prose(translation):
            yield "the code is not the same"
        return
    english = text.plural or text.english
    same: dict[str, Callable[[str], list[str]]] = {
        "code, links or places": KEPT.findall,
        "numbers": lambda t: [re.sub(r"\D", "", n) for n in DIGITS.findall(KEPT.sub("", t))],
        "headings, lists or tables": lambda t: [mark.strip() for mark in SHAPE.findall(t)],
    }
    for what, find in same.items():
        before, after = Counter(find(english)), Counter(find(translation))
        if before != after:
            lacks, adds = list((before - after).elements()), list((after - before).elements())
            yield f"{what} differ in {english!r:.50}: lacks {lacks}, adds {adds}"


def without_prose(code: str) -> str:
    """Code without comments and with all texts alike; those that are one word of code stay."""
    tree = ast.parse(without_magics(code))
    names = {column["name"] for table in dictionary().values() for column in table["columns"]}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):  # another language has another order
            places = [part for part in node.values if isinstance(part, ast.FormattedValue)]
            node.values = sorted(places, key=ast.dump)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = node.value if node.value in names else ""
    return ast.dump(tree)
