"""Installs the programs that read what nplus1 exports, once for a build and a set of versions, and runs them."""
import fcntl
import json
import os
import shutil
import tarfile
from pathlib import Path

from consumers.browser import show_speedscope
from consumers.installed import Unavailable, need, run

HERE = Path(__file__).resolve().parent
SCHEMA = "testing/example_scripts/junit-10.xsd"  # in the source of pytest


class Consumers:
    def __init__(self, build_folder):
        self.folder = build_folder.absolute() / "consumers"
        self.jenkins = self.folder / "junit-10.xsd"

    def prepare(self):
        self.folder.mkdir(exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.once("package-lock.json", self.install_npm)
            self.once("python.txt", self.install_schema)
            self.once("go/go.sum", self.install_actionlint)

    def once(self, name, install):
        """Calls `install` unless that was done for the same versions."""
        wanted, mark = (HERE / name).read_text(), self.folder / f"{Path(name).name}.done"
        if not mark.exists() or mark.read_text() != wanted:
            install()
            mark.write_text(wanted)

    def install_npm(self):
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, self.folder / name)
        result = run([need("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=self.folder)
        if result.returncode:
            raise Unavailable(f"npm ci of tests/consumers failed; is the registry to be reached? {result.stderr.strip()[-2000:]}")
        os.chmod(self.multitool(), 0o755)  # the one thing that its script does

    def install_schema(self):
        downloads = self.folder / "python"
        result = run(["/usr/bin/python3", "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "pytest", "--require-hashes",
                      "-d", downloads, "-r", HERE / "python.txt"], env={**os.environ, "PIP_CONSTRAINT": str(HERE / "constraints.txt")})
        if result.returncode:
            raise Unavailable(f"pip download of tests/consumers/python.txt failed: {result.stderr.strip()[-2000:]}")
        with tarfile.open(next(downloads.glob("pytest-*.tar.gz"))) as source:
            member = next(name for name in source.getnames() if name.endswith(SCHEMA))
            self.jenkins.write_bytes(source.extractfile(member).read())

    def install_actionlint(self):
        sources = self.folder / "go"
        shutil.copytree(HERE / "go", sources, dirs_exist_ok=True)
        result = run([need("go"), "build", "-mod=readonly", "-o", self.folder / "actionlint", "github.com/rhysd/actionlint/cmd/actionlint"],
                     cwd=sources)
        if result.returncode:
            raise Unavailable(f"actionlint cannot be built; is the proxy of Go to be reached? {result.stderr.strip()[-2000:]}")

    def actionlint(self, path):
        """A workflow of GitHub, without its shell scripts, for which it would need shellcheck."""
        return run([self.folder / "actionlint", "-shellcheck=", "-pyflakes=", "-no-color", path])

    def package(self, name):
        return self.folder / "node_modules" / name

    def multitool(self):
        return self.package("@microsoft/sarif-multitool-linux") / "Sarif.Multitool"

    def pprof(self, *words):
        """What `go tool pprof` says, of a file of its own: nothing is symbolised or fetched."""
        environment = {**os.environ, "PPROF_TMPDIR": str(self.folder), "HOME": os.environ.get("HOME", str(self.folder))}
        result = run([need("go"), "tool", "pprof", "-symbolize=none", *words], env=environment)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def sarif_faults(self, path):
        """The errors and warnings of Microsoft's validator, as (level, rule, message)."""
        out = path.with_suffix(".validated.sarif")
        environment = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "DOTNET_BUNDLE_EXTRACT_BASE_DIR": str(self.folder / "dotnet")}
        result = run([self.multitool(), "validate", path, "--output", out, "--log", "ForceOverwrite", "--level", "Error;Warning"],
                     env=environment)
        if not out.exists():
            raise Unavailable(f"sarif-multitool does not run here: {result.stdout[-1000:]}{result.stderr[-1000:]}")
        log = json.loads(out.read_text(encoding="utf-8-sig"))
        notices = [note for entry in log["runs"] for call in entry.get("invocations", []) for note in call.get("toolExecutionNotifications", [])]
        results = [entry for each in log["runs"] for entry in each.get("results", [])]
        return [(entry.get("level", "warning"), entry.get("ruleId"), entry.get("message", {}).get("text") or str(entry["message"]))
                for entry in results + notices if entry.get("level", "warning") in ("error", "warning")]

    def jenkins_faults(self, path):
        """What xmllint says against Jenkins' schema; empty when it is valid."""
        result = run([need("xmllint"), "--noout", "--nonet", "--schema", self.jenkins, path])
        return "" if result.returncode == 0 else result.stderr

    def code_climate_faults(self, path):
        """What TypeScript says of a report as a literal of the type that codeclimate-types has for it; empty when it is one."""
        source = path.with_suffix(".ts")
        source.write_text(f'import type {{ Issue }} from "codeclimate-types";\nexport const report: Issue[] = {path.read_text()};\n')
        modules = path.parent / "node_modules"
        if not modules.exists():
            modules.symlink_to(self.folder / "node_modules")
        result = run([need("node"), self.package("typescript") / "bin/tsc", "--noEmit", "--strict", "--module", "nodenext", "--target", "es2022",
                      "--types", "codeclimate-types", "--pretty", "false", source.name], cwd=path.parent)
        return "" if result.returncode == 0 else result.stdout + result.stderr

    def decode_otlp(self, path):
        result = run([need("node"), HERE / "decode.js", self.folder, path])
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def annotate(self, annotations):
        """The lines that GitHub's toolkit writes for (level, message, properties) of annotations."""
        words = [{"level": level, "message": message, "properties": properties} for level, message, properties in annotations]
        result = run([need("node"), HERE / "annotate.js", self.folder], text=json.dumps(words))
        assert result.returncode == 0, result.stderr
        return result.stdout.splitlines()

    def show_speedscope(self, path, picture):
        return show_speedscope(self.package("speedscope") / "dist/release", path, picture)

    def use_page(self, path, pictures, size="small"):
        """What a person sees who uses a page of report --html, see page.js."""
        result = run([need("node"), HERE / "page.js", self.folder, need("chromium", "chromium-browser"), path, pictures, size])
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def use_agent(self, viewer, directory, words, calls):
        """What the Model Context Protocol's own client gets of nplus1 mcp, see agent.js."""
        result = run([need("node"), HERE / "agent.js", self.folder, viewer, directory, *words, "--", *calls])
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def render_markdown(self, text):
        """HTML as GitHub makes it of a comment, but for the names that it makes links of; raw HTML passes."""
        result = run([need("cmark-gfm"), "--unsafe", "-e", "table", "-e", "strikethrough", "-e", "autolink", "-e", "tasklist"], text=text)
        assert result.returncode == 0, result.stderr
        return result.stdout
