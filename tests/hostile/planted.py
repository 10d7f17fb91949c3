"""What a hostile submission looks for: planted before grading, and never to be seen afterwards."""

import hashlib
from pathlib import Path

from tests import classroom
from tests.hostile.attack import FILE, MANUAL, cell_of, perfect, save

PLACES = ("gradebook", "home", "peer", "source", "seed")


def secret(place: str) -> str:
    """The words planted in that place: made up here, so that they stand in no file of ours."""
    return f"canary-{place}-{hashlib.sha256(place.encode()).hexdigest()[:12]}"


def seed() -> str:
    """The value for COURSE_SEED."""
    return str(int(hashlib.sha256(b"seed of the class").hexdigest()[:9], 16))


def secrets() -> tuple[str, ...]:
    """All of them; none may appear in what grading writes for a student."""
    return (*map(secret, PLACES), seed())


def plant(course: Path, home: Path) -> None:
    """Hide the secrets in a course folder and in the home of the one who grades.

    The test adds `secret("gradebook")` to the gradebook (say, as a student's last name) and sets
    COURSE_SEED to `seed()`.
    """
    for file, place in {
        home / ".ssh" / "id_ed25519": "home",
        home / "passwords.txt": "home",
        course / "source" / "next-week" / "notes.txt": "source",
        course / "gradebook-backup.txt": "gradebook",
    }.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(secret(place) + "\n", encoding="utf-8")
    notebook = perfect()
    cell_of(notebook, MANUAL).source = secret("peer")
    save(notebook, course / "submitted" / "peer" / classroom.ASSIGNMENT, FILE)
