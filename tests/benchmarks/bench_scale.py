"""A check of the model of docs/scale.md: its figures of one signal against those counted now, and the sizes of items.

`python -m tests.benchmarks.bench_scale` writes the page; `python -m tests.benchmarks scale` counts and compares.
"""

from collections.abc import Iterator, Mapping

from tests.benchmarks.bench_cost import count
from tests.benchmarks.counted import Usage
from tests.benchmarks.ratios import Row
from tests.benchmarks.scale import One, counted
from tests.benchmarks.scale_page import PAGE, page

# The model has two digits, and the counts differ a little from run to run.
MOST_OFF = 0.25
KINDS = ("clean run", "violated run, told")
# A case with a history, and an incident with its findings. DynamoDB accepts 400 KB.
LARGEST = 40_000
_OF_INTAKE = ("sagemaker:", "s3:GetObject", "dynamodb:GetItem")


def run() -> list[Row]:
    """Return calls and write units of the signals in the model, and the largest item that one of them wrote."""
    return list(compared(counted(), count()))


def compared(said: Mapping[str, One], usage: Mapping[str, Usage]) -> Iterator[Row]:
    """Yield the figures of the page beside the counted ones."""
    for kind in KINDS:
        one, now = said[kind], usage[kind]
        asked = sum(times for name, times in now.calls.items() if name.startswith(_OF_INTAKE)) + 1
        yield _row(f"scale, calls of a {kind}", one.calls, asked)
        yield _row(f"scale, write units of a {kind}", one.units, now.written)
    largest = max(usage[kind].largest for kind in KINDS)
    yield Row("scale, the largest item of a run", f"{largest:,.0f} bytes", f"< {LARGEST:,}", largest < LARGEST)


def _row(name: str, said: float, now: float) -> Row:
    off = abs(now - said) / max(said, 1.0)
    return Row(name, f"{now:.1f}", f"{said:.0f} on the page, {MOST_OFF:.0%} off", off <= MOST_OFF)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
