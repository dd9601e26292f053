"""The settings of each function, read from the environment, typed, and checked before anything else happens."""

import re
from collections.abc import Callable, Mapping
from typing import Final, Self, override

from msgspec import Struct

from kedge.domain.effect import ChannelName
from kedge.domain.errors import SettingsError
from kedge.domain.redelivery import RECEIVES

type Environment = Mapping[str, str]

# Every stack has these channels. The others exist if their topic is configured.
_ALWAYS: Final = (ChannelName.MAIL, ChannelName.PROGRAMS)
_OPTIONAL: Final = tuple(name for name in ChannelName if name not in _ALWAYS)
_POLICY: Final = ("KEDGE_POLICY_APPLICATION", "KEDGE_POLICY_ENVIRONMENT", "KEDGE_POLICY_PROFILE")
_MONITORS: Final = "KEDGE_MONITORS_PROFILE"
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_KEY: Final = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+")
_PRINCIPAL: Final = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:(?:role|user)/[^\s*?]+")


class IntakeSettings(Struct, frozen=True, kw_only=True):
    """The settings of intake. `channels` are the configured ones; `environment` is the name that messages show.

    `queue_url` is the signals queue's, and `alarms_topic` is the ARN of the topic for alarms. Reports are read only
    from `buckets`. `detectors` are the ARNs of the IAM roles and users whose signed calls Kedge believes.
    """

    table: str
    dead_letters_url: str
    queue_url: str
    alarms_topic: str
    buckets: frozenset[str]
    environment: str
    channels: tuple[ChannelName, ...]
    detectors: tuple[str, ...] = ()

    @classmethod
    def from_env(cls, env: Environment) -> Self:
        """Return the settings of an environment. Raises SettingsError with all faults.

        The variables are KEDGE_TABLE, KEDGE_DEAD_LETTERS_URL, KEDGE_ENVIRONMENT, KEDGE_CHAT_TOPIC_ARN,
        KEDGE_SIGNALS_QUEUE_URL, KEDGE_ALARMS_TOPIC_ARN, and, separated by commas, KEDGE_REPORT_BUCKETS and
        KEDGE_DETECTOR_PRINCIPALS.
        """
        read = _Read(env)
        settings = cls(
            table=read.required("KEDGE_TABLE"),
            dead_letters_url=read.required("KEDGE_DEAD_LETTERS_URL", _web),
            queue_url=read.required("KEDGE_SIGNALS_QUEUE_URL", _web),
            alarms_topic=read.required("KEDGE_ALARMS_TOPIC_ARN", _topic),
            buckets=frozenset(read.several("KEDGE_REPORT_BUCKETS", _bucket, needed=True)),
            environment=read.optional("KEDGE_ENVIRONMENT"),
            channels=read.channels(),
            detectors=read.several("KEDGE_DETECTOR_PRINCIPALS", _principal),
        )
        read.finish()
        return settings


class ReconcileSettings(Struct, frozen=True, kw_only=True):
    """The settings of reconcile. `stack` names the policy's own case.

    `policy` is the AppConfig application, environment and profile of the published policy; None if there is none.
    `monitors` is the same for the Monitors document, and `windows_url` is the queue of its windows.
    `topics` are the ARNs of the topics whose subscribers are checked. `dead_letters` are the URLs of both dead-letter
    queues, and `effects_url` is that of the effects queue.
    """

    table: str
    stack: str
    topics: dict[ChannelName, str]
    dead_letters: tuple[str, ...]
    effects_url: str
    environment: str
    channels: tuple[ChannelName, ...]
    policy: tuple[str, str, str] | None
    monitors: tuple[str, str, str] | None = None
    windows_url: str = ""

    @classmethod
    def from_env(cls, env: Environment) -> Self:
        """Return the settings of an environment. Raises SettingsError with all faults.

        The variables are KEDGE_TABLE, KEDGE_STACK, KEDGE_ENVIRONMENT, the topics' ARNs, KEDGE_DEAD_LETTER_URLS and
        KEDGE_EFFECTS_QUEUE_URL.
        KEDGE_POLICY_APPLICATION, KEDGE_POLICY_ENVIRONMENT and KEDGE_POLICY_PROFILE are set together or not at all.
        KEDGE_MONITORS_PROFILE is a second profile of the same application and needs them. Without
        KEDGE_WINDOWS_QUEUE_URL, no window is measured.
        """
        read = _Read(env)
        policy, monitors = tuple(read.optional(name) for name in _POLICY), read.optional(_MONITORS)
        if any(policy) or monitors:
            policy = tuple(read.required(name) for name in _POLICY)
        settings = cls(
            table=read.required("KEDGE_TABLE"),
            stack=read.required("KEDGE_STACK"),
            topics={name: read.required(_variable(name), _topic) for name in _ALWAYS},
            dead_letters=read.several("KEDGE_DEAD_LETTER_URLS", _web, needed=True),
            effects_url=read.required("KEDGE_EFFECTS_QUEUE_URL", _web),
            environment=read.optional("KEDGE_ENVIRONMENT"),
            channels=read.channels(),
            policy=(policy[0], policy[1], policy[2]) if any(policy) else None,
            monitors=(policy[0], policy[1], monitors) if monitors else None,
            windows_url=read.optional("KEDGE_WINDOWS_QUEUE_URL", _web),
        )
        read.finish()
        return settings


