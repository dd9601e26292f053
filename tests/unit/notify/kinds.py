"""Every effect of which a golden message lies in the folder golden."""

from tests.unit.notify.groups import SEVERAL
from tests.unit.notify.incidents import KINDS
from tests.unit.notify.remedies import REMEDIES
from tests.unit.notify.turns import TURNS

ALL = {**KINDS, **TURNS, **SEVERAL, **REMEDIES}
