"""An event of a test at its moment."""

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.scenarios.ring import Ring


class Happening(Struct, frozen=True):
    """An event at a moment, and its effect on a ring."""

    at: datetime
    do: "Callable[[Ring], None]"
