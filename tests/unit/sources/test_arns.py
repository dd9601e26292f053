"""Names out of ARNs, and ARNs that are none."""

import pytest

from kedge.sources.arns import arn, is_region, last_part, spelling

ALARM = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:churn: errors / calls"


def test_an_alarms_name_may_hold_colons_and_slashes():
    assert arn(ALARM) == ("cloudwatch", "us-east-1", "111122223333", "alarm:churn: errors / calls")


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_every_partition_has_arns(partition: str):
    assert arn(f"arn:{partition}:sagemaker:us-gov-west-1:111122223333:endpoint/churn") is not None


@pytest.mark.parametrize(
    "text",
    [
        None,
        17,
        "",
        "arn:aws:sns:EXAMPLE",
        "arn:aws:cloudwatch:REGION:ACCOUNT_NUMBER:alarm:EXAMPLE",
        "arn:aws:cloudwatch:us-east-1:1234:alarm:short",
        "arn:aws:cloudwatch:us-east-1:\u0661\u0661\u0661\u0661\u0662\u0662\u0662\u0662\u0663\u0663\u0663\u0663:alarm:x",
        "arn:aws:s3:::bucket",
        "arn:aws:sagemaker:US East (N. Virginia):111122223333:endpoint/churn",
    ],
)
def test_a_placeholder_is_no_arn(text: object):
    assert arn(text) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("arn:aws:sagemaker:us-east-1:111122223333:processing-job/churn-1", "churn-1"),
        ("nothing special", "nothing special"),
        ("ends/", None),
        (None, None),
    ],
)
def test_a_name_is_what_follows_the_last_slash(text: str | None, name: str | None):
    assert last_part(text) == name


@pytest.mark.parametrize("code", ["us-east-1", "us-gov-west-1", "us-isof-south-1", "cn-northwest-1", "eusc-de-east-1"])
def test_a_regions_code_is_one(code: str):
    assert is_region(code)


@pytest.mark.parametrize("word", ["FULLY_REPLICATED", "FullyReplicated", "fully-replicated"])
def test_a_word_of_an_enum_is_one_in_every_spelling(word: str):
    assert spelling(word) == "fullyreplicated"
