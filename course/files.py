"""A learner's files: where they are, and how to write one so that nothing can cost an answer."""

import os
import sys
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write the file whole or not at all: on any error, even a full disk, it stays what it was.

    Raises
    ------
    OSError
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own: the server and a kernel may write the same file.
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        new.write_bytes(data)
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


def workspace_of(folder: Path) -> Path | None:
    """The learner's workspace that the folder lies in, if it lies in one."""
    return next((up for up in (folder, *folder.parents) if (up / ".course").is_dir()), None)


def running_notebook() -> Path | None:
    """The file of the notebook in whose kernel this runs, as VS Code or JupyterLab tells it."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    told = shell.user_ns.get("__vsc_ipynb_file__") if shell else None
    path = Path(str(told or os.environ.get("JPY_SESSION_NAME", "")))
    return path if path.suffix == ".ipynb" else None
