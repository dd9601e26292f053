"""A recording: a folder that holds what Kedge saw, and AWS clients that answer from it. The format: docs/recordings.md."""
