"""clang-tidy finds nothing in the project, and would find what is wrong."""
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_nothing_is_found():
    result = subprocess.run([ROOT / "scripts/analyze", "--tidy"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert (result.returncode, result.stdout) == (0, ""), result.stderr


def test_a_mistake_is_found(tmp_path):
    source = tmp_path / "mistake.c"
    source.write_text("#include <string.h>\nvoid wipe(char *p)\n{\n    memset(p, sizeof(int), 0);\n}\n")
    result = subprocess.run(["clang-tidy", f"--config-file={ROOT / '.clang-tidy'}", "--quiet", source, "--"], capture_output=True, text=True)
    assert result.returncode != 0
    assert "mistake.c:4:" in result.stdout and "bugprone-suspicious-memset-usage" in result.stdout
