"""Reads policies, and says what is wrong with them: every fault with its line, its column, why, and the mend."""

from kedge.policy.lint.fault import Fault
from kedge.policy.lint.reading import LintResult, read, version_of
from kedge.policy.lint.yaml_tree import LARGEST

__all__ = ["LARGEST", "Fault", "LintResult", "read", "version_of"]
