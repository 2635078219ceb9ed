"""The short form of `make soak`."""
import random

from soak import soak


def test_a_few_rounds_of_everything_are_exact(build):
    seed = random.randrange(1 << 32)
    run = soak(12, seed)
    assert not run.failures, f"seed {seed}: " + "\n".join(run.failures)
    assert len(run.done) >= 2 and sum(run.done.values()) >= 4
