"""The policies under which remedies are tried, drawn at random."""

from functools import cache

import msgspec
from hypothesis import strategies as st

from kedge.policy.compiled import Policy
from tests.support.stories import CHURN, policy_of

TARGETS = tuple(msgspec.structs.replace(CHURN, name=name) for name in ("churn", "fraud", "search"))


NAMES = st.sampled_from([target.name for target in TARGETS])


WITH = {target.name: target for target in TARGETS}


UNLIKE = {"upstream": None, "overdue": None, "flapping": None}


@cache
def policy(mode: str, required: int, most: int, share: float, *, kill: bool = False, dry: bool = False) -> Policy:
    """Return a policy that carries out roll-backs, within short times."""
    return policy_of(
        "test",
        evidence=UNLIKE,
        receivers=[{"name": "ml-oncall", "limit": {"messages": 60, "per": "1m"}}],
        route={"receiver": "ml-oncall", "repeat_interval": "4h"},
        remedies=(
            {
                "remedy": "roll_back",
                "matchers": ('cause="deployment_regression"',),
                "mode": mode,
                "verify_within": "3h",
            },
        ),
        limits={
            "dry_run": dry,
            "kill_switch": kill,
            "approval": {
                "approvers": ("user/responder", "user/robin", "user/kedge"),
                "required": required,
                "expires_after": "40m",
            },
            "cooldown": "2h",
            "most_actions": most,
            "per": "5h",
            "largest_share_of_fleet": share,
        },
    )


RULES = st.sampled_from(
    [
        ("auto", 1, 10, 1.0),
        ("auto", 1, 1, 1.0),
        ("auto", 1, 10, 0.4),
        ("approval", 1, 10, 1.0),
        ("approval", 2, 10, 1.0),
        ("approval", 1, 1, 1.0),
    ]
)
