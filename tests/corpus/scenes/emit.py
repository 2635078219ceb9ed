"""What the emitters of all languages share: functions, lines, and at which line each place came to stand."""
from . import program


class Function:
    """Lines of one function; a line may be that of a place."""

    def __init__(self, head):
        self.lines = []
        self.depth = 0
        self.add(head)

    def add(self, text, place=None):
        self.lines.append(("    " * self.depth + text, place))

    def open(self, text=None, place=None):
        if text:
            self.add(text, place)
        self.depth += 1

    def close(self, text=None):
        self.depth -= 1
        if text:
            self.add(text)


class Emitter:
    def __init__(self, scene):
        self.scene, self.system = scene, scene.system
        self.functions = []

    def numbered(self, text):
        """? as the system's client wants it."""
        if self.system == "sqlite":
            return text
        parts = text.split("?")
        return parts[0] + "".join(self.marker(number) + part for number, part in enumerate(parts[1:], 1))

    @staticmethod
    def marker(number):
        return f"${number}"

    def sql(self, fetch):
        return self.numbered(fetch.sql.of(self.system))

    def arg(self, arg):
        if isinstance(arg, program.Const):
            return self.const(arg.value)
        if isinstance(arg, program.Var):
            return self.variable(arg.name)
        cell = f"{arg.row}[{arg.column}]"
        if arg.as_array and self.system == "postgresql":
            return self.array_of(cell)
        return self.text_of(cell) if arg.as_text else cell

    def variable(self, name):
        return name

    def body(self, out, nodes, db="db"):
        for node in nodes:
            getattr(self, "emit_" + type(node).__name__.lower())(out, node, db)

    def step_name(self, step):
        return f"{step.kind}_{self.scene.number}_{step.number}"

    def calls(self):
        """What the program's main function says to run its steps, one line each."""
        names = [self.step_name(step) for step in self.scene.steps for _ in range(step.times)]
        return ["begin_all", *names, "commit_all"] if self.scene.transaction else names

    def emit_steps(self):
        for step in self.scene.steps:
            out = self.begin_step(self.step_name(step))
            self.body(out, step.body)
            self.end_step(out)

    def function(self, head):
        out = Function(head)
        self.functions.append(out)
        return out


def assemble(parts, functions, tail, places):
    """The text; notes at which line each place stands."""
    lines = list(parts)
    for function in functions:
        for text, place in function.lines:
            lines.append(text)
            if place:
                places[place.number] = len(lines)
        lines.append("")
    return "\n".join(lines + tail) + "\n"
