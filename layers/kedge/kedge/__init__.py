"""Kedge detects problems of models in production, records one incident for each, routes it, and remediates it.

domain/         the terms of Kedge as types
formatting      numbers, times, durations and foreign text as a person reads them
policy/         the team's rules: as written, as compiled, and their lint
monitors/       what Kedge measures itself: as written, as compiled, and its due windows
watchdog/       the faults of monitoring itself, from the facts of how endpoints are monitored
decide/         signal to decision: deduplication, verdict, cause, life cycle, fleet, timers
routing/        which receivers Kedge notifies, when, and in which message
remediation/    which remedy, its plan, its guards and limits, its approval and its verification
explain/        why a decision is what it is, and what would change it
messages/       an effect as a message, one module for each channel
reports/        the files of a monitoring run in S3, from bytes to findings
sources/        raw events to signals
ledger/         decisions as items of the table, and back
ports/          what the use cases need of the world
services/       the use cases: intake, reconcile, relay, dispatch, people, approval, workflow
adapters/       boto3 behind the ports
lambdas/        one module for each function: connects use cases to adapters
"""
