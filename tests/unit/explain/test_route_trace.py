"""The way through the tree, told step by step, ends where the tree itself leads."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from kedge.explain.route_trace import Passage, trace_route
from kedge.policy.routes import route_of
from kedge.policy.spec.document import RouteSpec
from tests.support.stories import policy_of

VALUES = st.sampled_from(["a", "b", "c"])
MATCHERS = st.lists(
    st.builds("{}{}{}".format, st.sampled_from(["x", "y"]), st.sampled_from(["=", "!="]), VALUES), max_size=2
)


def routes(depth: int) -> st.SearchStrategy[dict[str, object]]:
    below = st.lists(routes(depth - 1), max_size=3) if depth else st.just([])
    return st.fixed_dictionaries(
        {"matchers": MATCHERS, "continue": st.booleans(), "routes": below, "receiver": st.sampled_from(["r", "s"])}
    )


@given(st.lists(routes(2), max_size=4), VALUES, VALUES)
def test_the_walk_ends_exactly_where_the_routes_lead(children, x, y):
    root = route_of(msgspec.convert({"receiver": "r", "routes": children}, RouteSpec))
    labels = {"x": (x,), "y": (y,)}
    visits = list(trace_route(root, labels))
    ended = [visit.path for visit in visits if visit.passage is Passage.ENDS_HERE]
    assert ended == [route.path for route in root.leading(labels)]
    assert len({visit.path for visit in visits}) == len(visits)


def test_each_route_says_why_the_labels_do_not_end_there():
    policy = policy_of(
        route={
            "receiver": "ml-oncall",
            "routes": [{"matchers": ["team=churn"]}, {"matchers": ["team=fraud"]}, {"matchers": ["team!=x"]}],
        }
    )
    said = [(visit.path, visit.because) for visit in trace_route(policy.route, {"team": ("fraud",)})]
    assert said == [
        ("route", "a route below it took it"),
        ("route.routes[0]", "team=\"churn\" does not hold: it is 'fraud'"),
        ("route.routes[1]", ""),
        ("route.routes[2]", "route.routes[1] took it and has no continue"),
    ]
