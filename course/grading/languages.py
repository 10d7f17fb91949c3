"""One class, several languages: nbgrader's release, and its pages, in that of the reader.

A notebook says its language in `metadata.lang`; without that it is English. The gradebook and
autograded/ always hold the English cells, so that an answer has the same marks in each language.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

from jinja2 import BaseLoader, Environment
from nbconvert.exporters import HTMLExporter
from nbconvert.exporters.exporter import ResourcesDict
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor, SaveCells
from nbgrader.utils import is_grade, is_locked, is_solution

from course.language import ENGLISH, N_, _, languages, of_notebook, speaking

TRANSLATED = "course.grading.languages.LockedCells"

# What nbgrader's template for feedback says.
WORDS = (
    N_("Coding free-response"),
    N_("Comment"),
    N_("Comments"),
    N_("Grade cell"),
    N_("Late submission penalty"),
    N_("Score"),
    N_("Student's answer"),
    N_("Student's task"),
    N_("Task"),
    N_("Test cell"),
    N_("Top"),
    N_("Written response"),
)
COMMENT = "cell.metadata.nbgrader.comment"

# On a phone a page is as wide as the screen.
HEAD = f"""<meta name="viewport" content="width=device-width, initial-scale=1" />
<style>
{Path(__file__).with_name("page.css").read_text("utf-8")}</style>
</head>"""


def in_language(notebook: NotebookNode, name: str, language: str) -> NotebookNode:
    """A notebook of the assignments in a language."""
    from course.translation import translated  # slow to import, and not for English

    return translated(notebook, f"assignment-{name}", language)


# The release


def language_of_release() -> str:
    """The language of the release that nbgrader makes and hands out, by COURSE_LANG."""
    asked = os.environ.get("COURSE_LANG") or ENGLISH
    if asked not in languages():
        # nbgrader goes on after any other exception, without its configuration.
        all_languages = ", ".join(languages())
        raise SystemExit(f"COURSE_LANG is {asked!r}; the course speaks: {all_languages}.")
    return asked


class ReleaseInLanguage(NbGraderPreprocessor):
    """Translates the release, once its English cells are in the gradebook."""

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        """The notebook in the language of the release; answers stay as they are."""
        language = language_of_release()
        if language != ENGLISH:
            nb = in_language(nb, resources["nbgrader"]["notebook"], language)
        return nb, resources


# Before hidden tests are cleared: a cell is found by its whole text.
RELEASE = [
    new
    for step in GenerateAssignment.preprocessors.default()
    for new in ((step, ReleaseInLanguage) if step is SaveCells else (step,))
]


# Pages


class LockedCells(Preprocessor):
    """Shows the assignment's own cells in the submission's language again, in feedback and in
    Formgrader. For `c.HTMLExporter.preprocessors`, after those that make a notebook harmless.
    """

    enabled = True

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        """Translate the locked cells in place; what a student wrote is not looked at."""
        language = resources["language_code"] = of_notebook(nb)
        if language != ENGLISH:
            locked = [cell for cell in nb.cells if is_locked(cell)]
            english = NotebookNode(
                metadata=NotebookNode(),
                cells=[NotebookNode({**cell, "outputs": []}) for cell in locked],
            )
            shown = in_language(english, resources["metadata"]["name"], language)
            for cell, new in zip(locked, shown.cells, strict=True):
                cell.source = new.source
        return nb, resources


class FeedbackPage(HTMLExporter):
    """nbgrader's feedback page in the submission's language. For
    `c.GenerateFeedback.exporter_class`.
    """

    def from_notebook_node(
        self, nb: NotebookNode, resources: ResourcesDict | None = None, **kw: object
    ) -> tuple[str, ResourcesDict]:
        """The page, without the hidden tests: the next class may get them."""
        without = ClearHiddenTests(parent=self)
        for number, cell in enumerate(nb.cells):
            if is_grade(cell) and not is_solution(cell):
                without.preprocess_cell(cell, {}, number)
        with speaking(of_notebook(nb)):
            return super().from_notebook_node(nb, resources, **kw)

    def _create_environment(self) -> Environment:
        environment = super()._create_environment()
        environment.loader = SaidInLanguage(environment.loader)
        environment.globals["_"] = _
        return environment


class SaidInLanguage(BaseLoader):
    """Loads templates, and asks in nbgrader's for feedback for the words of the reader's language.

    So that the page fits on any screen, its head gets a style. Only the template is changed, never
    what a student wrote; words that a later nbgrader has instead of these stay as they are.
    """

    def __init__(self, loader: BaseLoader) -> None:
        self.loader = loader

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """The template's text."""
        text, path, is_fresh = self.loader.get_source(environment, template)
        if path and Path(path).parent.name == "feedback":
            text = text.replace("<html>", '<html lang="{{ resources.language_code }}">')
            text = text.replace("</head>", HEAD)
            text = text.replace(f"{COMMENT} |", f"_({COMMENT}) |")  # also nbgrader's own comment
            words = "|".join(map(re.escape, WORDS))
            text = re.sub(rf"(?<=[>(\s])({words})(?=[<:)]| \()", asked_for, text)
        return text, path, is_fresh


def asked_for(word: re.Match) -> str:
    """A word of the template as what Jinja asks `_` for."""
    return f"{{{{ _({word[0]!r}) }}}}"
