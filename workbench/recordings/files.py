"""Objects of a recording, read directly as files."""

from kedge.ports.readers import Piece
from workbench.recordings.objects import Shelf


class Files:
    """A reader with the contract of S3Objects, without a client of S3 in between.

    A clean run without files has four missing names. The client's error for each of them takes longer than the rest of
    the run.
    """

    def __init__(self, shelf: Shelf) -> None:
        """Keep `shelf`, which holds the objects of all buckets."""
        self._shelf = shelf

    def read(self, bucket: str, key: str, most: int) -> Piece | None:
        """Return at most the first `most` bytes of an object and its whole size, or None if there is none."""
        stored = self._shelf.find(bucket, key)
        if stored is None:
            return None
        with open(stored.place, "rb") as file:  # noqa: PTH123  as `Shelf.find`
            return Piece(file.read(min(most, stored.size)), stored.size)
