import pytest

from tests.unit.workbench.recordings.build import hour, signals
from workbench.recordings.recording import Fault, Line, Recording, RecordingMissing


def test_lines_come_in_order_with_their_numbers_and_their_own_spelling_of_time(tmp_path):
    signals(
        tmp_path,
        [
            '\ufeff{"at": "2026-11-20T11:00:00+01:00", "event": {"a": 1}}',
            "",
            ' {"at": "2026-11-20T09:00:00Z", "event": "text"} ',
        ],
    )
    assert list(Recording.open(tmp_path).lines()) == [
        Line(number=1, stamp="2026-11-20T11:00:00+01:00", at=hour("10:00"), event={"a": 1}),
        Line(number=3, stamp="2026-11-20T09:00:00Z", at=hour("09:00"), event="text"),
    ]


@pytest.mark.parametrize(
    ("line", "path", "stamp"),
    [
        ("{", "$", None),
        ("\x80", "$", None),
        ("7", "$", None),
        ('{"event": {}}', "$.at", None),
        ('{"at": 1795169600, "event": {}}', "$.at", None),
        ('{"at": "10 o\'clock", "event": {}}', "$.at", "10 o'clock"),
        ('{"at": "2026-11-20T10:00:00Z"}', "$.event", "2026-11-20T10:00:00Z"),
    ],
)
def test_a_line_that_cannot_be_read_is_a_fault_and_the_next_one_follows(tmp_path, line, path, stamp):
    signals(tmp_path, [line, '{"at": "2026-11-20T10:00:00Z", "event": {}}'])
    fault, following = Recording.open(tmp_path).lines()
    assert isinstance(fault, Fault)
    assert (fault.where, fault.path, fault.stamp) == ("signals.jsonl:1", path, stamp)
    assert isinstance(following, Line)


def test_a_folder_without_signals_is_no_recording(tmp_path):
    with pytest.raises(RecordingMissing, match=r"signals\.jsonl"):
        Recording.open(tmp_path)
    with pytest.raises(RecordingMissing, match="not a folder"):
        Recording.open(tmp_path / "nowhere")
