"""Unpacks each layer once. `emulator` loads it, and it imports nothing of ours either.

MiniStack unpacks every layer again for every worker of a function: thousands of files, which Python then compiles.
Functions do not write to a layer, so the workers can share one.
"""

import hashlib
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, override


def unpack_once(runtime: Any, folder: Path) -> None:
    """Let all workers find a layer's files in one folder below `folder`."""
    lock = threading.Lock()

    class Shared(zipfile.ZipFile):
        @override
        def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
            packed = Path(str(self.filename))
            if not packed.name.startswith("layer_"):
                super().extractall(path, members, pwd)
                return
            place = folder / hashlib.sha256(packed.read_bytes()).hexdigest()
            with lock:
                if not place.exists():
                    unpacking = place.with_suffix(".unpacking")
                    super().extractall(unpacking)
                    unpacking.rename(place)
            Path(path).rmdir()
            Path(path).symlink_to(place)

    # Only this module receives the replacement: all others unpack as before.
    runtime.zipfile = SimpleNamespace(**(vars(zipfile) | {"ZipFile": Shared}))
