"""IPython's shell without a kernel around it: a cell's outputs are kept as nbformat has them."""

import io
import os
import sys
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

LARGEST_OUTPUT = 4 << 20


class Outputs:
    """The outputs of one cell, up to a size; the rest is dropped and said to be."""

    def __init__(self) -> None:
        self.kept: list[dict] = []
        self.size = 0
        self.clear_before_next = False

    def add(self, output: dict, size: int) -> None:
        """Append an output, as a part of the one before where both are the same stream."""
        if self.clear_before_next:
            self.kept.clear()
            self.clear_before_next = False
        if self.size > LARGEST_OUTPUT:
            return
        self.size += size
        last = self.kept[-1] if self.kept else {}
        stream = output.get("name")
        if stream and last.get("name") == stream:
            last["text"].append(output["text"])
        else:
            self.kept.append({**output, "text": [output["text"]]} if stream else output)
        if self.size > LARGEST_OUTPUT:
            cut = {"output_type": "stream", "name": "stdout", "text": ["\n… output cut …\n"]}
            self.kept.append(cut)

    def write(self, stream: str, text: str) -> None:
        """Text that was printed to stdout or stderr."""
        if text:
            room = max(LARGEST_OUTPUT - self.size, 0) + 1
            kept = text if len(text) <= room else text[:room]
            self.add({"output_type": "stream", "name": stream, "text": kept}, len(text))

    def take(self) -> list[dict]:
        """All outputs, in nbformat's shape; the next cell starts with none."""
        taken = [
            {**output, "text": "".join(output["text"])} if "text" in output else output
            for output in self.kept
        ]
        self.__init__()
        return taken


OUTPUTS = Outputs()


class Stream(io.TextIOBase):
    """sys.stdout or sys.stderr of a student's code."""

    encoding, errors = "UTF-8", "strict"

    def __init__(self, name: str, descriptor: int) -> None:
        self.name, self.descriptor = name, descriptor

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.descriptor

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        OUTPUTS.write(self.name, text)
        return len(text)


class Publisher(DisplayPublisher):
    """What display(…) shows."""

    def publish(self, data: dict, metadata: dict | None = None, **_: Any) -> None:
        add_rich("display_data", data)

    def clear_output(self, wait: bool = False) -> None:
        OUTPUTS.clear_before_next = True
        if not wait:
            OUTPUTS.kept.clear()


class Hook(DisplayHook):
    """What the value of a cell's last line shows."""

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict, md_dict: dict | None = None) -> None:
        add_rich("execute_result", format_dict, execution_count=self.shell.execution_count)

    def finish_displayhook(self) -> None:
        self._is_active = False


def add_rich(kind: str, data: dict, **more: Any) -> None:
    """A value in several forms; of bytes only pictures have a text form."""
    import base64

    texts = {
        str(form): base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for form, value in data.items()
        if isinstance(value, str | bytes)
    }
    size = sum(map(len, texts.values()))
    if OUTPUTS.size + size <= 2 * LARGEST_OUTPUT:
        OUTPUTS.add({"output_type": kind, "data": texts, "metadata": {}, **more}, size)


# The name as pandas and others look for it, to know a notebook from a terminal.
class ZMQShell(InteractiveShell):
    """A shell that shows errors as a kernel does: as an output of the cell."""

    displayhook_class = Hook
    display_pub_class = Publisher

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        try:
            said = str(evalue)
        except Exception:
            said = "an error that cannot be shown"
        error = {"output_type": "error", "ename": etype.__name__, "evalue": said, "traceback": stb}
        OUTPUTS.add(error, len(said) + sum(map(len, stb)))

    def system(self, cmd: str) -> None:
        """A program, as `!ls` and `%pip` start it; that none can start ends no cell."""
        try:
            super().system(cmd)
        except OSError as problem:
            OUTPUTS.write("stdout", f"No program can be started here: {problem}\n")

    def enable_gui(self, gui: str | None = None) -> None:
        pass


def new_shell() -> ZMQShell:
    """A shell with empty names, no history and no start-up files."""
    config = Config()
    config.HistoryManager.enabled = False
    shell = ZMQShell.instance(config=config)
    shell.colors = "nocolor"
    return shell


def no_input(prompt: object = "") -> str:
    """In place of input(): nobody is there to answer."""
    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )


class Printed:
    """What is written to file descriptors 1 and 2 themselves, by C code or other programs."""

    def __init__(self) -> None:
        self.file = (
            os.memfd_create("printed")
            if hasattr(os, "memfd_create")
            else os.open("/tmp/.printed", os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        )
        os.dup2(self.file, 1)
        os.dup2(self.file, 2)
        self.read_up_to = 0

    def collect(self) -> None:
        """Add it to the outputs."""
        size = os.fstat(self.file).st_size
        if size > self.read_up_to:
            part = os.pread(self.file, min(size - self.read_up_to, LARGEST_OUTPUT), self.read_up_to)
            self.read_up_to = size
            OUTPUTS.write("stdout", part.decode("utf-8", "replace"))


def take_streams(shell: ZMQShell) -> None:
    """From now on what is printed becomes the cell's output."""
    sys.stdout, sys.stderr = Stream("stdout", 1), Stream("stderr", 2)
    sys.displayhook = shell.displayhook
    import builtins

    builtins.input = no_input
