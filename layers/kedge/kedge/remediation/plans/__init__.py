"""Remedies spelled out as plans, one module a remedy."""
