"""Effects as messages: a pure function for each channel, from an effect to a message.

mail              plain text of 72 columns
chat              one or several incidents in the notification schema of Amazon Q
programs/         the document for programs
message_type      the type of a message, which selects its words
headline          the first line of a message, in its parts
body              the labelled sentences of a message
wording/          sentences about problems, changes and remedies
remedy_status     whether a message is about a remedy, and what it asks
update            which rows and links a message about a known incident shows
digest            the facts of a message about several incidents
incident_line     one incident as a line of a digest
findings_table    findings as rows: observed value beside limit
tables            tables of a mail in 72 columns
links             the runbook and pages of AWS's console
commands          command lines that help next, quoted for a shell
attributes        message attributes for filter policies of subscriptions
render            the Jinja templates, compiled once
"""

from typing import Final

from kedge.domain.effect import ChannelName, Effect
from kedge.messages import chat, mail
from kedge.messages.digest import alone
from kedge.messages.programs import document
from kedge.ports.channels import Message

_WRITERS: Final = {ChannelName.MAIL: mail.write, ChannelName.CHAT: chat.write, ChannelName.PROGRAMS: document.write}

__all__ = ["write"]


def write(effect: Effect, runbook_url: str) -> Message:
    """Return the message that an effect's channel sends.

    `runbook_url` is the team's runbook and may be empty. The cause is added to it as a fragment. The message, with its
    attributes, is smaller than SNS's limit of 262,144 bytes for every incident.
    """
    return _WRITERS[effect.channel](alone(effect), runbook_url)
