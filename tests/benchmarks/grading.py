"""Grades a class three ways on this machine, in turns: stock nbgrader, our engine, the bare floor.

`uv run python tests/benchmarks/grading.py --submissions 60 --json` takes some minutes and prints a
table, with --json one JSON object after it. What is measured:

stock   `nbgrader autograde` with nbgrader's own Execute and steps, in slices of the class
ours    `course autograde` with its sandbox, the whole class, once between two slices of stock
floor   bare code cells in a forked process, nothing kept from one to the next: see floor.py
warm_floor   the same where cases and references were made before the fork

CPU seconds are those of all processes that a command starts, orphans included; memory is the
largest sum of their PSS. Starting up counts in submissions per minute; `steady` rates are without.
Marks of stock and ours are compared cell by cell: where they differ, nothing is printed but that.
"""

import argparse
import itertools
import json
import math
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tqdm import tqdm

from course.grading import box
from tests.benchmarks import measure, timers
from tests.benchmarks.measure import Used
from tests.benchmarks.school import School, marks, name_of
from tests.classroom import ASSIGNMENT, ROOT

PROGRAMS = Path(sys.executable).parent
ENVIRONMENT = {
    "PATH": os.pathsep.join([str(PROGRAMS), os.environ["PATH"]]),
    "PYTHONPATH": str(ROOT),
    "OMP_NUM_THREADS": "1",
}
STOCK_BEGINS = re.compile(r"Creating/updating student with ID '([^']+)'")
OURS_DONE = re.compile(r"(\d+)/(\d+) \[")
FLOORS = {"floor": [], "warm_floor": ["--warm", f"{ROOT}/source/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"]}


class MarksDiffer(AssertionError):
    """Stock nbgrader and our engine give a student other marks."""


def main() -> int:
    args = parser().parse_args()
    measure.adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="course-benchmark-") as folder:
        school = School(Path(folder))
        if args.profile:
            found = profile(school, args.submissions)
        elif args.sizes:
            found = growth(school, args.sizes)
        else:
            found = compare(school, args.submissions, args.stock_submissions, args.rounds)
    if args.json:
        print(json.dumps(found, indent=1))
    return 0


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--submissions", type=int, default=60, help="size of the class")
    parser.add_argument(
        "--stock-submissions", type=int, help="how many of them stock grades (default: 12 or all)"
    )
    parser.add_argument("--rounds", type=int, default=1, help="how often ours grades the class")
    parser.add_argument("--json", action="store_true", help="print a JSON object at the end")
    parser.add_argument(
        "--sizes",
        type=lambda text: [int(size) for size in text.split(",")],
        help="instead: what ours costs for classes of these sizes, such as 10,60,600",
    )
    parser.add_argument(
        "--profile",
        action="store_true",
        help="instead: where the time of one submission of ours goes",
    )
    return parser


def compare(school: School, size: int, stock_size: int | None, rounds: int) -> dict:
    """Stock, ours and the floors in turns.

    Raises
    ------
    MarksDiffer, measure.CommandFailed
    """
    stock_size = min(size, stock_size or 12)
    slices = cut(range(stock_size), rounds + 1)
    bar = tqdm(total=2 * stock_size + rounds * size, unit="", desc="measured", file=sys.stderr)
    stock, ours, floors = [], [], {name: [] for name in FLOORS}
    stock_marks, our_marks = {}, {}
    for number, part in enumerate(slices):
        root = school.course(part, stock=True)
        stock.append(measure.run(stock_command(), root, ENVIRONMENT))
        stock_marks |= {student: marks(root, student) for student in part}
        bar.update(len(part))
        for name, options in FLOORS.items():
            floors[name] += floor(root, part, options)
        bar.update(len(part))
        if number < rounds:
            root = school.course(range(size))
            ours.append(measure.run(our_command(), root, ENVIRONMENT))
            our_marks = {student: marks(root, student) for student in range(stock_size)}
            bar.update(size)
    bar.close()
    compare_marks(stock_marks, our_marks)

    stock_start, stock_each = start_and_each(
        [stock_times(used, len(part)) for used, part in zip(stock, slices, strict=True)]
    )
    our_steady = sum(map(steady_per_minute, ours)) / rounds
    our_seconds = sum(used.seconds for used in ours) / rounds
    ours_per_minute = 60 * size / our_seconds
    # A slice is shorter than the class, and must not pay for starting up more than the class would.
    stock_per_minute = 60 * size / (stock_start + size * stock_each)
    our_cpu = sum(used.cpu_seconds for used in ours) / rounds / size
    floor_cpu = {name: sum(values) / len(values) for name, values in floors.items()}
    found = {
        "submissions": size,
        "stock_submissions": stock_size,
        "processors": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "sandbox": box.best().name,
        "stock_per_minute": stock_per_minute,
        "ours_per_minute": ours_per_minute,
        "ratio": ours_per_minute / stock_per_minute,
        "floor_cpu_seconds": floor_cpu["floor"],
        "warm_floor_cpu_seconds": floor_cpu["warm_floor"],
        "ours_cpu_seconds": our_cpu,
        "stock_cpu_seconds": sum(used.cpu_seconds for used in stock) / stock_size,
        "cpu_to_floor": our_cpu / floor_cpu["floor"],
        "cpu_to_warm_floor": our_cpu / floor_cpu["warm_floor"],
        "stock_steady_per_minute": 60 / stock_each,
        "ours_steady_per_minute": our_steady,
        "steady_ratio": our_steady * stock_each / 60,
        "stock_start_seconds": stock_start,
        "peak_mb": max(used.peak_mb for used in ours),
        "stock_peak_mb": max(used.peak_mb for used in stock),
        "marks_compared": sum(map(len, stock_marks.values())),
    }
    found = {name: rounded(value) for name, value in found.items()}
    show(found)
    return found


