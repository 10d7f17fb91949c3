"""A PostgreSQL server of one's own, as Debian's package installs it, for as long as a test runs."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


def programs() -> Path | None:
    """The folder of initdb and pg_ctl; Debian does not put it on PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def skip_if_missing() -> None:
    """Where it is not installed a test skips and says why; in CI that is a failure."""
    if programs() is None:
        stop = pytest.fail if os.environ.get("CI") else pytest.skip
        stop("PostgreSQL is not installed (Debian: apt-get install postgresql)")


@dataclass(frozen=True)
class Server:
    """It listens on a socket in its own folder only; nobody else can reach it."""

    folder: Path

    def url(self, database: str) -> str:
        """What nbgrader takes as `CourseDirectory.db_url`."""
        return f"postgresql+psycopg://grader@/{database}?host={self.folder}"

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off"
        log = self.folder / "log"
        self.run("pg_ctl", "-D", self.data, "-w", "-o", options, "-l", log, "start")

    def stop(self) -> None:
        """As an administrator does who does not wait for those who are connected."""
        self.run("pg_ctl", "-D", self.data, "-w", "-m", "fast", "stop")

    def create(self, database: str) -> None:
        self.run("createdb", "-h", self.folder, "-U", "grader", database)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [programs() / program, *map(str, arguments)],
            check=True,
            user=unprivileged_user(),
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            timeout=60,
        )


def unprivileged_user() -> str | None:
    """PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return None
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def server() -> Iterator[Server]:
    """A running server with no database of ours in it yet."""
    skip_if_missing()
    # pytest's own folders are closed to other users, and a socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        postgres = Server(Path(folder))
        if user := unprivileged_user():
            shutil.chown(folder, user)
        postgres.run("initdb", "-D", postgres.data, "-U", "grader", "-A", "trust", "-E", "UTF8")
        postgres.start()
        try:
            yield postgres
        finally:
            postgres.stop()
