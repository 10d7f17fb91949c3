"""The least that grading could cost: a submission's bare code cells, run in a forked process.

`python -m tests.benchmarks.floor [--warm SOURCE] NOTEBOOK …` prints a line for each notebook: its
CPU seconds, user and system, as the kernel counts them for the child from its fork to its end.

What the parent has before it forks: pandas, numpy, matplotlib.pyplot with the Agg backend,
IPython's input transformer and `course` imported. With --warm it has also run the instructor's
version of the assignment once, so that cases, references and matplotlib's list of fonts are there.
What the child does: `exec` of every code cell of the notebook, the student's and the check cells,
with NBGRADER_EXECUTION=autograde, so that hidden cases count; a cell that stops with an error stops
alone; printed text is kept in memory; after each cell every open figure is drawn as a PNG with
matplotlib's usual size and closed, as a notebook does.
What it does not do: a sandbox, a kernel, repairs, copies of values, the outputs as a notebook,
scores, a gradebook.
"""

import argparse
import contextlib
import gc
import io
import json
import os
import sys
import traceback
from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import nbformat
import numpy  # noqa: F401
import pandas  # noqa: F401
from IPython.core.inputtransformer2 import TransformerManager

import course  # noqa: F401


def code_cells(notebook: Path) -> list[str]:
    """The Python of the code cells."""
    cells = nbformat.read(notebook, 4).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    return [TransformerManager().transform_cell(source) for source in sources]


def run(cells: list[str]) -> None:
    """Run the cells one after the other, with the same names."""
    names = {"__name__": "__main__"}
    for cell in cells:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            try:
                exec(compile(cell, "<cell>", "exec"), names)
            except BaseException:
                traceback.print_exc()
        for number in plt.get_fignums():
            plt.figure(number).savefig(io.BytesIO(), format="png", bbox_inches="tight")
        plt.close("all")


def cpu_of_a_run(cells: list[str]) -> float:
    """CPU seconds of a forked process that runs the cells."""
    child = os.fork()
    if child == 0:
        run(cells)
        os._exit(0)
    _, status, used = os.wait4(child, 0)
    if status:
        raise RuntimeError(f"the floor's child ended with {os.waitstatus_to_exitcode(status)}")
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--warm", metavar="NOTEBOOK", type=Path, help="run it once before all")
    parser.add_argument("notebooks", nargs="+", type=Path)
    args = parser.parse_args()
    os.environ["NBGRADER_EXECUTION"] = "autograde"
    if args.warm:
        run(code_cells(args.warm))
    gc.freeze()
    for notebook in args.notebooks:
        print(json.dumps(cpu_of_a_run(code_cells(notebook))), flush=True)


if __name__ == "__main__":
    sys.exit(main())
