from kedge.policy.labels import BUILT_IN, labels_of
from tests.unit.messages.incidents import KINDS
from workbench.record.policy_names import _KEPT_LABELS

# Their values are names of an account, which a recording replaces.
NAMES = {"endpoint", "variant", "target", "source", "account", "owner"}


def test_an_incident_has_every_built_in_label_and_no_other():
    assert set(labels_of(next(iter(KINDS.values())).incident, "test")) == set(BUILT_IN)


def test_a_recording_replaces_or_keeps_the_value_of_every_built_in_label():
    assert set(BUILT_IN) == _KEPT_LABELS | NAMES
