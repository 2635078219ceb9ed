"""docs/clients.md, of which each command writes the section that it measured."""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/clients.md"


def cell(text):
    return re.sub(r"\s+", " ", text.replace("|", "\\|").replace("<", "&lt;"))


def table(columns, rows):
    return "".join("| " + " | ".join(map(cell, row)) + " |\n" for row in (columns, ("---",) * len(columns), *rows))


def write(section):
    """Puts a text that begins with a heading in the place of the section of that heading, else at the end."""
    heading = section.partition("\n")[0]
    sections = [part.rstrip("\n") for part in re.split(r"^(?=## )", PAGE.read_text(), flags=re.MULTILINE)]
    texts = {part.partition("\n")[0]: part for part in sections} | {heading: section.rstrip("\n")}
    PAGE.write_text("\n\n".join(texts.values()) + "\n")
    return PAGE.relative_to(ROOT)
