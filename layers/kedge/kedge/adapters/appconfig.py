"""Policies: what was published through AppConfig, and what is kept in the table.

AppConfig's data plane: StartConfigurationSession gives a token, GetLatestConfiguration takes one and gives the next, with
the configuration only where it changed since. Source: the API reference of AWS AppConfig Data.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from kedge.adapters.calls import Client, ask, translated
from kedge.adapters.dynamodb.table import Table
from kedge.ledger.items import Item, ItemKind, Key, Write
from kedge.ports.storage import Published

_SOONEST: Final = 15
"""Seconds between two calls of one session, the least that AppConfig allows."""
_KEY: Final = Key("POLICY", "KEPT")


class Profile(Struct, frozen=True, kw_only=True):
    """Where a stack's policy is published: ids, or names, of AppConfig."""

    application: str
    environment: str
    profile: str


class AppConfigPolicies:
    """Published policies, of which AppConfig hands out each version once in a session."""

    def __init__(self, appconfigdata: Client, profile: Profile, clock: Callable[[], float]) -> None:
        """`appconfigdata` is boto3's client, or one that answers like it; `clock` gives seconds that only grow."""
        self._appconfigdata = appconfigdata
        self._profile = profile
        self._clock = clock
        self._token = ""
        self._next = 0.0
        self._newest: Published | None = None

    def newest(self) -> Published | None:
        """The newest policy, or None where none was ever deployed. Raises Transient, Permanent."""
        if self._token and self._clock() < self._next:
            return self._newest
        # A token is good for one call, also where the answer to it gets lost.
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
        # Empty where this session was handed the newest before.
        if data:
            self._newest = Published(data, answer.get("VersionLabel"))
        self._token = answer["NextPollConfigurationToken"]
        self._next = self._clock() + answer.get("NextPollIntervalInSeconds", _SOONEST)
        return self._newest

    def _begin(self) -> str:
        """The first token of a session, empty where there is nothing to have one about."""
        answer = ask(
            self._appconfigdata.start_configuration_session,
            ApplicationIdentifier=self._profile.application,
            EnvironmentIdentifier=self._profile.environment,
            ConfigurationProfileIdentifier=self._profile.profile,
            RequiredMinimumPollIntervalInSeconds=_SOONEST,
        )
        return answer["InitialConfigurationToken"] if answer else ""


class TableShelf:
    """What is remembered of policies, in one item."""

    def __init__(self, table: Table) -> None:
        """`table` is the ledger's."""
        self._table = table

    def load(self) -> tuple[str | None, int]:
        """The text, None where there is none yet, and the version to keep the next one over (0 for none)."""
        item = self._table.get(_KEY)
        return (None, 0) if item is None else (item.body, item.version)

    def keep(self, text: str, over: int) -> None:
        """Keep a text over the version that was loaded. Raises Conflict where somebody else kept one since."""
        self._table.put(Write(item=Item(key=_KEY, kind=ItemKind.POLICY, version=over + 1, body=text), over=over))
