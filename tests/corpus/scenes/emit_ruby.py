"""A scene as a Ruby program."""
from .emit import Emitter, assemble


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Ruby(Emitter):
    file = "scene_{}.rb"

    @staticmethod
    def const(value):
        return quoted(value) if isinstance(value, str) else str(value)

    @staticmethod
    def text_of(cell):
        return f"{cell}.to_s"

    @staticmethod
    def array_of(cell):
        return '"{#{' + cell + '}}"'

    def begin_step(self, name):
        out = self.function(f"def {name}(db)")
        out.open()
        return out

    def end_step(self, out):
        out.close("end")

    def given(self, args):
        """The parameters of a call; exec_params wants some always."""
        return f", [{', '.join(args)}]" if args or self.system == "postgresql" else ""

    def call(self, text, db, args):
        function = "execute" if self.system == "sqlite" else "exec_params"
        return f"{db}.connection.{function}({quoted(text)}{self.given(args)})"

    def direct(self, out, fetch, db, args, result):
        out.add(f"{db}.counts << {fetch.place.number}")
        out.add(result + self.call(self.sql(fetch), db, args) + (".values" if self.system == "postgresql" else ""), fetch.place)

    def emit_fetch(self, out, fetch, db):
        place, args = fetch.place, [self.arg(arg) for arg in fetch.args]
        result = f"{fetch.into} = " if fetch.into else ""
        if place.style == "common":
            given = f", [{', '.join(args)}]" if args else ""
            text = quoted(fetch.sql.of(self.system)) + given
            out.add(f"{result}{db}.query({place.number}, {f'literal({text})' if fetch.literal else text})", place)
        elif place.style == "own":
            names = [f"value{number}" for number in range(len(args))]
            own = self.function(f"def {place.function}({', '.join(['db', *names])})")
            own.open()
            self.direct(own, fetch, "db", names, "")
            own.close("end")
            out.add(f"{result}{place.function}({', '.join([db, *args])})")
        else:
            self.direct(out, fetch, db, args, result)

    def emit_stream(self, out, node, db):
        fetch = node.fetch
        out.add(f"{db}.counts << {fetch.place.number}")
        call = self.call(self.sql(fetch), db, [self.arg(arg) for arg in fetch.args])
        if self.system == "sqlite":
            out.open(f"{call} do |{node.row}|", fetch.place)
        else:
            out.add(f"result{fetch.place.number} = {call}", fetch.place)
            out.open(f"result{fetch.place.number}.each_row do |{node.row}|")
        self.body(out, node.body, db)
        out.close("end")

    def block(self, out, head, body, db):
        out.open(head)
        self.body(out, body, db)
        out.close("end")

    def emit_each(self, out, node, db):
        rows = node.rows if node.how == "order" else f'arrange({node.rows}, {node.column}, "{node.how}", "{node.mask}")'
        self.block(out, f"{rows}.each do |{node.row}|", node.body, db)

    def emit_numbers(self, out, node, db):
        values = f"({node.values[0]}..{node.values[-1]})" if node.is_range() else repr(node.values)
        self.block(out, f"{values}.each do |{node.name}|", node.body, db)

    def emit_repeat(self, out, node, db):
        self.block(out, f"{node.times}.times do", node.body, db)

    def emit_pool(self, out, node, db):
        name = f"work_{node.fetch.place.number}"
        work = self.function(f"def {name}(db, {node.row})")
        work.open()
        self.emit_fetch(work, node.fetch, "db")
        work.close("end")
        out.add(f"{db}.pool({node.workers}, method(:{name}), {node.rows})")

    def emit_batch(self, out, node, db):
        head, unit, separator, tail, pack = node.parts[self.system]
        out.open(f"{node.rows}.each_slice({node.size}) do |chunk|")
        out.add(f"text = batch_text({', '.join(map(quoted, (head, unit, separator, tail)))}, chunk.size)")
        out.add(f"{db}.query({node.place.number}, text, batch_args(chunk, {node.columns!r}, {quoted(pack)}))", node.place)
        out.close("end")

    def emit_pages(self, out, node, db):
        out.add(f"{node.name} = {node.start}")
        out.open("loop do")
        self.emit_fetch(out, node.fetch, db)
        out.add(f"break if {node.fetch.into}.empty?")
        self.body(out, node.body, db)
        out.add(f"{node.name} += {node.size}" if node.column is None else f"{node.name} = {node.fetch.into}[-1][{node.column}]")
        out.close("end")

    def emit_drain(self, out, node, db):
        out.open("loop do")
        self.emit_fetch(out, node.fetch, db)
        out.add(f"break if {node.fetch.into}.empty?")
        out.add(f"{node.row} = {node.fetch.into}[0]")
        self.body(out, node.body, db)
        out.close("end")

    def emit_many(self, out, node, db):
        keys = repr(node.values) if node.values is not None else f"{node.rows}.map {{ |row| row[{node.columns[0]}] }}"
        text = quoted(self.numbered(node.sql.of(self.system)))
        name = f"insert{node.place.number}"
        if self.system == "sqlite":
            out.add(f"{name} = {db}.connection.prepare({text})")
        else:
            out.add(f'{db}.connection.prepare("{name}", {text})')
        out.open(f"{keys}.each do |key|")
        out.add(f"{db}.counts << {node.place.number}")
        out.add(f"{name}.execute(key)" if self.system == "sqlite" else f'{db}.connection.exec_prepared("{name}", [key])', node.place)
        out.close("end")
        if self.system == "sqlite":
            out.add(f"{name}.close")

    def source(self):
        """The text of the program, and place number -> line."""
        self.emit_steps()
        main = self.function("def main")
        main.open()
        main.add(f"db = {self.system.capitalize()}.new")
        for name in self.calls():
            main.add(f"{name}(db)")
        main.add("db.write_counts")
        main.close("end")
        places = {}
        return assemble(['require "scene"', ""], self.functions, ["main"], places), places
