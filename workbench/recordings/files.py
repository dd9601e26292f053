"""Objects of a recording, read as the files that they are."""

from kedge.ports.readers import Piece
from workbench.recordings.objects import Shelf


class Files:
    """Keeps the contract of S3Objects without a client of S3 in between.

    A clean run without files has four names that are not there, and the error that a client makes of each takes longer
    than everything else that is done about the run.
    """

    def __init__(self, shelf: Shelf) -> None:
        """`shelf` holds the objects of all buckets."""
        self._shelf = shelf

    def read(self, bucket: str, key: str, most: int) -> Piece | None:
        """At most the first `most` bytes of an object and its whole size, or None where there is none."""
        stored = self._shelf.find(bucket, key)
        if stored is None:
            return None
        with stored.path.open("rb") as file:
            return Piece(file.read(min(most, stored.size)), stored.size)
