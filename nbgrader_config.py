"""nbgrader's configuration for this course: what is not said here is nbgrader's default."""

from pathlib import Path

from course.grading.intake import SANITIZE

c = get_config()  # noqa: F821 (traitlets gives this name to a configuration file)

c.CourseDirectory.root = str(Path(__file__).parent.resolve())
c.CourseDirectory.course_id = "internet-marketer"
c.CourseDirectory.release_directory = "release/en"

# One stub in both languages of the course: nbgrader tells by it who has not written anything.
c.ClearSolutions.text_stub = "აქ დაწერეთ პასუხი — YOUR ANSWER HERE"

# Before nbgrader looks at a submission, copied, renamed and deleted cells are put right.
c.Autograde.sanitize_preprocessors = SANITIZE
