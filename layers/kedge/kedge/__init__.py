"""Kedge: one accountable incident for each thing that goes wrong with a model in production."""
