import re

import pytest
from botocore.exceptions import ParamValidationError
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from workbench.recordings.parameters import Parameters
from workbench.recordings.shapes import service_model

# botocore takes these for times, and then for none.
_NO_TIMES = {"inf", "nan"}
TEXTS = st.text(max_size=3).filter(lambda text: text.lower() not in _NO_TIMES)
VALUES = st.one_of(TEXTS, st.integers(-1, 2), st.none(), st.lists(st.text(max_size=2), max_size=2))


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("s3", "GetObject"),
        ("sagemaker", "DescribeProcessingJob"),
        ("sagemaker", "ListMonitoringExecutions"),
        ("cloudwatch", "DescribeAlarms"),
    ],
)
def test_what_is_refused_is_what_botocore_refuses(service, operation):
    shape = service_model(service).operation_model(operation).input_shape
    names = st.sampled_from([*shape.members, "Unknown"])

    @given(asked=st.dictionaries(names, VALUES, max_size=4))
    def refused_alike(asked):
        report = ParamValidator().validate(asked, shape)
        if report.has_errors():
            with pytest.raises(ParamValidationError, match=re.escape(report.generate_report())):
                Parameters(shape).check(asked)
        else:
            Parameters(shape).check(asked)

    refused_alike()
