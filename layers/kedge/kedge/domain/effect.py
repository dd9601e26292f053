"""Effects on the outside world, which are stored before they are performed."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from msgspec import Struct

from kedge.domain.incident import Incident
from kedge.domain.notification import IncidentSummary, Unlisted
from kedge.domain.reason import Reason


class ChannelName(StrEnum):
    """The channels of Kedge's messages."""

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
    """One message to one receiver through one channel, with everything that its text needs.

    `id` is `<incident>/<revision>/<receiver>/<channel>`: a second effect with the same id is a repetition. `policy`
    names the policy version that decided; `because` is the decision in one sentence. `first` is the revision of the
    receiver's first notification of the incident, None if this is the first or it is unknown. For several incidents,
    `incident` is the worst of them, `briefs` lists all (the worst first), and `tally` counts those without room.
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
    """A heartbeat that takes the path of every signal and effect, without a message. `at` is when EventBridge sent it."""

    id: str
    at: datetime
