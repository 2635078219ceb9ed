"""What nplus1 says of the samples in C, as it stands in files beside them: samples/c/SYSTEM/SAMPLE/report.txt and so on.

Times are those of steady.py; what else differs from run to run (bits of evidence, which salted hashes decide) or from machine to
machine (paths, processes, addresses, versions, what the C library calls its own functions) is replaced by words in capitals. One run
of a sample gives all of its files.
"""
import json
import re
from pathlib import Path

from golden.steady import steady

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples/c"
SYSTEMS = ("sqlite", "postgresql")
# The sizes to run a scene with, by the sample's first words; twice of each for the diff of a sample with itself.
SIZES = {"authors_books": (20,), "customers_orders_items": (10, 4, 3), "orders_customer": (100, 10), "users_posts": (20, 5),
         "users_posts_comments": (10, 5, 3)}
# Beside which a lazy sample is put.
TWIN = "selectin"
NOT_STEADY = {"async"}  # how many rows there are at a time is up to the server
README_SAMPLE = SAMPLES / "sqlite/orders_customer_lazy"
DETECTION = ROOT / "docs/detection.md"


def samples(system):
    """Names of the programs: those that have a main."""
    sources = sorted((SAMPLES / system).glob("*.c"))
    return [path.stem for path in sources if "int main(" in path.read_text() and path.stem not in NOT_STEADY]


def sizes_of(name):
    scene = max((scene for scene in SIZES if name.startswith(scene)), key=len)
    return SIZES[scene]


class Normaliser:
    """Replaces what is no news. The longer path first: the build is often inside of the tree, and not always called build."""

    def __init__(self, build, folder, variables):
        self.words = [(str(build.folder), "BUILD"), (str(folder), "RECORDINGS"), (str(ROOT), "ROOT")]
        self.words += [(str(build.folder.relative_to(ROOT)), "BUILD")] if build.folder.is_relative_to(ROOT) else []
        self.words += [(variables["PGHOST"], "SOCKET")] if "PGHOST" in variables else []
        self.words.sort(key=lambda word: -len(word[0]))

    def paths(self, text):
        for path, word in self.words:
            text = re.sub(rf"(?<![\w/.]){re.escape(path)}(?=/)", word, text)
            text = re.sub(rf"(?<![\w/.]){re.escape(path)}(?![\w/.-])", word, text)
        return text

    def text(self, text):
        text = self.paths(text)
        text = re.sub(r"\bprocess \d+", "process PID", text)
        return re.sub(r"^(pid +)\d+$", r"\1PID", text, flags=re.MULTILINE)

    def json(self, text):
        report = json.loads(text)
        for process in report["processes"]:
            process.update(pid="PID")
        for group in report["groups"]:
            group["stack"] = [frame if frame["in_app"] else "NOT OF THE SAMPLE" for frame in group["stack"]]
        for finding in report["findings"]:
            for evidence in (finding["evidence"], finding["evidence"].get("second") or {}):
                evidence.update({"bits": "BITS"} if "bits" in evidence else {})
        return self.text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")

    def info(self, text):
        text = re.sub(r"^(bytes +).*$", r"\1SIZE", self.text(text), flags=re.MULTILINE)
        return re.sub(r"^(agent +).*$", r"\1VERSION", text, flags=re.MULTILINE)

    def dump(self, text):
        """Every record but for where it stands in the file, which paths decide."""
        text = re.sub(r"^[0-9a-f]{8,} ", "", self.text(text), flags=re.MULTILINE)
        for field in ("agent_version", "host", "boot_id"):
            text = re.sub(rf'\b{field}="[^"]*"', f'{field}="{field.upper()}"', text)
        for field in ("pid", "parent_pid", "grandparent_pid", "start_ticks", "offset", "build_id", "bits"):
            text = re.sub(rf"\b{field}=[0-9a-fx]+", f"{field}={field.upper()}", text)
        # When it was sure enough, which bits decide.
        text = re.sub(r"^(finding .*\bexecutions=)\d+", r"\1EXECUTIONS", text, flags=re.MULTILINE)
        return re.sub(r'path="/[^"]*/(lib[^"/]+)"', r'path="\1"', text)


def said(result):
    """Both outputs and the status, when it is none of success."""
    status = f"exit status {result.returncode}\n" if result.returncode else ""
    return result.stdout.decode() + result.stderr.decode() + status


def record(build, path, name, system, sizes, variables):
    result = build.run_watched([build.sample(name, system), *sizes], path, cwd=ROOT, **variables)
    assert (result.returncode, result.stderr) == (0, b""), result.stderr.decode()
    path.write_bytes(steady(path.read_bytes()))
    return path


def outputs_of(build, name, system, folder, variables):
    """The files of a sample by their names, as they should be."""
    sizes = sizes_of(name)
    words = Normaliser(build, folder, variables)
    recording = record(build, folder / f"{name}.pb", name, system, sizes, variables)
    if name.endswith("_lazy"):
        twin = name.replace("_lazy", f"_{TWIN}")
        other = record(build, folder / f"{twin}.pb", twin, system, sizes, variables)
    else:
        other = record(build, folder / f"{name}.2.pb", name, system, [2 * size for size in sizes], variables)

    def view(*verb):
        return build.view(*verb, cwd=ROOT, COLUMNS="100")
    return {
        "report.txt": words.text(said(view("report", recording))),
        "report.json": words.json(view("report", "--json", recording).stdout),
        "check.txt": words.text(said(view("check", recording))),
        "diff.txt": words.text(said(view("diff", recording, other))),
        "dump.txt": words.dump(said(view("dump", recording))),
        "info.txt": words.info(said(view("info", recording))),
    }


def readme_block(report):
    """README's example: the findings, without the table of statements."""
    findings = report.partition("\n   executions  ")[0].rstrip("\n")
    return "".join(f"    {line}".rstrip() + "\n" for line in findings.splitlines())


def with_readme_block(readme, report):
    begin, end = "<!-- report: begin -->\n", "<!-- report: end -->"
    head, _, rest = readme.partition(begin)
    return head + begin + readme_block(report) + end + rest.partition(end)[2]


def quote_of(report):
    """The first finding, without its source, advice and times."""
    lines = report[report.index("1. "):].splitlines()
    tree = lines[:lines.index("")]
    fields = [line for line in lines[len(tree):] if line.startswith(("   what ", "   join "))]
    return "".join(f"    {line}\n" for line in [*tree, "", *fields]).replace("    \n", "\n")


def with_quotes(page):
    """A page with its quotes of reports, each between two comments: the first names the report."""
    return re.sub(r"(<!-- quote: (\S+) -->\n).*?(<!-- end -->)",
                  lambda match: match[1] + quote_of((ROOT / match[2]).read_text()) + match[3], page, flags=re.DOTALL)