class ActSettings(Struct, frozen=True, kw_only=True):
    """The settings of a function that carries out a remedy and reports on it."""

    table: str
    environment: str
    channels: tuple[ChannelName, ...]

    @classmethod
    def from_env(cls, env: Environment) -> Self:
        """Return the settings from KEDGE_TABLE, KEDGE_ENVIRONMENT and KEDGE_CHAT_TOPIC_ARN.

        Raises SettingsError with all faults.
        """
        read = _Read(env)
        settings = cls(
            table=read.required("KEDGE_TABLE"),
            environment=read.optional("KEDGE_ENVIRONMENT"),
            channels=read.channels(),
        )
        read.finish()
        return settings


class RemediateSettings(ActSettings, frozen=True, kw_only=True):
    """The settings of the steps around the act.

    `workflow` is the ARN of the state machine whose waiting steps they answer.
    """

    workflow: str

    @classmethod
    @override
    def from_env(cls, env: Environment) -> Self:
        """Return the settings from KEDGE_TABLE, KEDGE_ENVIRONMENT, KEDGE_CHAT_TOPIC_ARN and KEDGE_WORKFLOW_ARN.

        Raises SettingsError with all faults.
        """
        read = _Read(env)
        settings = cls(
            table=read.required("KEDGE_TABLE"),
            environment=read.optional("KEDGE_ENVIRONMENT"),
            channels=read.channels(),
            workflow=read.required("KEDGE_WORKFLOW_ARN", _state_machine),
        )
        read.finish()
        return settings


class ApproveSettings(RemediateSettings, frozen=True, kw_only=True):
    """The settings of the entry point for approvers, equal to those of the steps that ask them."""


class RelaySettings(Struct, frozen=True, kw_only=True):
    """The destination of the outbox."""

    effects_queue_url: str

    @classmethod
    def from_env(cls, env: Environment) -> Self:
        """Return the settings from KEDGE_EFFECTS_QUEUE_URL. Raises SettingsError."""
        read = _Read(env)
        settings = cls(effects_queue_url=read.required("KEDGE_EFFECTS_QUEUE_URL", _web))
        read.finish()
        return settings


class DispatchSettings(Struct, frozen=True, kw_only=True):
    """The settings of dispatch. `topics` are the ARNs of the configured channels.

    `receives` is how often the effects queue, `queue_url`, offers a message before it becomes a dead letter. `workflow`
    is the ARN of the remediation state machine.
    """

    table: str
    dead_letters_url: str
    queue_url: str
    topics: dict[ChannelName, str]
    runbook_url: str
    receives: int
    workflow: str

    @classmethod
    def from_env(cls, env: Environment) -> Self:
        """Return the settings of an environment. Raises SettingsError with all faults.

        The variables are KEDGE_TABLE, KEDGE_DEAD_LETTERS_URL, KEDGE_EFFECTS_QUEUE_URL, the topics' ARNs and
        KEDGE_WORKFLOW_ARN. KEDGE_RUNBOOK_URL and KEDGE_EFFECT_RECEIVES (10) are optional.
        """
        read = _Read(env)
        topics = {name: read.required(_variable(name), _topic) for name in _ALWAYS}
        topics |= {name: read.optional(_variable(name), _topic) for name in _OPTIONAL}
        settings = cls(
            table=read.required("KEDGE_TABLE"),
            dead_letters_url=read.required("KEDGE_DEAD_LETTERS_URL", _web),
            queue_url=read.required("KEDGE_EFFECTS_QUEUE_URL", _web),
            topics={name: arn for name, arn in topics.items() if arn},
            runbook_url=read.optional("KEDGE_RUNBOOK_URL", _web),
            receives=int(read.optional("KEDGE_EFFECT_RECEIVES", _count) or RECEIVES),
            workflow=read.required("KEDGE_WORKFLOW_ARN", _state_machine),
        )
        read.finish()
        return settings


