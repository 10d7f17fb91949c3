"""nbgrader's configuration for this course: what is not said here is nbgrader's default."""

from pathlib import Path

from course.grading.exchange import Collect
from course.grading.execute import AUTOGRADE
from course.grading.harmless import FILTERS, PREPROCESSORS
from course.grading.intake import SubmittedNotebook
from course.grading.languages import PAGES, RELEASE, TRANSLATED, FeedbackPage, language_of_release

c = get_config()  # noqa: F821 (traitlets gives this name to a configuration file)

c.CourseDirectory.root = str(Path(__file__).parent.resolve())
c.CourseDirectory.course_id = "internet-marketer"

# COURSE_LANG=ka makes and hands out the Georgian release; the gradebook has the English cells.
c.CourseDirectory.release_directory = f"release/{language_of_release()}"
c.GenerateAssignment.preprocessors = RELEASE
# The release comes with the course, so it is always there already; it is made again all the same,
# as Formgrader's button does, for that is what puts the assignment into the gradebook.
c.GenerateAssignment.force = True

# When `solution()` shows students a solution: "always" (after an attempt), "never", or from a day
# on, such as "2026-12-01" or "2026-12-01 18:00+04:00". It travels in the released notebook.
c.Solutions.open = "always"

# One stub in both languages of the course: nbgrader tells by it who has not written anything.
c.ClearSolutions.text_stub = "აქ დაწერეთ პასუხი — YOUR ANSWER HERE"

# Before nbgrader looks at a submission, what is no notebook, and copied, renamed and deleted cells
# are put right; then the submission's code runs in a sandbox, and the check cells outside of it.
c.Autograde.exporter_class = SubmittedNotebook
c.Autograde.autograde_preprocessors = AUTOGRADE

# What lies in the exchange was put there by students: one of them stops nobody else's collecting.
c.ExchangeFactory.collect = Collect

# What students wrote and printed is shown in feedback and in Formgrader, and does nothing there.
# The assignment's own cells, and the words of feedback pages, are in the submission's language.
c.HTMLExporter.filters = FILTERS
c.HTMLExporter.preprocessors = [*PREPROCESSORS, TRANSLATED]
c.GenerateFeedback.exporter_class = FeedbackPage
c.GenerateFeedback.preprocessors = PAGES
