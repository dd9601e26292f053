"""TODO cloudwatch."""
