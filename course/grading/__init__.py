"""Marks: everything here runs nbgrader or serves it."""

import sys


class GradingError(RuntimeError):
    """Grading cannot go on; the text says why and what to do."""


def leave_out_slow_imports() -> None:
    """Call it before nbformat is imported.

    jsonschema would build a grammar of international addresses, for two seconds of CPU in every
    process; nbformat's schemas ask for none, and jsonschema takes it for not installed.
    """
    sys.modules.setdefault("rfc3987_syntax", None)
