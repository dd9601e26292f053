"""Between the events of Lambda and the use cases: records unwrapped, results counted, answers put into JSON."""
