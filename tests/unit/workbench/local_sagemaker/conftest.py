"""An endpoint of the local SageMaker that can be updated."""

from datetime import timedelta

import pytest

from tests.unit.workbench.local_sagemaker.updating import capture, config


@pytest.fixture
def churn(stage):
    """churn runs with churn-1: variants a and b, two instances and half of the traffic each; churn-2 could come."""
    stage.model("m")
    config(stage, "churn-1", DataCaptureConfig=capture(100))
    config(stage, "churn-2", weight=1.0)
    stage.call("CreateEndpoint", EndpointName="churn", EndpointConfigName="churn-1")
    stage.world.lag = timedelta(minutes=5)
    stage.events.clear()
    return stage
