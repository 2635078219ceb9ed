"""Runs scenes under the agent: writes the programs, makes their databases, and asks the viewer what it saw."""
import json
import os
import subprocess
from pathlib import Path

from . import data
from . import emit_c
from .emit_python import Python
from .emit_ruby import Ruby

RUNTIME = Path(__file__).parent / "runtime"
TIMEOUT = 60
LIBPQ = "/usr/include/postgresql"


class Broken(Exception):
    """A scene that is at fault itself, or a program that failed."""


class Runner:
    def __init__(self, agent, viewer, folder, postgresql=None):
        self.agent, self.viewer, self.folder = agent, viewer, Path(folder)
        self.postgresql = postgresql  # the variables of a server, and a connection to it

    def environment(self, **more):
        keep = {name: value for name, value in os.environ.items()
                if not name.startswith(("NPLUS1_", "PG")) and name not in ("LD_PRELOAD", "PYTHONPATH", "RUBYLIB")}
        return dict(keep, PYTHONPATH=str(RUNTIME), PYTHONDONTWRITEBYTECODE="1", **more)

    def start(self, command, environment):
        result = subprocess.run([str(word) for word in command], env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                                timeout=TIMEOUT, cwd=self.folder)
        if result.returncode or result.stderr:
            raise Broken(f"{' '.join(map(str, command))} ended with {result.returncode}: {result.stderr.decode(errors='replace')[-2000:]}")
        return result.stdout

    def prepare_sqlite(self, scene, initial):
        path = self.folder / f"scene_{scene.number}.db"
        path.write_bytes(initial)
        return {"SCENE_DB": str(path)}

    def prepare_postgresql(self, scene):
        variables, cursor = self.postgresql
        schema = f"scene_{scene.number}"
        cursor.execute(f"CREATE SCHEMA {schema}; SET search_path TO {schema}; " + "; ".join(data.definition(scene.tables, "postgresql")))
        return dict(variables, PGOPTIONS=f"-c search_path={schema}")

    def prepare(self, scene, initial):
        return self.prepare_sqlite(scene, initial) if scene.system == "sqlite" else self.prepare_postgresql(scene)

    def write_programs(self, scenes):
        """Scene number -> (command, file's name, place -> line). Those in C are one program for each system."""
        programs = {}
        for system in ("sqlite", "postgresql"):
            some = [scene for scene in scenes if scene.client == f"c-{system}"]
            if some:
                programs.update(self.compile(system, some))
        for scene in scenes:
            if scene.language != "c":
                emitter = Python if scene.language == "python" else Ruby
                text, places = emitter(scene).source()
                path = self.folder / emitter.file.format(scene.number)
                path.write_text(text)
                command = ["/usr/bin/python3"] if emitter is Python else ["/usr/bin/ruby", f"-I{RUNTIME}"]
                programs[scene.number] = [*command, path], path.name, places
        return programs

    def compile(self, system, scenes):
        text, places = emit_c.program(scenes)
        source = self.folder / f"scenes_{system}_{scenes[0].number}.c"
        source.write_text(text)
        libraries = ["-lsqlite3"] if system == "sqlite" else ["-I" + LIBPQ, "-lpq"]
        self.start(["gcc", "-g", "-O0", f"-DSCENE_{system.upper()}", f"-I{RUNTIME}", "-o", source.with_suffix(""), source, RUNTIME / "scene.c",
                    RUNTIME / "arrange.c", *libraries, "-lpthread"], self.environment())
        return {scene.number: ([source.with_suffix(""), scene.number], source.name, places[scene.number]) for scene in scenes}

    def run(self, scene, initial, program):
        """The report, and what the program counted itself."""
        command, _, _ = program
        recording, counts = self.folder / f"scene_{scene.number}.pb", self.folder / f"scene_{scene.number}.counts"
        self.start(command, self.environment(LD_PRELOAD=str(self.agent), NPLUS1_OUTPUT=str(recording), SCENE_COUNTS=str(counts),
                                             **self.prepare(scene, initial)))
        counted = {int(place): int(count) for place, count in (line.split() for line in counts.read_text().splitlines())}
        if not recording.exists():
            return {"groups": [], "findings": []}, counted
        return json.loads(self.start([self.viewer, "report", "--json", recording], self.environment())), counted
