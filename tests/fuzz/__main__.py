"""`make fuzz`: mutated events, reports, policies and Monitors documents through reader, decision, ledger and every channel.

Prints what came of them, and for each fault the seed, the number and the smallest input that shows it.
"""

import argparse
import resource
import sys
import time

import kedge.lambdas.observability
from tests.fuzz.campaign import Campaign


def main() -> int:
    """Run a campaign, and return the exit code: 1 if an input failed."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="how many inputs")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="which inputs; printed, to run them again")
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    chosen = parser.parse_args()
    kedge.lambdas.observability.logger.setLevel("CRITICAL")
    print(f"{chosen.inputs:,} inputs, seed {chosen.seed}", flush=True)
    campaign, failed, start = Campaign(chosen.seed), 0, time.process_time()
    for failure in campaign.run(range(chosen.first, chosen.first + chosen.inputs)):
        failed += 1
        print(f"\n{failure.kind}: {failure.error} at {failure.place}: {failure.says}")
        print(f"  again:    make fuzz SEED={chosen.seed} FIRST={failure.number} N=1")
        print(f"  smallest: {failure.smallest!r}"[:4_000], flush=True)
    for name, number in sorted(campaign.counts.items()):
        print(f"  {number:>9,}  {name}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    taken = time.process_time() - start
    print(
        f"{failed} sorts of failure; {taken:,.0f} s of the processor, slowest input {campaign.slowest:.2f} s, {peak} MB at most"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
