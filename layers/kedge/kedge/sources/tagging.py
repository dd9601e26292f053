"""Tags on what may open an incident: whose it is, where its runbook lies, whatever a team matches on."""

import msgspec

from kedge.domain.run import BAD
from kedge.domain.signal import AlarmChanged, AnySignal, RunFinished
from kedge.ports.readers import Tags


def tagged(signal: AnySignal, tags: Tags) -> AnySignal:
    """The signal with the tags of its target, where it is bad news. Good news costs no call: it opens nothing."""
    if not isinstance(signal, RunFinished | AlarmChanged) or signal.verdict not in BAD:
        return signal
    found = tags.of(signal.target)
    return msgspec.structs.replace(signal, tags=found) if found else signal
