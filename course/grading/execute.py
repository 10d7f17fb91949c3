"""nbgrader's Execute, but in the box, and its marks, with the record of them: for
`nbgrader autograde` and Formgrader's button.
"""

import os
from pathlib import Path

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute, SaveAutoGrades
from traitlets import Bool, Dict

from course.grading import engine
from course.grading.box import Limits
from course.grading.intake import instructors_files, source_of
from course.grading.records import answers_of, graded_with
from course.grading.submission import reasons
from course.grading.worker import (
    MOST_TIMES,
    SECONDS_BESIDE,
    Executed,
    Settings,
    do_in_worker,
)


class SandboxedExecute(Execute):
    """Runs a submission's cells in a sandbox and the check cells outside it."""

    limits = Dict(
        {},
        help="What a submission may use, such as {'memory_mb': 3000}: course.grading.box.Limits",
    ).tag(config=True)

    trusted_submissions = Bool(
        False,
        help="Whether submissions may run where this machine has no sandbox.",
    ).tag(config=True)

    def settings(self) -> Settings:
        """How to grade."""
        limits = {"cell_seconds": self.timeout, **self.limits}
        return Settings(
            limits=Limits(**limits),
            seed=os.environ.get("COURSE_SEED"),
            trusted=self.trusted_submissions,
            steps={step: dict(self.config[step]) for step in ("ClearHiddenTests",)},
        )

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict, km: object = None
    ) -> tuple[NotebookNode, ResourcesDict]:
        """Run the notebook; errors of its cells become their outputs."""
        settings, instructors = self.settings(), instructors_files(self.parent, resources)
        text, executed = do_in_worker(
            "run_alone",
            nbformat.writes(nb),
            source_of(self.parent, resources),
            self.submissions_files(resources) | instructors,
            settings,
            instructors,
            seconds=MOST_TIMES * settings.limits.submission_seconds + SECONDS_BESIDE,
        )
        resources["nbgrader"]["executed"] = executed
        for check, reason in executed.not_graded.items():
            self.log.error("NOT GRADED %s: %s", check, reason)
        return nbformat.reads(text, 4), resources

    def submissions_files(self, resources: ResourcesDict) -> dict[str, bytes]:
        """The files beside the notebook: intake has put there what it takes."""
        folder = Path(resources["metadata"]["path"])
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix != ".ipynb"
        }


class SaveMarks(SaveAutoGrades):
    """Saves the marks as `course autograde` does.

    A person's mark of the same answer stays one; a refused notebook waits for a person, with the
    reason; and the record beside the graded folder says with what it was graded.
    """

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        """Save the marks, then the record."""
        about = resources["nbgrader"]
        converter = self.parent.parent
        course = engine.Course(converter.config, converter.coursedir)
        which = course, about["assignment"], about["student"]
        record, name = engine.read_record(*which), about["notebook"]
        self.before = record.get("answers", {}).get(name, {})
        self.now = answers_of(nb)
        self.refused = self.unsaid = about.get("refused")
        self.executed = about.get("executed") or Executed()
        nb, resources = super().preprocess(nb, resources)
        submitted = course.folder("submitted", about["student"], about["assignment"])
        refused = {n: why for n, why in record.get("refused", {}).items() if n != name}
        not_graded = reasons(self.executed.not_graded)
        if self.refused or not_graded:
            refused[name] = self.refused or not_graded
        new = {
            "fingerprint": engine.fingerprint_of_folder(submitted),
            "refused": refused,
            "verdicts": {**record.get("verdicts", {}), name: dict(self.executed.verdicts)},
            "with": graded_with(engine.read(*which[:2]), os.environ.get("COURSE_SEED")),
            "answers": {**record.get("answers", {}), name: self.now},
        }
        engine.put_record(*which, new)
        return nb, resources

    def _add_score(self, cell: NotebookNode, resources: ResourcesDict) -> None:
        name = cell.metadata.nbgrader.grade_id
        which = name, self.notebook_id, self.assignment_id, self.student_id
        grade = self.gradebook.find_grade(*which)
        score, waits = grade.auto_score, grade.needs_manual_grade
        super()._add_score(cell, resources)
        same = self.before.get(name) == self.now[name] and grade.auto_score == score
        if self.refused:
            grade.auto_score, grade.needs_manual_grade = 0.0, True
        elif name in self.executed.not_graded:
            grade.auto_score, grade.needs_manual_grade = None, True
        elif grade.manual_score is not None and same:
            grade.needs_manual_grade = waits
        self.gradebook.db.commit()

    def _add_comment(self, cell: NotebookNode, resources: ResourcesDict) -> None:
        super()._add_comment(cell, resources)
        if self.refused:
            name = cell.metadata.nbgrader.grade_id
            which = name, self.notebook_id, self.assignment_id, self.student_id
            # The first cell says it, as in what `course autograde` writes.
            self.gradebook.find_comment(*which).auto_comment, self.unsaid = self.unsaid, None
            self.gradebook.db.commit()


OURS = {Execute: SandboxedExecute, SaveAutoGrades: SaveMarks}
AUTOGRADE = [OURS.get(step, step) for step in Autograde.autograde_preprocessors.default()]
