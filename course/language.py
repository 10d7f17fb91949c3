"""The language that the course speaks to somebody: English, or another by its catalog.

Messages are whole English sentences with named places, `_("On {case} it gives {value}.", …)`; a
catalog (`locale/ka.mo`, made by translation.py) holds them in another language.
"""

import ast
import functools
import gettext
import inspect
import io
import json
import os
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from course.files import running_notebook, workspace_of

LOCALE = Path(__file__).parent / "locale"
ENGLISH = "en"


class Slip(Exception):
    """A learner's slip, such as a name that is not known: a notebook shows its sentence alone."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of the lines of code that led here."""
        return [str(self)]


class Misused(Slip, TypeError):
    """A helper of the course was called with too little or too much."""


def as_in(example: str) -> Callable[[Callable], Callable]:
    """Give a function that notebooks call an example: who calls it in another way is shown it."""

    def with_example(function: Callable) -> Callable:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def called(*args: Any, **values: Any) -> Any:
            try:
                signature.bind(*args, **values)
            except TypeError:
                raise Misused(_("Write it like this: `{example}`.", example=example)) from None
            return function(*args, **values)

        return called

    return with_example


_spoken: ContextVar[str | None] = ContextVar("language", default=None)


def languages() -> list[str]:
    """Codes of the languages that there are, English first: ["en", "ka"]."""
    return [ENGLISH, *sorted(path.stem for path in LOCALE.glob("*.mo"))]


def current() -> str:
    """The language to speak now; English where nobody has chosen one that there is.

    A grader says it for each submission; `COURSE_LANG` for a process; else it is that of the
    notebook in whose kernel this runs, or of the learner's workspace.
    """
    for choice in (_spoken.get, lambda: os.environ.get("COURSE_LANG"), of_kernel, of_workspace):
        if (chosen := choice()) and chosen in languages():
            return chosen
    return ENGLISH


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Speak that language in the block; None leaves the choice as it is."""
    token = _spoken.set(language or _spoken.get())
    try:
        yield
    finally:
        _spoken.reset(token)


def of_kernel() -> str | None:
    """The language of the notebook that this kernel was started for."""
    path = running_notebook()
    try:
        return language_in_file(path, path.stat().st_mtime_ns) if path else None
    except OSError:
        return None


@functools.lru_cache(maxsize=1)
def language_in_file(path: Path, changed: int) -> str | None:
    """What a notebook's file says of its language, as of its last change."""
    try:
        return json.loads(path.read_text("utf-8"))["metadata"].get("lang")
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None


def of_workspace(folder: Path | None = None) -> str | None:
    """The language that was chosen for the workspace around a folder, by default the working one;
    None outside of a workspace.
    """
    workspace = workspace_of(folder or Path.cwd())
    if workspace is None:
        return None
    try:
        return json.loads((workspace / ".course/workspace.json").read_text("utf-8"))["language"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def of_notebook(notebook: Mapping) -> str:
    """The language that a notebook says it is in, where the course speaks it; else English."""
    metadata = notebook.get("metadata")
    said = metadata.get("lang") if isinstance(metadata, Mapping) else None
    return said if isinstance(said, str) and said in languages() else ENGLISH


@functools.cache
def catalog(language: str) -> gettext.NullTranslations:
    """The messages of a language by their English; empty for English itself."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    with (LOCALE / f"{language}.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def _(message: str, /, **values: Any) -> str:
    """The message in the current language, with the values in its named places.

    >>> with speaking("en"):
    ...     _("{points} of {all} points", points=1, all=2)
    '1 of 2 points'
    """
    # gettext keeps its own header under the empty message.
    text = catalog(current()).gettext(message) if message else ""
    return text.format(**values) if values else text


def N_(message: str) -> str:
    """Marks a message that is translated only where it is said."""
    return message


def counted(one: str, more: str, number: int, /, **values: Any) -> str:
    """A message that depends on a number, which stands at {number}: "1 point", "2 points"."""
    text = catalog(current()).ngettext(one, more, number)
    return text.format(number=number, **values)


def number(english: str) -> str:
    """A number written in English form, with the separators of the current language.

    >>> with speaking("en"):
    ...     number("1,234.5")
    '1,234.5'
    """
    if current() == ENGLISH:
        return english
    return english.translate(separators(current()))


def did_you_mean(names: Iterable[str]) -> str:
    """The question that follows after a name that is not known."""
    return _("Did you mean {near}?", near=_(" or ").join(map(repr, names)))


@functools.cache
def separators(language: str) -> dict[int, str]:
    """The signs for thousands and fractions of a language, by the English ones."""
    from babel.numbers import get_decimal_symbol, get_group_symbol  # slow to import

    group, decimal = get_group_symbol(language), get_decimal_symbol(language)
    return str.maketrans({",": group, ".": decimal})


def without_magics(code: str) -> str:
    """A cell's code as Python: its magics and shell commands as comments."""
    return re.sub(r"(?m)^( *)[%!]", r"\1#", code)


def prose_of(code: str) -> list[str]:
    """Comments, and texts of more than a word, in Python code."""
    python = without_magics(code)
    tokens = list(tokenize.generate_tokens(io.StringIO(python).readline))
    comments = [
        token.string.lstrip("# ")
        for token in tokens
        if token.type == tokenize.COMMENT and not token.string.startswith("###")
    ]
    strings = [
        inspect.cleandoc(node.value)
        for node in ast.walk(ast.parse(python))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return [t for t in comments if re.search(r"[^\W\d_]{2}", t)] + [
        t for t in strings if re.search(r"[^\W\d_]{2}\S* +\S*[^\W\d_]{2}", t)
    ]


def in_language(code: str) -> str:
    """Python code with its comments and texts in the current language."""
    for text in prose_of(code):
        code = code.replace(text, _(text))
    return code
