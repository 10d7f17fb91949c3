"""Writing a file whole or not at all, so that a full disk or a power cut costs nobody an answer."""

import os
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Put the data into the file; on any error the file stays what it was.

    Raises
    ------
    OSError
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_bytes(data)
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
