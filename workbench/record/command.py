"""`kedge record`."""

import json
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct
from rich.console import Console

from kedge.adapters.dynamodb.documents import DynamoStoredDocument
from kedge.adapters.dynamodb.incidents import DynamoIncidents
from kedge.adapters.dynamodb.table import Table
from kedge.domain.errors import MalformedPolicy, Transient
from kedge.services.policy_store.stored import KeptDocument
from workbench import private
from workbench.cli.connection.ending import Unwise, ending, say
from workbench.cli.connection.stack import AwsRefused, DeployedStack
from workbench.cli.exits import Exit
from workbench.record.account import Account
from workbench.record.book import Book
from workbench.record.clients import RecordingAws
from workbench.record.policy_names import TooMany
from workbench.record.progress import Progress
from workbench.record.pseudonyms import Pseudonyms
from workbench.record.recorder import Recorder
from workbench.record.session import Clients, clients_of
from workbench.record.span import Span, span_of
from workbench.record.targets import Targets

_COMMAND: Final = "record"


class Wanted(Struct, frozen=True, kw_only=True):
    """The options of the command line.

    At most one of `stack` and `table` is given, and `mapping` only with `pseudonyms`.
    """

    folder: Path
    since: str = "30d"
    until: str | None = None
    stack: str | None = None
    table: str | None = None
    region: str | None = None
    profile: str | None = None
    pseudonyms: bool = False
    mapping: Path | None = None
    as_json: bool = False


def record(wanted: Wanted, session: Callable[[str | None, str | None], Clients] = clients_of) -> Exit:
    """Record, or continue an interrupted recording, and return the exit code.

    The summary goes to stdout, everything else to stderr. `session` returns the clients of a profile and Region.
    """
    return ending(_COMMAND, lambda: _record(wanted, session(wanted.profile, wanted.region)))


def _record(wanted: Wanted, clients: Clients) -> Exit:
    if wanted.stack and wanted.table:
        raise Unwise("name a stack or a table, not both")
    _must_fit(wanted)
    span = span_of(wanted.since, wanted.until, datetime.now(UTC))
    account = Account(clients)
    # A folder with pseudonyms contains only files with pseudonyms. The original is beside it until everything is done.
    folder = _beside(wanted.folder) if wanted.pseudonyms else wanted.folder
    try:
        with Book(folder) as book, Progress() as progress:
            span = _agreed(book, wanted, span)
            targets = _targets(wanted, clients, book, progress)
            aws = RecordingAws(clients, book, folder)
            Recorder(account, aws, targets, span, progress.say).record()
            told = _sum(span, book)
            book.finish(lambda: _rename(wanted, folder) if wanted.pseudonyms else None)
        if wanted.pseudonyms:
            shutil.rmtree(folder)
    except (MalformedPolicy, TooMany) as error:
        raise Unwise(f"the policy cannot be put under other names: {error}") from error
    except (ClientError, BotoCoreError, Transient) as error:
        raise AwsRefused(f"{error}. The same command goes on from here.") from error
    except OSError as error:
        say(_COMMAND, f"{error.strerror}: {error.filename}. The same command goes on from here.")
        return Exit.FAILED
    except (KeyboardInterrupt, SystemExit):
        say(_COMMAND, "stopped. The same command goes on from here.")
        raise
    _show(told, wanted)
    return Exit.DONE


def _must_fit(wanted: Wanted) -> None:
    if wanted.mapping is not None and not wanted.pseudonyms:
        raise Unwise("--mapping says which name stands for which: it needs --pseudonyms")
    if wanted.mapping is not None and wanted.mapping.resolve().is_relative_to(wanted.folder.resolve()):
        raise Unwise(f"{wanted.mapping} lies in the recording, and would be handed on with it: name a file elsewhere")
    if not wanted.pseudonyms and _beside(wanted.folder).exists():
        raise Unwise(f"{wanted.folder} was begun with --pseudonyms: go on with the same, or name another folder")
    if wanted.pseudonyms and not _beside(wanted.folder).exists() and _holds_something(wanted.folder):
        raise Unwise(f"{wanted.folder} is not empty, and no recording that was broken off: name another folder")


def _beside(folder: Path) -> Path:
    """Return the folder of the recording under the account's own names, until it is complete."""
    whole = folder.resolve()
    return whole.with_name(f".{whole.name}.unfinished")


def _holds_something(folder: Path) -> bool:
    return folder.exists() and any(folder.iterdir())


def _rename(wanted: Wanted, folder: Path) -> None:
    private.make_folder(wanted.folder)
    Pseudonyms(folder, wanted.folder).write(wanted.mapping)


def _agreed(book: Book, wanted: Wanted, span: Span) -> Span:
    """Return the span of the recording's first run: "30d ago" moves on, and a recording must not."""
    asked = {"--since": wanted.since, "--until": wanted.until or "", "--stack": wanted.stack or "",
             "--table": wanted.table or "", "--region": wanted.region or "", "--profile": wanted.profile or ""}  # fmt: skip
    told = book.agree(since=span.since.isoformat(), until=span.until.isoformat(), asked=json.dumps(asked))
    begun = json.loads(told["asked"])
    if begun != asked:
        how = " ".join(f"{option} {value}" for option, value in begun.items() if value)
        raise Unwise(f"{wanted.folder} was begun with {how}: go on with the same, or name another folder")
    return Span(datetime.fromisoformat(told["since"]), datetime.fromisoformat(told["until"]))


def _targets(wanted: Wanted, clients: Clients, book: Book, progress: Progress) -> Targets:
    """Return all targets, or those of a stack's ledger, and write the stack's policy to the folder."""
    name = wanted.table
    if wanted.stack:
        name = DeployedStack(wanted.stack, wanted.region, wanted.profile).outputs["TableName"]
    if name is None:
        return Targets()
    progress.say(f"targets and policy out of the table {name}")
    table = Table(clients("dynamodb"), name)
    if (policy := _policy(table)) is not None:
        book.write(book.folder / "policy.yaml", (policy,))
    return Targets.of(DynamoIncidents(table))


def _policy(table: Table) -> bytes | None:
    """Return the published policy of a stack as JSON, which is also YAML; None if it uses the built-in one."""
    text, _ = DynamoStoredDocument(table).load()
    kept = msgspec.json.decode(text, type=KeptDocument) if text else KeptDocument()
    document = bytes(kept.document)
    return None if document == b"null" else msgspec.json.format(document) + b"\n"


def _sum(span: Span, book: Book) -> dict[str, Any]:
    return {
        "since": span.since.isoformat(timespec="seconds"),
        "until": span.until.isoformat(timespec="seconds"),
        "signals": book.count("signal"),
        "answers": book.count("answer"),
        "left_out": book.left_out(),
    }


def _show(told: dict[str, Any], wanted: Wanted) -> None:
    if wanted.as_json:
        sys.stdout.write(json.dumps(told) + "\n")
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{told['signals']:,} signals and {told['answers']:,} answers in {wanted.folder}", markup=False)
    for what, number in told["left_out"].items():
        console.print(f"  left out: {number:,} {what}", markup=False)
