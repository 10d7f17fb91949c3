"""The command `course`, also as `python -m course`."""

import sys

from course.grading import leave_out_slow_imports


def main() -> int:
    """Run the command line."""
    leave_out_slow_imports()
    from course.cli import main  # imports nbformat

    return main()


if __name__ == "__main__":
    sys.exit(main())
