"""What YAML says about a text that is none, in the words of somebody who writes a policy."""

import re
from typing import Final

import yaml

from kedge.lint.fault import Fault
from kedge.lint.lines import Lines

_ONLY_A_KEY: Final = re.compile(r"[ -]*+([\w./][\w./-]*+) *+")
# YAML's own words, what they mean, and the mend.
_PLAINLY: Final = {
    "mapping values are not allowed": ("there is a `: ` where none can be", "put a value that contains `: ` in single quotes, or begin a new line"),
    "could not find expected ':'": ("a key without its colon", "write `key: value`"),
    "did not find expected key": ("this does not belong where it is", "check the indentation, and quotes that close too early"),
    "did not find expected '-' indicator": ("a list ends in the middle", "begin each item with `- `, all of them in one column"),
    "did not find expected ',' or": ("a bracket is not closed", "add the missing `,`, `]` or `}`"),
    "did not find expected node content": ("a value is missing, or a bracket is not closed", ""),
    "found unexpected end of stream": ("a quote is not closed", "close it"),
    "found unknown escape character": ("a backslash in double quotes must be doubled", "use single quotes, in which it stands for itself"),
    "found character that cannot start any token": ("a value cannot begin with this character", "put it in single quotes"),
    "block sequence entries are not allowed": ("a list cannot begin here", "begin it on a new line"),
    "did not find expected <document start>": ("this does not belong to what comes before it", "check the lines before: each key needs its colon"),
    "found unexpected ':'": ("a colon inside of brackets needs quotes, or a space after it", "put the value in single quotes"),
    "did not find expected whitespace or line break": ("a space or a new line is missing here", ""),
    "found invalid Unicode character escape": ("half of a character is escaped", "write the character itself"),
}  # fmt: skip


def said_plainly(error: yaml.MarkedYAMLError, text: str, lines: Lines) -> Fault:
    """The fault that YAML found in a text."""
    index = min(error.problem_mark.index if error.problem_mark is not None else 0, len(text))
    line, column = lines.place(index)
    blank = lines.line(line)[:column]
    if "\t" in blank and not blank.strip():
        return Fault(
            line=line, column=blank.index("\t") + 1, why="a tab where YAML wants spaces", mend="indent with spaces"
        )
    problem = str(error.problem)
    if problem.startswith("mapping values") and (key := _ONLY_A_KEY.fullmatch(lines.line(line)[: column - 1])):
        why, mend = (
            "this key does not belong where it is",
            "check the colon of the line before, and the column of this one",
        )
        return Fault(line=line, column=key.start(1) + 1, why=why, mend=mend)
    found = next((plain for words, plain in _PLAINLY.items() if words in problem), (f"this is not YAML: {problem}", ""))
    if "is not closed" in found[0] and error.context_mark is not None:
        # Where it was opened says more than where the file ends.
        line, column = lines.place(min(error.context_mark.index, len(text)))
    return Fault(line=line, column=column, why=found[0], mend=found[1])
