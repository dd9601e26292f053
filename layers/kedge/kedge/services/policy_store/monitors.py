"""The monitors in force: those of the last valid Monitors document."""

from collections.abc import Callable
from typing import Final

from kedge.domain.errors import KedgeError, MalformedMonitors
from kedge.monitors.definitions import MonitorDefinitions, compile_monitors
from kedge.monitors.spec import MonitorsDocument
from kedge.ports.storage import StoredDocument
from kedge.services.policy_store.active import BELIEVED, DocumentInForce
from kedge.services.policy_store.stored import DocumentKind

MONITORS: Final = DocumentKind("monitors.yaml", MonitorsDocument, compile_monitors, MalformedMonitors)
"""The kind of a Monitors document."""


class MonitorsInForce:
    """Returns the monitors of the last valid document; none if no document was ever published."""

    def __init__(
        self,
        shelf: StoredDocument,
        clock: Callable[[], float],
        failed: Callable[[KedgeError], None],
        believed: float = BELIEVED,
    ) -> None:
        """Connect to the stored document, as `DocumentInForce`."""
        self._in_force = DocumentInForce(MONITORS, MonitorDefinitions, shelf, clock, failed, believed)

    def monitors(self) -> MonitorDefinitions:
        """Return the monitors. Raises Transient or Permanent if the table cannot be read and none are known."""
        return self._in_force.current()
