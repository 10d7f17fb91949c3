"""Runs a whole notebook of another language inside the box, as nbgrader's own Execute does.

The notebook comes in on stdin and goes out on stdout; there is no network, so the kernel is
talked to over files.
"""

import os
import sys

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbgrader.preprocessors import Execute
from traitlets.config import Config


def main() -> None:
    """Run what stdin has."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    notebook = nbformat.reads(sys.stdin.read(), 4)
    config = Config()
    config.KernelManager.transport = "ipc"
    config.KernelManager.ip = os.path.join(os.environ["HOME"], "kernel")
    execute = Execute(
        timeout=int(sys.argv[1]), kernel_manager_class=AsyncKernelManager, config=config
    )
    execute.preprocess(notebook, {"metadata": {"path": os.getcwd()}})
    out.write(nbformat.writes(notebook))
    out.flush()


if __name__ == "__main__":
    main()
