"""The basic types of documents: names, durations, matchers, counts, and the head that all documents have."""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, field

API_VERSION: Final = "kedge/v1"

type Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$", description="A short name.")]
type Duration = Annotated[
    str,
    Meta(
        pattern=r"^(?:0|(?:\d+(?:w|d|h|m|s))+)$",
        description="A time with its units, such as 30s, 5m, 1h30m or 7d.",
        examples=["5m", "1h30m"],
    ),
]
type Repeat = Annotated[
    str,
    Meta(
        pattern=r"^(?:never|(?:\d+(?:w|d|h|m|s))+)$",
        description="A time with its units, a minute or more, or never.",
        examples=["24h", "never"],
    ),
]
type Matchers = Annotated[
    tuple[Annotated[str, Meta(description="One matcher: label, then =, !=, =~ or !~, then a value.")], ...],
    Meta(
        description="All of them must hold. A missing label is the empty text, as in Alertmanager.",
        examples=[['cause="input_drift"', 'endpoint=~"churn-.*"']],
    ),
]
type Count = Annotated[int, Meta(ge=1)]
type Share = Annotated[float, Meta(gt=0, le=1)]
type Moment = Annotated[
    str, Meta(description="A moment in ISO 8601 with its zone.", examples=["2026-12-24T18:00:00+01:00"])
]


class Spec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the document. It refuses unknown keys."""


class VersionedDocument(Spec, frozen=True, kw_only=True):
    """The head of a document. `label` names its version; the reader derives a missing version from the text."""

    api_version: Annotated[Literal["kedge/v1"], Meta(description="Always kedge/v1.")] = field(name="apiVersion")
    name: Name = "default"
    version: str = ""

    @property
    def label(self) -> str:
        """Return `name@version`, or the name alone if there is no version."""
        return f"{self.name}@{self.version}" if self.version else self.name


class PersistenceSpec(Spec, frozen=True, kw_only=True):
    """An incident opens only if `runs` of the last `of` runs of its monitor were bad.

    The first rule that matches counts.
    """

    runs: Count
    of: Count
    matchers: Matchers = ()
