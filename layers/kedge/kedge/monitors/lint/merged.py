"""A monitor as it is written, together with the values of `defaults` that it does not repeat."""

from collections.abc import Callable, Iterator

from msgspec import Struct

from kedge.monitors.spec import DefaultsSpec, MonitoringType
from kedge.policy.lint.tree import Node

_BUILT_IN = DefaultsSpec()


class MergedMonitor(Struct, frozen=True):
    """The nodes of one monitor and of `defaults`."""

    own: Node
    defaults: Node | None

    def get(self, key: str) -> Node | None:
        """Return the node of a key: the monitor's own, else that of `defaults`, else None."""
        found = self.own.get(key)
        return found if found is not None or self.defaults is None else self.defaults.get(key)

    def text(self, key: str) -> str:
        """Return the text of a key, or the built-in default."""
        node = self.get(key)
        return node.text if node is not None else str(getattr(_BUILT_IN, key))

    def value[T](self, key: str, read: Callable[[str], T]) -> T | None:
        """Return the value of a key; None if its text has a fault, which the schema reports."""
        try:
            return read(self.text(key))
        except ValueError:
            return None

    def place(self, key: str) -> Node:
        """Return the node for a fault about a key: its value, or the monitor if the value comes from elsewhere."""
        return self.own.get(key) or self.own

    @property
    def types(self) -> tuple[MonitoringType, ...]:
        """Return the readable types."""
        node = self.get("types")
        if node is None:
            return _BUILT_IN.types
        return tuple(MonitoringType.of(item.text) for item in node.items if item.text in MonitoringType)


def merged(document: Node) -> Iterator[MergedMonitor]:
    """Yield each monitor of a document."""
    defaults = document.get("defaults")
    return (MergedMonitor(own, defaults) for own in document.each("monitors") if own.entries)
