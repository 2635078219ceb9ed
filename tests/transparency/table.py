"""docs/transparency.md: a row for each suite, of which a run writes its own anew."""
from dataclasses import dataclass
from pathlib import Path

import results

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/transparency.md"
HEAD = "| suite | version | tests | without: passed, failed, skipped | with: passed, failed, skipped | differ | executions recorded | again |"
RULE = "|---|---|---|---|---|---|---|---|"


@dataclass
class Row:
    name: str
    title: str
    version: str
    without: dict
    watched: dict
    differing: dict
    unsteady: set
    executions: int
    seconds: float

    def line(self):
        def figures(found):
            return ", ".join(f"{results.count(found, word):,}" for word in (results.PASSED, results.FAILED, results.SKIPPED))
        differ = f"{len(self.differing)}" + (f" ({len(self.unsteady)} also without)" if self.unsteady else "")
        return (f"| {self.title} | {self.version} | {len(self.without):,} | {figures(self.without)} | {figures(self.watched)} | {differ} |"
                f" {self.executions:,} | `make transparency SUITE={self.name}` |")


def write(row, names):
    """Puts the row in its place; `names` are those of all suites, in order."""
    lines = DOCUMENT.read_text().splitlines()
    head = lines.index(HEAD)
    end = head + 2
    while end < len(lines) and lines[end].startswith("|"):
        end += 1
    rows = {line.rsplit("SUITE=", 1)[1].split("`")[0]: line for line in lines[head + 2:end]}
    rows[row.name] = row.line()
    lines[head:end] = [HEAD, RULE, *(rows[name] for name in [*names, *(rows.keys() - names)] if name in rows)]
    DOCUMENT.write_text("\n".join(lines) + "\n")
