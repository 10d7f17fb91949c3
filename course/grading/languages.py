"""One class, several languages: nbgrader's release, and its pages, in that of the reader.

A notebook says its language in `metadata.lang`; without that it is English. The gradebook and
autograded/ always hold the English cells, so that an answer has the same marks in each language.
"""

import html
import os
import re
from collections.abc import Callable
from pathlib import Path

from jinja2 import BaseLoader, Environment
from nbconvert.exporters import HTMLExporter
from nbconvert.exporters.exporter import ResourcesDict
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment, GenerateFeedback
from nbgrader.preprocessors import ClearHiddenTests, GetGrades, NbGraderPreprocessor, SaveCells
from nbgrader.utils import is_grade, is_locked, is_solution, is_task
from traitlets import Bunch, TraitError, Unicode, validate

from course.exercises import EXERCISES
from course.language import ENGLISH, N_, _, counted, languages, number, of_notebook, speaking
from course.notebooks import cell_id
from course.saved import ALWAYS, opening

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
# How the template names a marked cell, and how it tells the mark.
KINDS = ("Coding free-response", "Task", "Test cell", "Written response")
GRADE_ID = "{{ cell.metadata.nbgrader.grade_id }}"
ROUNDED = "| float | round(2)"
MARK = (
    f"Score: {{{{ cell.metadata.nbgrader.score {ROUNDED} }}}}"
    f" / {{{{ cell.metadata.nbgrader.points {ROUNDED} }}}}"
)
TOTAL = f"{{{{ resources.nbgrader.max_score {ROUNDED} }}}})"

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


class Solutions(NbGraderPreprocessor):
    """Writes into the release when `solution()` may show what it shows."""

    open = Unicode(
        ALWAYS,
        help="When students may see solutions: always (after an attempt), never, or from a day on, "
        'such as "2026-12-01" or "2026-12-01 18:00+04:00".',
    ).tag(config=True)

    @validate("open")
    def _that_it_can_be_read(self, proposal: Bunch) -> str:
        try:
            opening(proposal.value)
        except ValueError:
            raise TraitError(
                f'c.Solutions.open is {proposal.value!r}; it is to be "always", "never" or a date '
                'such as "2026-12-01" or "2026-12-01 18:00+04:00"'
            ) from None
        return proposal.value

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        """The notebook, which says when; nothing where they are always open."""
        nb.metadata.pop("solutions", None)
        if self.open != ALWAYS:
            nb.metadata["solutions"] = self.open
        return nb, resources


# Before hidden tests are cleared: a cell is found by its whole text.
RELEASE = [
    new
    for step in GenerateAssignment.preprocessors.default()
    for new in ((step, ReleaseInLanguage, Solutions) if step is SaveCells else (step,))
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


class GetMarks(GetGrades):
    """Reads the marks for a page; also which of them a person has yet to give, and how the exercise
    is called that the cell belongs to.
    """

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        """Write them into the cells' metadata."""
        nb, resources = super().preprocess(nb, resources)
        names = {cell_id(e, "check"): f"{e.id} {e.name}" for e in EXERCISES.values()}
        heading, unread = "", 0
        for cell in nb.cells:
            if is_locked(cell) and cell.cell_type == "markdown":
                heading = heading_of(cell.source) or heading
            if is_grade(cell) or is_task(cell):
                about = cell.metadata.nbgrader
                about.title = names.get(about.grade_id, heading)
                unread += about.unread
        resources["nbgrader"]["unread"] = unread
        return nb, resources

    def _get_score(self, cell: NotebookNode, resources: ResourcesDict) -> None:
        super()._get_score(cell, resources)
        name = cell.metadata.nbgrader.grade_id
        which = name, self.notebook_id, self.assignment_id, self.student_id
        cell.metadata.nbgrader.unread = self.gradebook.find_grade(*which).needs_manual_grade


PAGES = [
    GetMarks if step is GetGrades else step for step in GenerateFeedback.preprocessors.default()
]


def heading_of(text: str) -> str:
    """What the heading of an exercise calls it, without the points that stand behind the name."""
    found = re.match(r"#+ +(.+)", text)
    return found[1].split(" · ")[0].strip() if found else ""


def title(cell: NotebookNode, kind: str) -> str:
    """A marked cell's name for the reader; the kind of the cell where there is none."""
    return html.escape(str(cell.metadata.nbgrader.get("title") or _(kind)))


def mark(cell: NotebookNode) -> str:
    """The points of a cell, or that nobody has read it yet: then there is no mark, not a zero."""
    about = cell.metadata.nbgrader
    if about.get("unread") is True:
        return _("not read yet (points: {all})", all=points(about.points))
    score = _("Score")
    return f"{score}: {points(about.score)} / {points(about.points)}"


def points(value: float) -> str:
    """As nbgrader shows them, with the decimal sign of the reader's language."""
    return number(f"{round(float(value), 2)}")


def unread(resources: ResourcesDict) -> str:
    """That the sum is not the last word; empty where it is."""
    waiting = resources["nbgrader"].get("unread")
    if not waiting:
        return ""
    said = counted("{number} answer not read yet", "{number} answers not read yet", waiting)
    return f" · {said}"


class FeedbackPage(HTMLExporter):
    """nbgrader's feedback page in the submission's language. For
    `c.GenerateFeedback.exporter_class`.
    """

    def from_notebook_node(
        self, nb: NotebookNode, resources: ResourcesDict | None = None, **kw: object
    ) -> tuple[str, ResourcesDict]:
        """The page, without the hidden tests: the next class may get them."""
        without = ClearHiddenTests(parent=self)
        for place, cell in enumerate(nb.cells):
            if is_grade(cell) and not is_solution(cell):
                without.preprocess_cell(cell, {}, place)
        with speaking(of_notebook(nb)):
            return super().from_notebook_node(nb, resources, **kw)

    def _create_environment(self) -> Environment:
        environment = super()._create_environment()
        environment.loader = SaidInLanguage(environment.loader)
        environment.globals |= {"_": _, "mark": mark, "title": title, "unread": unread}
        return environment


class SaidInLanguage(BaseLoader):
    """Loads templates, and asks in nbgrader's for feedback for the words of the reader's language,
    the names of exercises, and marks that are not given yet.

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
            text = text.replace(MARK, "{{ mark(cell) }}")
            text = text.replace(TOTAL, f"{TOTAL}{{{{ unread(resources) }}}}")
            for kind in KINDS:
                text = text.replace(f">{kind}</a>", f">{{{{ title(cell, {kind!r}) }}}}</a>")
            name = "{{ title(cell, cell.metadata.nbgrader.grade_id) }}"
            text = text.replace(f"Grade cell: <code>{GRADE_ID}</code>", name)
            words = "|".join(map(re.escape, WORDS))
            text = re.sub(rf"(?<=[>(\s])({words})(?=[<:)]| \()", asked_for, text)
        return text, path, is_fresh


def asked_for(word: re.Match) -> str:
    """A word of the template as what Jinja asks `_` for."""
    return f"{{{{ _({word[0]!r}) }}}}"
