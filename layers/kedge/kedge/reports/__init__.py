"""What lies in S3 behind a monitoring result: violations and statistics, read into evidence."""