class MonitorSettings(Struct, frozen=True, kw_only=True):
    """The settings of the monitor: the queue of its windows, and the queue that it sends signals to."""

    windows_url: str
    signals_url: str

    @classmethod
    def from_env(cls, env: Environment) -> Self:
        """Return the settings from KEDGE_WINDOWS_QUEUE_URL and KEDGE_SIGNALS_QUEUE_URL.

        Raises SettingsError with all faults.
        """
        read = _Read(env)
        settings = cls(
            windows_url=read.required("KEDGE_WINDOWS_QUEUE_URL", _web),
            signals_url=read.required("KEDGE_SIGNALS_QUEUE_URL", _web),
        )
        read.finish()
        return settings


class WatchSettings(Struct, frozen=True, kw_only=True):
    """The settings of watch: the table with its progress, the queue for its signals, and the topic for people."""

    table: str
    signals_url: str
    people_topic_arn: str

    @classmethod
    def from_env(cls, env: Environment) -> Self:
        """Return the settings from the environment variables of the template. Raises SettingsError with all faults."""
        read = _Read(env)
        settings = cls(
            table=read.required("KEDGE_TABLE"),
            signals_url=read.required("KEDGE_SIGNALS_QUEUE_URL", _web),
            people_topic_arn=read.required("KEDGE_PEOPLE_TOPIC_ARN"),
        )
        read.finish()
        return settings


def named_buckets(env: Environment) -> tuple[str, ...] | None:
    """Return the buckets in KEDGE_REPORT_BUCKETS, for reports and baselines; None if it is not set.

    Raises:
        SettingsError: a value is not the name of a bucket. A wildcard would admit every bucket.
    """
    read = _Read(env)
    told = read.several("KEDGE_REPORT_BUCKETS", _bucket)
    read.finish()
    return told or None


def named_keys(env: Environment) -> tuple[str, ...] | None:
    """Return the KMS keys in KEDGE_ENDPOINT_KEYS; None if it is not set, an empty tuple if it is empty.

    A roll-back may create a grant on these keys.

    Raises:
        SettingsError: a value is not the ARN of a key.
    """
    if "KEDGE_ENDPOINT_KEYS" not in env:
        return None
    read = _Read(env)
    told = read.several("KEDGE_ENDPOINT_KEYS", _key)
    read.finish()
    return told


type _Check = Callable[[str], str | None]


class _Read:
    """A reader of an environment that collects all faults, so that one log entry is enough to fix them."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._faults: list[str] = []

    def required(self, name: str, check: _Check | None = None) -> str:
        """Return a required value. Do not use it before `finish` has found no fault."""
        if not self._env.get(name, "").strip():
            self._faults.append(f"{name} is not set")
            return ""
        return self.optional(name, check)

    def optional(self, name: str, check: _Check | None = None) -> str:
        """Return a value that may be empty."""
        value = self._env.get(name, "").strip()
        fault = check(value) if check and value else None
        if fault is None:
            return value
        self._faults.append(f"{name} {fault}, not {value!r}")
        return ""

    def several(self, name: str, check: _Check, *, needed: bool = False) -> tuple[str, ...]:
        """Return values separated by commas; if `needed`, at least one."""
        if needed:
            self.required(name)
        values = tuple(value for each in self._env.get(name, "").split(",") if (value := each.strip()))
        self._faults += [f"{name} {fault}, not {value!r}" for value in values if (fault := check(value))]
        return values

    def channels(self) -> tuple[ChannelName, ...]:
        """Those through which somebody can be told."""
        return (*_ALWAYS, *(name for name in _OPTIONAL if self.optional(_variable(name), _topic)))

    def finish(self) -> None:
        """Raise SettingsError with every fault, if there was one."""
        if self._faults:
            raise SettingsError("; ".join(self._faults))


def _variable(channel: ChannelName) -> str:
    """The variable that holds the ARN of a channel's topic."""
    return f"KEDGE_{channel.topic.upper()}_TOPIC_ARN"


def _topic(value: str) -> str | None:
    return None if value.startswith("arn:") and ":sns:" in value else "must be the ARN of an SNS topic"


def _principal(value: str) -> str | None:
    return None if _PRINCIPAL.fullmatch(value) else "must be the ARN of an IAM role or user"


def _key(value: str) -> str | None:
    return None if _KEY.fullmatch(value) else "must be the ARN of a KMS key"


def _state_machine(value: str) -> str | None:
    return None if value.startswith("arn:") and ":states:" in value else "must be the ARN of a state machine"


def _bucket(value: str) -> str | None:
    return None if _BUCKET.fullmatch(value) else "must be names of buckets with commas between them"


def _web(value: str) -> str | None:
    return None if value.startswith(("https://", "http://")) else "must be a URL that begins with https://"


def _count(value: str) -> str | None:
    return None if value.isascii() and value.isdigit() and int(value) > 0 else "must be a number from 1 on"
