"""The versions of the policy and of the Monitors document that a team published through AppConfig.

StartConfigurationSession returns a token. GetLatestConfiguration takes a token and returns the next one, with the
configuration only if it changed. Source: the API reference of AWS AppConfig Data.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from kedge.adapters.calls import Client, ask, translated
from kedge.ports.storage import Published

_SOONEST: Final = 15
"""The minimum time between two calls of one session, in seconds. AppConfig sets it."""


class Profile(Struct, frozen=True, kw_only=True):
    """The AppConfig profile that a stack reads a document from, by ids or names."""

    application: str
    environment: str
    profile: str


class AppConfigDocuments:
    """The documents that were published under one profile. AppConfig returns each version once per session."""

    def __init__(self, appconfigdata: Client, profile: Profile, clock: Callable[[], float]) -> None:
        """Keep boto3's client (or a double of it) and `clock`, which returns monotonic seconds."""
        self._appconfigdata = appconfigdata
        self._profile = profile
        self._clock = clock
        self._token = ""
        self._next = 0.0
        self._newest: Published | None = None

    def newest(self) -> Published | None:
        """Return the newest document, or None if none was ever deployed. Raises Transient or Permanent."""
        if self._token and self._clock() < self._next:
            return self._newest
        # A token is valid for one call, even if the response is lost.
        token, self._token = self._token, ""
        if not token:
            self._newest = None
            token = self._begin()
        answer = ask(self._appconfigdata.get_latest_configuration, ConfigurationToken=token) if token else None
        if answer is None:
            self._newest = None
            return None
        with translated("get_latest_configuration"):
            data = answer["Configuration"].read()
        # AppConfig returns no content if this session already received the newest version.
        if data:
            self._newest = Published(data, answer.get("VersionLabel"))
        self._token = answer["NextPollConfigurationToken"]
        self._next = self._clock() + answer.get("NextPollIntervalInSeconds", _SOONEST)
        return self._newest

    def _begin(self) -> str:
        """Return the first token of a session, or an empty string if there is no profile to open one for."""
        answer = ask(
            self._appconfigdata.start_configuration_session,
            ApplicationIdentifier=self._profile.application,
            EnvironmentIdentifier=self._profile.environment,
            ConfigurationProfileIdentifier=self._profile.profile,
            RequiredMinimumPollIntervalInSeconds=_SOONEST,
        )
        return answer["InitialConfigurationToken"] if answer else ""
