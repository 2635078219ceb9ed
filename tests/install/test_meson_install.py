"""What `meson install` puts where, and that it works from there."""
import os
import subprocess

import pytest

from conftest import ROOT


@pytest.fixture(scope="module")
def tree(build, tmp_path_factory):
    """An installation in a folder, as packagers make it."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run(["meson", "install", "-C", build.folder, "--no-rebuild", "--quiet", "--destdir", folder], check=True,
                   capture_output=True)
    return folder / "usr/local"


def test_what_is_installed(tree):
    names = {str(path.relative_to(tree)) for path in tree.rglob("*") if not path.is_dir()}
    library = "lib/x86_64-linux-gnu"
    assert names == {
        "bin/nplus1", f"{library}/libnplus1.so", f"{library}/pkgconfig/nplus1.pc", "include/nplus1.h",
        "include/nplus1_cmocka.h",
        "share/bash-completion/completions/nplus1.bash", "share/zsh/site-functions/_nplus1",
        *(f"share/nplus1/{path.name}" for path in (ROOT / "docs").glob("*.schema.json")),
        *(f"share/man/man1/nplus1-{path.stem}.1" for path in (ROOT / "viewer/verbs").glob("*.scd")),
        "share/man/man1/nplus1.1", "share/man/man5/nplus1.5", "share/man/man7/libnplus1.7",
    }


def test_run_takes_the_agent_of_its_own_installation(build, tree):
    run = build.run([tree / "bin/nplus1", "run", "--", "sh", "-c", 'echo "$LD_PRELOAD"'])
    assert run.stdout.decode().splitlines()[0] == str(tree / "lib/x86_64-linux-gnu/libnplus1.so")
    report = build.run([tree / "bin/nplus1", "run", "--", build.sample("orders_customer_lazy"), "20", "10"])
    assert report.returncode == 0 and b"N+1, proven" in report.stdout


def test_pkg_config_names_the_header_and_the_agent(build, tree):
    def ask(*words):
        run = build.run(["pkg-config", *words, "nplus1"], PKG_CONFIG_PATH=str(tree / "lib/x86_64-linux-gnu/pkgconfig"), PATH=os.environ["PATH"])
        assert run.returncode == 0, run.stderr
        return run.stdout.decode().strip()

    assert ask("--modversion") == build.view("--version").stdout.decode().split()[1]
    assert ask("--cflags") == "-I/usr/local/include" and ask("--libs") == ""
    assert ask("--variable=preload") == "/usr/local/lib/x86_64-linux-gnu/libnplus1.so"


def test_the_versions_of_everything_are_one(build):
    version = build.view("--version").stdout.decode().split()[1]
    assert f'\nversion = "{version}"\n' in (ROOT / "integrations/python/pyproject.toml").read_text()
    assert f'spec.version = "{version}"\n' in (ROOT / "integrations/ruby/nplus1.gemspec").read_text()
