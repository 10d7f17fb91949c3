"""Marks: everything here runs nbgrader or serves it."""


class GradingError(RuntimeError):
    """Grading cannot go on; the text says why and what to do."""
