"""Values by name, each with a version that counts its changes."""

from collections.abc import Iterable, Mapping

from kedge.domain.errors import Conflict


class Versioned[Value]:
    """Values with concurrent writers, which no writer may overwrite unseen."""

    def __init__(self) -> None:
        """Start empty."""
        self._known: dict[str, tuple[Value, int]] = {}

    def read(self, names: Iterable[str]) -> tuple[dict[str, Value], dict[str, int]]:
        """Return values and versions of the known names."""
        values, versions = {}, {}
        for name in names:
            if (known := self._known.get(name)) is not None:
                values[name], versions[name] = known
        return values, versions

    def check(self, names: Iterable[str], versions: Mapping[str, int]) -> None:
        """Raise Conflict if one of them has another version than was read (0 for none)."""
        for name in names:
            newest = self._version(name)
            if newest != versions.get(name, 0):
                raise Conflict(f"{name} is at version {newest}, not {versions.get(name, 0)}")

    def keep(self, changed: Mapping[str, Value]) -> None:
        """Keep values, each under its next version."""
        for name, value in changed.items():
            self._known[name] = (value, self._version(name) + 1)

    def _version(self, name: str) -> int:
        known = self._known.get(name)
        return 0 if known is None else known[1]
