"""Layers, unpacked once. Loaded by `emulator`, and like it imports nothing of ours.

MiniStack unpacks every layer anew for every worker of a function: thousands of files, each of which Python then compiles. Nobody
writes to a layer, so that the workers can share one.
"""

import hashlib
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, override


def unpack_once(runtime: Any, folder: Path) -> None:
    """Let all workers find a layer's files in one place below `folder`."""
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

    # Its own name for the module alone: everybody else unpacks as before.
    runtime.zipfile = SimpleNamespace(**(vars(zipfile) | {"ZipFile": Shared}))
