"""Compares a report with the truth of a scene, place by place, and adds up."""
from collections import Counter
from dataclasses import dataclass, field

LEVEL = {None: 0, "possible": 1, "likely": 2, "proven": 3}
READS, WRITES = {"n_plus_one"}, {"write_loop"}
LOOPS = {"n_plus_one", "batched_n_plus_one", "write_loop"}
FAULTS = ("proven_wrong", "column_wrong", "unproven", "missed", "false", "false_duplicate", "miscounted")


@dataclass
class Verdict:
    """What was said of one place."""
    place: object
    truth: object
    counts: Counter = field(default_factory=Counter)
    said: str = ""

    def faults(self):
        return [name for name in FAULTS if self.counts[name]]


class Reading:
    """A report, by the places of the scene's program."""

    def __init__(self, report, file, lines):
        by_line = {line: number for number, line in lines.items()}
        self.place_of = {}
        self.executions = Counter()
        for group in report["groups"]:
            frames = [by_line[frame["line"]] for frame in group["stack"]
                      if (frame["file"] or "").rsplit("/", 1)[-1] == file and frame["line"] in by_line]
            if frames:
                self.place_of[group["id"]] = frames[0]
                self.executions[frames[0]] += group["executions"]
        self.findings = {}
        for finding in report["findings"]:
            self.findings.setdefault(self.place_of.get(finding["group"]), []).append(finding)

    def best(self, number, kinds):
        fitting = [finding for finding in self.findings.get(number, ()) if finding["kind"] in kinds]
        return max(fitting, key=lambda finding: LEVEL[finding["confidence"]], default=None)

    def parent(self, finding):
        return self.place_of.get(finding["parent"]), finding["parent_column"]


def judge_column(truth, parent, counts):
    if not truth.accepted:
        counts["not_judged"] += 1
    elif parent not in truth.accepted:
        counts["column_wrong"] += 1
    elif parent not in truth.ties:
        counts["near"] += 1
    elif truth.ties == truth.true:
        counts["column_right"] += 1
    else:
        counts["tie"] += 1
        counts["tie_true"] += parent in truth.true


def judge_place(reading, truth, counted):
    place, counts = truth.place, Counter()
    verdict = Verdict(place, truth, counts)
    counts["miscounted"] += reading.executions[place.number] != counted
    kinds = LOOPS if truth.verdict == "none" else WRITES if place.write else READS
    finding = reading.best(place.number, kinds)
    confidence = finding and finding["confidence"]
    proven = confidence == "proven"
    if finding:
        verdict.said = f"{finding['kind']} {confidence} by {reading.parent(finding)}"
    duplicate = reading.best(place.number, {"duplicate_query"})
    counts["false_duplicate"] += not truth.repeated and duplicate is not None and LEVEL[duplicate["confidence"]] > 1
    if truth.verdict == "none":
        counts["none"] += 1
        counts["false"] += LEVEL[confidence] > 1
        counts["proven"] += proven
        counts["proven_wrong"] += proven
        return verdict
    counts["loops"] += 1
    counts["untellable"] += truth.verdict == "untellable"
    counts["missed"] += truth.must is not None and LEVEL[confidence] < 2
    if truth.verdict == "untellable":
        return verdict
    counts["proven"] += proven
    if truth.verdict == "free":
        counts["proven_wrong"] += proven
        return verdict
    told = truth.must == "proven"
    counts["told"] += told
    counts["unproven"] += told and confidence == "likely"
    if proven and finding["parent"] is not None:
        judge_column(truth, reading.parent(finding), counts)
    elif proven:
        counts["column_wrong"] += bool(truth.accepted) and told
    return verdict


def judge(scene, report, counted, truths, program):
    _, file, lines = program
    reading = Reading(report, file, lines)
    return [judge_place(reading, truth, counted.get(truth.place.number, 0)) for truth in truths if truth.executions]


# ---- the summary

COLUMNS = {"scenes": "scenes", "loops": "loops", "told": "told", "proven": "proven", "proven_wrong": "p-wrong",
           "column_right": "col-ok", "column_wrong": "col-bad", "near": "near", "tie": "tie", "tie_true": "tie-true", "not_judged": "col-open",
           "unproven": "unprov", "missed": "missed", "untellable": "untell", "none": "none", "false": "false",
           "false_duplicate": "dup-bad", "miscounted": "miscnt"}


class Tally:
    def __init__(self):
        self.all, self.by_client, self.by_kind, self.by_form = Counter(), {}, {}, {}

    def add(self, scene, verdicts):
        client = self.by_client.setdefault(scene.client, Counter())
        for counter in (self.all, client):
            counter["scenes"] += 1
        kinds = set()
        for verdict in verdicts:
            kind = self.by_kind.setdefault(verdict.place.kind, Counter())
            forms = [self.by_form.setdefault(form, Counter()) for form in verdict.place.forms]
            for counter in (self.all, client, kind, *forms):
                counter.update(verdict.counts)
            kinds.add(verdict.place.kind)
        for kind in kinds:
            self.by_kind[kind]["scenes"] += 1

    def merge(self, other):
        self.all.update(other.all)
        for mine, its in ((self.by_client, other.by_client), (self.by_kind, other.by_kind), (self.by_form, other.by_form)):
            for name, counter in its.items():
                mine.setdefault(name, Counter()).update(counter)

    def wholes(self):
        """Of how many each rate is a share."""
        counts = self.all
        named = counts["column_right"] + counts["near"] + counts["tie"] + counts["column_wrong"]
        return {"proven_wrong": counts["proven"], "column_wrong": named, "near": named, "unproven": counts["told"], "missed": counts["loops"],
                "false": counts["none"], "false_duplicate": counts["none"] + counts["loops"],
                "miscounted": counts["none"] + counts["loops"]}

    def share_of_one(self, name):
        return 1 / max(self.wholes()[name], 1)

    def rates(self):
        return {name: round(self.all[name] * self.share_of_one(name), 5) for name in self.wholes()}

    def lines(self):
        yield f"{'':18}" + "".join(f"{head:>9}" for head in COLUMNS.values())
        for rows in ({"all": self.all}, self.by_client, self.by_kind, self.by_form):
            for name in sorted(rows):
                yield f"{name:18}" + "".join(f"{rows[name][column]:9}" for column in COLUMNS)
            yield ""
        yield "  ".join(f"{name} {value:.2%}" for name, value in self.rates().items())
