"""Draws the pictures in docs/ from the messages that Kedge writes: `python -m workbench.pictures`.

A manual drawing shows an old mail sooner or later. This one comes from the golden file of the mail's tests, and a test
fails if the two differ.
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Final

from kedge.messages.mail import LABEL

ROOT: Final = Path(__file__).parent.parent
MAIL: Final = ROOT / "tests" / "unit" / "messages" / "golden" / "drift.mail.txt"
PICTURE: Final = ROOT / "docs" / "images" / "mail.svg"

# The rest are links that are wider than a page; README and picture mention them.
_ENDS_BEFORE: Final = "Report"
_TABLE_ENDS_WITH: Final = "  Limit"
_LEFT_OUT: Final = "Links to report, log and endpoint follow, then the ids."

# Pixels. Each column has a fixed width, so that the table stays straight in every font.
_COLUMN: Final = 8
_LINE: Final = 20
_MARGIN: Final = 28
_WIDTH: Final = 72 * _COLUMN + 2 * _MARGIN
_HEAD: Final = 64


# Colours with a contrast of at least 4.5 to 1 on their background, in both themes.
_STYLE: Final = """
  .paper { fill: #ffffff; stroke: #d0d7de }
  .head { fill: #f6f8fa }
  .rule { stroke: #d0d7de }
  .bar { fill: #b3261e }
  text { fill: #1f2328; font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
  .subject { font: 600 15px system-ui, "Segoe UI", "DejaVu Sans", sans-serif }
  .label { fill: #59636e }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; stroke: #3d444d }
    .head { fill: #151b23 }
    .rule { stroke: #3d444d }
    .bar { fill: #f2726a }
    text { fill: #f0f6fc }
    .label { fill: #9198a1 }
  }
"""


def picture(mail: str) -> str:
    """Return a mail (`Subject: …`, an empty line, the text) as an SVG document."""
    subject, _, text = mail.partition("\n\n")
    subject = subject.removeprefix("Subject: ")
    lines = text.partition(f"\n{_ENDS_BEFORE}\n")[0].rstrip().splitlines()
    top = _HEAD + _MARGIN
    last = top + len(lines) * _LINE
    height = last + _LINE + _MARGIN
    box = f'width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-labelledby="title said">',
        f'<title id="title">A mail: {escape(subject)}</title>',
        f'<desc id="said">{escape(" ".join(text.partition(_ENDS_BEFORE)[0].split()))}</desc>',
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" x="0.5" y="0.5" width="{_WIDTH - 1}" height="{height - 1}" rx="8"/>',
        f'<path class="head" d="M1 {_HEAD}V8a7 7 0 0 1 7-7H{_WIDTH - 8}a7 7 0 0 1 7 7V{_HEAD}z"/>',
        f'<path class="rule" d="M0 {_HEAD}.5H{_WIDTH}"/>',
        f'<rect class="bar" x="{_MARGIN}" y="20" width="4" height="24" rx="2"/>',
        f'<text class="subject" x="{_MARGIN + 16}" y="37">{escape(subject)}</text>',
        *(part for number, line in enumerate(lines) for part in _line(line, top + number * _LINE)),
        f'<text class="label" x="{_MARGIN}" y="{last + _LINE}">{_LEFT_OUT}</text>',
        "</svg>",
        "",
    )
    return "\n".join(drawn)


def _line(line: str, y: int) -> Iterator[str]:
    """Yield a line of the mail, separate words at their own positions; labels and the table's heads are paler."""
    head = line.endswith(_TABLE_ENDS_WITH)
    for column, said in _apart(line):
        label = column == 0 and line[LABEL - 2 : LABEL] == "  " and line[LABEL : LABEL + 1].strip()
        kind = ' class="label"' if head or label else ""
        x, width = _MARGIN + column * _COLUMN, len(said) * _COLUMN
        yield f'<text{kind} x="{x}" y="{y}" textLength="{width}">{escape(said)}</text>'


def _apart(line: str) -> Iterator[tuple[int, str]]:
    """Yield the parts of a line between two or more spaces, each with the column of its beginning."""
    for found in re.finditer(r"\S+(?: \S+)*", line):
        yield found.start(), found[0]


def main() -> None:
    """Draw all pictures into docs/images."""
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(picture(MAIL.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
