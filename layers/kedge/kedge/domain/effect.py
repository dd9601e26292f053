"""What is to be done in the world, written down before anybody does it."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from msgspec import Struct

from kedge.domain.incident import Incident
from kedge.domain.notification import IncidentSummary, Unlisted
from kedge.domain.reason import Reason


class ChannelName(StrEnum):
    """The ways in which Kedge notifies."""

    topic: str  # names the SNS topic in the template, the environment and the outputs

    MAIL = "mail", "people"  # people, through SNS e-mail
    CHAT = "chat", "chat"  # a chat channel, through Amazon Q in chat applications
    PROGRAMS = "programs", "programs"  # other software, as JSON

    def __new__(cls, value: str, topic: str) -> Self:
        """Return the member of a value, with its topic."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.topic = topic
        return member


class Effect(Struct, frozen=True, kw_only=True):
    """One message to one receiver through one channel, with all that it needs to be written.

    `id` is `<incident>/<revision>/<receiver>/<channel>`: whoever sees it twice has seen it before.
    `policy` names the policy version that decided; `because` is the decision in one sentence. `first` is the revision by
    which the receiver heard of the incident first, None where this is that one or nobody knows. A message about several
    incidents has `incident` for the worst of them, lists all in `briefs` (the worst first, that one among them) and counts in
    `tally` those for which there was no room.
    """

    id: str
    channel: ChannelName
    receiver: str
    why: Reason
    incident: Incident
    because: str
    policy: str
    at: datetime
    environment: str = ""
    first: int | None = None
    briefs: tuple[IncidentSummary, ...] = ()
    tally: Unlisted = Unlisted()


class Heartbeat(Struct, frozen=True, kw_only=True, tag="heartbeat", tag_field="kind"):
    """A sign of life that goes the way of every signal and every effect, and tells nobody anything. `at` is when EventBridge sent it."""

    id: str
    at: datetime
