"""The good news of a detector find the case of its bad news, and no message arrives later than now."""

from datetime import timedelta
from itertools import product

import pytest

from kedge.domain.incident import IncidentState
from kedge.domain.provenance import Provenance
from kedge.domain.run import Monitor, Verdict
from kedge.services.intake import arrival
from tests.fakes.ledger import MemoryLedger
from tests.support.stories import BY_SAGEMAKER, CHURN, drift, hour, run
from tests.unit.services.test_take_in import intake

A_FILE = Provenance(says="a file in s3://reports")
WITNESSES = {"confirmed": BY_SAGEMAKER, "said": A_FILE}


@pytest.mark.parametrize(("bad", "good"), list(product(WITNESSES, repeat=2)))
@pytest.mark.parametrize("monitor", [Monitor.DATA_QUALITY, Monitor.MODEL_BIAS])
def test_a_clean_report_of_a_detector_ends_what_the_same_road_had_opened_under_another_monitor(monitor, bad, good):
    ledger = MemoryLedger()
    opened = run(
        "10:00", Verdict.VIOLATED, drift("age"), monitor=monitor, source="own", job=None, provenance=WITNESSES[bad]
    )
    ended = run("11:00", Verdict.CLEAN, monitor=Monitor.CUSTOM, source="own", job=None, provenance=WITNESSES[good])
    for signal in (opened, ended):
        intake(ledger, signal).take_in({}, hour("12:00"))
    incident = ledger.load(CHURN, monitor)[0].incident
    assert (incident.state is IncidentState.RESOLVED) is (bad == good)


NOW = hour("12:00")


@pytest.mark.parametrize("ahead", [timedelta(days=-1), timedelta(), timedelta(seconds=1), timedelta(days=400)])
def test_a_message_arrived_when_it_was_sent_and_at_the_latest_now(ahead):
    sent = NOW + ahead
    milliseconds = str(int(sent.timestamp() * 1_000))
    for told in (milliseconds, sent.isoformat()):
        assert arrival(told, NOW) == min(sent, NOW)
    assert arrival(None, NOW) == arrival("soon", NOW) == NOW
