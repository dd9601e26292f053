"""The base of every part of a file of policy tests."""

from typing import Annotated

from msgspec import Meta, Struct

type Text = Annotated[str, Meta(min_length=1)]
type Account = Annotated[str, Meta(pattern=r"^\d{12}$", description="Twelve digits, in quotes.")]
type Count = Annotated[int, Meta(ge=0)]
type Path = Annotated[str, Meta(min_length=1, description="A file, as seen from the folder of this one.")]
type Arn = Annotated[str, Meta(pattern=r"^arn:aws[a-z-]*:\S+$")]


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the document. It rejects unknown keys."""