def cut(numbers: range, parts: int) -> list[range]:
    """The numbers in so many slices, none of them empty."""
    parts = min(parts, len(numbers))
    ends = [len(numbers) * n // parts for n in range(parts + 1)]
    return [numbers[begin:end] for begin, end in itertools.pairwise(ends)]


def stock_command() -> list[str]:
    return [str(PROGRAMS / "nbgrader"), "autograde", ASSIGNMENT]


def our_command() -> list[str]:
    return [str(PROGRAMS / "course"), "autograde", ASSIGNMENT]


def floor(root: Path, students: Sequence[int], options: Sequence[str]) -> list[float]:
    """CPU seconds of each student's bare cells."""
    notebooks = [
        str(root / "submitted" / name_of(student) / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
        for student in students
    ]
    command = [sys.executable, "-m", "tests.benchmarks.floor", *options, "--", *notebooks]
    return [float(line) for _, line in measure.run(command, ROOT, ENVIRONMENT).lines]


def stock_times(used: Used, size: int) -> list[float]:
    """When nbgrader took up each submission, and when it ended."""
    begun = {}
    for seconds, line in used.lines:
        if found := STOCK_BEGINS.search(line):
            begun.setdefault(found.group(), seconds)
    if len(begun) != size:
        said = "\n".join(line for _, line in used.lines)
        raise measure.CommandFailed(f"stock took up {len(begun)} of {size} submissions:\n{said}")
    return [*begun.values(), used.seconds]


def start_and_each(runs: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Seconds until the first submission, and seconds for each one, over all slices."""
    start = sum(times[0] for times in runs) / len(runs)
    worked = sum(times[-1] - times[0] for times in runs)
    return start, worked / sum(len(times) - 1 for times in runs)


def steady_per_minute(used: Used) -> float:
    """Submissions a minute from the first steps of our progress bar to its last one."""
    steps = {}
    for seconds, line in used.lines:
        if found := OURS_DONE.search(line):
            steps.setdefault(int(found.group(1)), seconds)
    # Those that were under way when the boxes had just started count as part of the start.
    steps = {number: seconds for number, seconds in steps.items() if number >= os.cpu_count()}
    first, last = min(steps, default=0), max(steps, default=0)
    if first == last:
        return float("nan")
    return 60 * (last - first) / (steps[last] - steps[first])


def compare_marks(stock: dict[int, dict], ours: dict[int, dict]) -> None:
    """Stop everything where a cell's points differ.

    Raises
    ------
    MarksDiffer
    """
    unlike = [
        f"{name_of(student)} {cell}: stock {points}, ours {ours[student].get(cell)}"
        for student in stock
        for cell, points in stock[student].items()
        if points != ours[student].get(cell)
    ]
    unlike += [
        f"{name_of(student)}: other cells"
        for student in stock
        if stock[student].keys() != ours[student].keys()
    ]
    if unlike:
        raise MarksDiffer("\n".join(["Marks differ, so times mean nothing:", *unlike]))


def growth(school: School, sizes: Sequence[int]) -> dict:
    """What ours costs for classes of these sizes: time and CPU grow with them, memory does not."""
    found = {}
    for size in tqdm(sizes, unit="", desc="sizes", file=sys.stderr):
        used = measure.run(our_command(), school.course(range(size)), ENVIRONMENT)
        found[str(size)] = {
            "per_minute": rounded(60 * size / used.seconds),
            "steady_per_minute": rounded(steady_per_minute(used)),
            "cpu_seconds": rounded(used.cpu_seconds / size),
            "peak_mb": rounded(used.peak_mb),
        }
    for size, values in found.items():
        print(f"{size:>6} submissions:", ", ".join(f"{k} {v}" for k, v in values.items()))
    return {"sizes": found}


def profile(school: School, size: int) -> dict:
    """Where the time of one submission goes, on average over the second half of the class."""
    root = school.course(range(size))
    os.environ |= {"MPLBACKEND": "agg", "OMP_NUM_THREADS": "1"}
    students = [name_of(number) for number in range(size)]
    parts = timers.profile(root, students, school.folder)
    print(f"{'milliseconds a submission':46} {'CPU':>8} {'wall':>8} {'calls':>6}")
    for part in parts:
        print(f"{part.name:46} {part.cpu_ms:8.1f} {part.wall_ms:8.1f} {part.calls:6.1f}")
    in_box = sum(part.cpu_ms for part in parts if part.name.startswith("box: "))
    whole = sum(part.cpu_ms for part in parts)
    print(f"{'together':46} {whole:8.1f}; of it in the box {in_box:.1f}")
    return {"parts": [vars(part) for part in parts]}


def rounded(value: object) -> object:
    """Four digits, more than such a measurement is good for; None where it is undefined."""
    if not isinstance(value, float):
        return value
    return None if math.isnan(value) else float(f"{value:.4g}")


def show(found: dict) -> None:
    """A line for each figure."""
    for name, value in found.items():
        print(f"{name:28} {value}")


if __name__ == "__main__":
    sys.exit(main())
