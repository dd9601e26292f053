"""TODO remediation."""
