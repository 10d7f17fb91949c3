"""nbgrader's configuration for this course: what is not said here is nbgrader's default."""

from pathlib import Path

from course.grading.execute import AUTOGRADE
from course.grading.harmless import FILTERS, PREPROCESSORS
from course.grading.intake import SubmittedNotebook

c = get_config()  # noqa: F821 (traitlets gives this name to a configuration file)

c.CourseDirectory.root = str(Path(__file__).parent.resolve())
c.CourseDirectory.course_id = "internet-marketer"
c.CourseDirectory.release_directory = "release/en"

# One stub in both languages of the course: nbgrader tells by it who has not written anything.
c.ClearSolutions.text_stub = "აქ დაწერეთ პასუხი — YOUR ANSWER HERE"

# Before nbgrader looks at a submission, what is no notebook, and copied, renamed and deleted cells
# are put right; then the submission's code runs in a sandbox, and the check cells outside of it.
c.Autograde.exporter_class = SubmittedNotebook
c.Autograde.autograde_preprocessors = AUTOGRADE

# What students wrote and printed is shown in feedback and in Formgrader, and does nothing there.
c.HTMLExporter.filters = FILTERS
c.HTMLExporter.preprocessors = PREPROCESSORS
