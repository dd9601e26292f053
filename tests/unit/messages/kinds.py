"""Every effect of which a golden message lies in the folder golden."""

from tests.unit.messages.changes import TURNS
from tests.unit.messages.groups import SEVERAL
from tests.unit.messages.incidents import KINDS
from tests.unit.messages.remedies import REMEDIES

ALL = {**KINDS, **TURNS, **SEVERAL, **REMEDIES}
