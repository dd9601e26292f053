"""Objects in S3 as these tests need them: some bytes, some refusals, and sizes that nobody could hold in memory."""

from pathlib import Path

from kedge.ports.readers import Piece

REPORTS = Path(__file__).parents[3] / "events" / "reports"
FOLDER = "out/churn-prod/churn-quality/2026/11/20/10"
REPORT = f"{FOLDER}/constraint_violations.json"


def report(name: str) -> bytes:
    """A file of events/reports."""
    return (REPORTS / name).read_bytes()


class Huge:
    """An object of a given size whose bytes are made only as they are asked for: some text, and then spaces."""

    def __init__(self, size: int, start: bytes = b"") -> None:
        self.size = size
        self.start = start

    def first(self, most: int) -> bytes:
        return self.start[:most].ljust(min(most, self.size))


class Shelf:
    """Objects of one bucket by key; an exception in place of bytes is raised. `asked` lists (key, most)."""

    def __init__(self, objects: dict[str, bytes | Huge | Exception] | None = None) -> None:
        self.objects = objects or {}
        self.asked: list[tuple[str, int]] = []

    def read(self, bucket: str, key: str, most: int) -> Piece | None:
        self.asked.append((key, most))
        found = self.objects.get(key)
        if isinstance(found, Exception):
            raise found
        if isinstance(found, Huge):
            return Piece(found.first(most), found.size)
        return None if found is None or bucket != "reports" else Piece(found[:most], len(found))
