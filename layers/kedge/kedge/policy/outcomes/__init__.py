"""The single things that are looked at to see what came of a remedy, each with its answer in words."""
