"""nbgrader's Execute, but in the box: for `nbgrader autograde` and Formgrader's button."""

import os
from pathlib import Path

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute
from traitlets import Bool, Dict

from course.grading import GradingError
from course.grading.box import Limits
from course.grading.intake import instructors_files, source_of
from course.grading.worker import Settings, do_in_worker


class NotGraded(GradingError):
    """A check could not be graded: nbgrader gives the submission no marks, and tells why."""


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
        folder = Path(resources["metadata"]["path"])
        files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.is_symlink() and path.suffix != ".ipynb"
        }
        settings = self.settings()
        text, executed = do_in_worker(
            "run_alone",
            nbformat.writes(nb),
            source_of(self.parent, resources),
            files,
            settings,
            instructors_files(self.parent, resources),
            seconds=2 * settings.limits.submission_seconds + 60,
        )
        for check, reason in executed.not_graded.items():
            raise NotGraded(f"{check}: {reason}")
        return nbformat.reads(text, 4), resources


AUTOGRADE = [
    SandboxedExecute if step is Execute else step
    for step in Autograde.autograde_preprocessors.default()
]
