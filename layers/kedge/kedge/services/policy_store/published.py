"""Reads the published policy: stores a valid one, and reports a broken one."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from kedge.domain.errors import KedgeError, MalformedPolicy
from kedge.domain.signal import PolicyRead
from kedge.domain.target import Target, TargetKind
from kedge.ledger.items import stamp
from kedge.policy.compiled import compile_policy
from kedge.policy.lint import LintResult
from kedge.ports.storage import Published, PublishedPolicies, StoredPolicies
from kedge.services.policy_store.stored import BrokenPolicy, KeptPolicy, digest_of, read, written

NAME: Final = "policy.yaml"
"""The name of a published policy in its faults: it does not have a file."""

_MOST_FAULTS: Final = 3
_LONGEST: Final = 1_200

type Lint = Callable[[bytes, str], LintResult]


def target_of(stack: str, account: str, region: str) -> Target:
    """Return the case of a stack's policy."""
    return Target(account=account, region=region, kind=TargetKind.POLICY, name=stack)


class PolicyWatch:
    """Compares the published policy with the stored one. Two parallel reads do no harm: one of them finds it done."""

    def __init__(
        self,
        published: PublishedPolicies,
        shelf: StoredPolicies,
        lint: Lint,
        target: Target,
        clock: Callable[[], datetime],
        failed: Callable[[KedgeError], None],
    ) -> None:
        """Connect the ports. `lint` reads a text under a name, `target` is the case of this stack's policy.

        `failed` receives each failure to read the published policy: that is not a fault of the policy.
        """
        self._published = published
        self._shelf = shelf
        self._lint = lint
        self._target = target
        self._clock = clock
        self._failed = failed

    def look(self) -> PolicyRead | None:
        """Return the news of the newest policy; None if it is valid and was before.

        While it is broken, the same signal repeats, which changes nothing after the first. Once it is fixed, the news
        repeats until `told`.

        Raises:
            Transient: the stored policy cannot be read or written now.
            Permanent: the stored policy cannot be read or written.
        """
        text, over = self._shelf.load()
        kept = read(text)
        try:
            newest = self._published.newest()
        except KedgeError as error:
            self._failed(error)
            return None
        if newest is not None and not self._known(kept, digest_of(newest.data)):
            try:
                kept = self._sound(kept, newest)
            except MalformedPolicy as fault:
                return self._broken(kept, newest, fault.why, over)
            self._shelf.keep(written(kept), over)
        return self._mended(kept) if kept.broken is not None else None

    def told(self, signal: PolicyRead) -> None:
        """Remove the broken policy after the notification that it is fixed."""
        if signal.fault is None:
            text, over = self._shelf.load()
            self._shelf.keep(written(msgspec.structs.replace(read(text), broken=None)), over)

    def _known(self, kept: KeptPolicy, digest: str) -> bool:
        """Return whether this text is the stored valid one, and this release can decide with it."""
        if kept.digest != digest:
            return False
        try:
            document = kept.sound()
            return document is not None and bool(compile_policy(document))
        except MalformedPolicy:
            return False

    def _sound(self, kept: KeptPolicy, newest: Published) -> KeptPolicy:
        """Return the stored form of a valid policy. Raises MalformedPolicy with the faults of any other."""
        reading = self._lint(newest.data, NAME)
        if reading.document is None:
            raise MalformedPolicy(NAME, _short([fault.brief for fault in reading.faults]))
        compile_policy(reading.document)
        document = msgspec.Raw(msgspec.json.encode(reading.document))
        return msgspec.structs.replace(kept, digest=digest_of(newest.data), document=document, kept=self._clock())

    def _broken(self, kept: KeptPolicy, newest: Published, fault: str, over: int) -> PolicyRead:
        digest = digest_of(newest.data)
        broken = kept.broken
        if broken is None or (broken.digest, broken.fault) != (digest, fault):
            broken = BrokenPolicy(digest=digest, version=newest.label or digest, fault=fault, since=self._clock())
            self._shelf.keep(written(msgspec.structs.replace(kept, broken=broken)), over)
        return self._signal(f"{broken.digest}/broken/{stamp(broken.since)}", broken.since, broken.version, fault)

    def _mended(self, kept: KeptPolicy) -> PolicyRead:
        document, now = kept.sound(), self._clock()
        version = kept.digest if document is None else compile_policy(document).label
        return self._signal(f"{kept.digest}/mended/{stamp(now)}", now, version, None)

    def _signal(self, what: str, at: datetime, version: str, fault: str | None) -> PolicyRead:
        return PolicyRead(id=f"policy/{what}", at=at, target=self._target, version=version, fault=fault)


def _short(faults: list[str]) -> str:
    """Return a list of faults, shortened for a message."""
    shown = "; ".join(faults[:_MOST_FAULTS])
    more = f"; and {len(faults) - _MOST_FAULTS} more" if len(faults) > _MOST_FAULTS else ""
    return shown[:_LONGEST] + more
