"""Reads the text of a policy, and finds each fault with its line, column, reason and fix.

reading          text to document, or all faults
yaml_tree        text to tree, from YAML's events
tree             a tree whose nodes know their place
schema_check     the tree against the schema: keys, types, texts, and the word that was probably meant
field_readers    reads a text by the key that holds it
matcher_sets     which set of matchers covers another, or matches nothing
checks/          rules beyond the schema
fault            one fault as a person reads it
"""

from kedge.policy.lint.fault import Fault
from kedge.policy.lint.reading import Grammar, LintResult, kind_of, read, read_as, version_of
from kedge.policy.lint.yaml_tree import LARGEST

__all__ = ["LARGEST", "Fault", "Grammar", "LintResult", "kind_of", "read", "read_as", "version_of"]
