"""What bash and zsh complete behind nplus1, typed into the shells themselves."""
import os
import pty
import re
import select
import subprocess
import time

import pytest

SECONDS = 20
ASK = """
compopt() { :; }
. /usr/share/bash-completion/bash_completion
. "$0"
COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_nplus1
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Shell:
    """A shell at a terminal, in a folder with a recording."""

    def __init__(self, words, variables, folder):
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.chdir(folder)
            os.execvpe(words[0], words, {"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "dumb", "LANG": "C.UTF-8", **variables})
        self.pid, self.said = pid, ""

    def until(self, pattern):
        end = time.monotonic() + SECONDS
        while not re.search(pattern, self.said):
            ready, _, _ = select.select([self.terminal], [], [], max(0, end - time.monotonic()))
            assert ready, f"no {pattern!r} in {self.said!r}"
            self.said += os.read(self.terminal, 4096).decode(errors="replace")

    def type(self, text):
        self.said = ""
        os.write(self.terminal, text.encode())

    def end(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


@pytest.fixture(params=["bash", "zsh"])
def shell(request, build, tmp_path, made):
    made("nested")
    (tmp_path / "nplus1").symlink_to(build.viewer)
    path = f"{tmp_path}:{os.environ['PATH']}"
    if request.param == "bash":
        (tmp_path / "rc").write_text(f". /usr/share/bash-completion/bash_completion\n. {build.folder}/viewer/nplus1.bash\n"
                                     "bind 'set enable-bracketed-paste off'\nPS1='READY> '\n")
        found = Shell(["bash", "--noprofile", "--rcfile", "rc", "-i"], {"PATH": path}, tmp_path)
    else:
        (tmp_path / "functions").mkdir()
        (tmp_path / "functions/_nplus1").symlink_to(build.folder / "viewer/_nplus1")
        (tmp_path / ".zshrc").write_text("fpath=($PWD/functions $fpath)\nautoload -U compinit && compinit -u -D\nunset zle_bracketed_paste\n"
                                         "PS1='READY> '\n")
        found = Shell(["zsh", "-d", "-i"], {"PATH": path, "ZDOTDIR": str(tmp_path)}, tmp_path)
    found.until("READY> $")
    yield found
    found.end()


@pytest.mark.parametrize("typed, completed", [
    ("nplus1 rep", "nplus1 report "),
    ("nplus1 report --js", "nplus1 report --json "),
    ("nplus1 report nes", "nplus1 report nested.pb "),
    ("nplus1 export -f sar", "nplus1 export -f sarif "),
    ("nplus1 report --color=al", "nplus1 report --color=always "),
    ("nplus1 check --fail-on=wri", "nplus1 check --fail-on=write_loop"),
    ("nplus1 check --fail-on=proven,wri", "nplus1 check --fail-on=proven,write_loop"),
    ("nplus1 help doc", "nplus1 help doctor"),
    ("nplus1 run -- ./nplu", "nplus1 run -- ./nplus1 "),
    ("nplus1 run -o out.pb --check setpri", "nplus1 run -o out.pb --check setpriv "),
])
def test_a_tab_completes(shell, typed, completed):
    shell.type(typed + "\t")
    shell.until(re.escape(completed))


def offered(build, *words):
    run = subprocess.run(["bash", "--norc", "-c", ASK, build.folder / "viewer/nplus1.bash", *words], capture_output=True, text=True)
    assert run.stderr == ""
    return run.stdout.split()


def test_bash_offers_every_verb_and_every_option(build):
    text = build.view("--help").stdout.decode()
    verbs = re.findall(r"^  (\w+) ", text, re.MULTILINE)
    assert offered(build, "nplus1", "") == [*verbs, "help", "--help", "--version"]
    for verb in verbs:
        options = set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", build.view(verb, "--help").stdout.decode(), re.MULTILINE))
        assert {word.rstrip("=") for word in offered(build, "nplus1", verb, "--")} == options


def test_an_unknown_shell_is_told(build):
    run = build.view("--completion", "fish")
    assert (run.returncode, run.stderr) == (2, b"nplus1: --completion: name a shell: bash or zsh\n")
