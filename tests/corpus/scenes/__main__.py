"""python3 tests/corpus/scenes: random scenes under the agent, and how right nplus1 is about them."""
import argparse
import os
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[0] = str(HERE.parent)
sys.path.insert(1, str(HERE.parents[1]))

from scenes import evaluate, generate  # noqa: E402


def parse():
    parser = argparse.ArgumentParser(prog="scenes", description=__doc__)
    parser.add_argument("--build", default=os.environ.get("NPLUS1_BUILD", "build"), help="folder of the product under evaluation")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--scene", type=int, action="append", help="only this scene (again for more)")
    parser.add_argument("--only", choices=sorted(generate.KINDS), help="a step of this kind in each scene; nothing else is summed up")
    parser.add_argument("--client", choices=generate.CLIENTS, action="append")
    parser.add_argument("--show", action="store_true", help="source, truth and findings of the scenes that are not judged rightly")
    parser.add_argument("--list", action="store_true", help="a line for each place that is not judged rightly")
    parser.add_argument("--keep", metavar="FOLDER", help="leave programs, databases and recordings there")
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


def main():
    options = parse()
    numbers = options.scene or range(options.count)
    if options.client:
        numbers = [number for number in numbers if generate.CLIENTS[number % len(generate.CLIENTS)] in options.client]
    begin = time.monotonic()
    tally, failures = evaluate.evaluate(Path(options.build).resolve(), options.seed, numbers, options.only, options.jobs, options.keep)
    for failure in failures:
        if options.show or options.list or failure.broken:
            print(failure.text() if options.show or failure.broken else failure.brief())
    print("\n".join(tally.lines()))
    print(f"{time.monotonic() - begin:.1f} s")
    return any(failure.broken for failure in failures)


if __name__ == "__main__":
    sys.exit(main())
