"""Scenes as one C program, which plays the one whose number it is given."""
from .emit import Emitter, Function, assemble


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class C(Emitter):
    def __init__(self, scene):
        super().__init__(scene)
        self.heads = []

    @staticmethod
    def const(value):
        return f"text({quoted(value)})" if isinstance(value, str) else f"number({value})"

    @staticmethod
    def text_of(cell):
        return f"as_text({cell})"

    @staticmethod
    def array_of(cell):
        return f"as_array({cell})"

    def variable(self, name):
        return f"number({name})"

    def function(self, head):
        if not head.startswith("int main"):
            self.heads.append(head + ";")
        return super().function(head + " {")

    def begin_step(self, name):
        out = self.function(f"static void {name}(Database *db)")
        out.open()
        return out

    def end_step(self, out):
        out.close("}")

    @staticmethod
    def given(args):
        return f"{len(args)}, " + (f"(Value[]){{{', '.join(args)}}}" if args else "NULL")

    def direct(self, out, fetch, db, args, into):
        """The library's own functions, in place. The rows stand in the variable `into`."""
        place, text = fetch.place, quoted(self.sql(fetch))
        out.add(f"count({place.number});")
        if self.system == "sqlite":
            name = f"statement{place.number}"
            out.add(f"sqlite3_stmt *{name} = prepare({db}, {text}, {self.given(args)});")
            out.add(f"Rows *{into} = new_rows();")
            out.add(f"while (sqlite3_step({name}) == SQLITE_ROW)", place)
            out.add(f"    add_row({into}, {name});")
            out.add(f"sqlite3_finalize({name});")
            return
        count, _, values = self.given(args).partition(", ")
        out.add(f"const char *const *given{place.number} = texts({count}, {values});")
        out.add(f"PGresult *result{place.number} = PQexecParams({db}->connection, {text}, {count}, NULL, given{place.number}, NULL, NULL, 0);",
                place)
        out.add(f"Rows *{into} = rows_of(result{place.number});")

    def emit_fetch(self, out, fetch, db):
        place, args = fetch.place, [self.arg(arg) for arg in fetch.args]
        result = f"Rows *{fetch.into} = " if fetch.into else ""
        if place.style == "common":
            text = f"{quoted(fetch.sql.of(self.system))}, {self.given(args)}"
            text = f"literal({text}), 0, NULL" if fetch.literal else text
            out.add(f"{result}query({db}, {place.number}, {text});", place)
        elif place.style == "own":
            names = [f"value{number}" for number in range(len(args))]
            name = f"{place.function}_{self.scene.number}"
            own = self.function(f"static Rows *{name}({', '.join(['Database *db', *(f'Value {value}' for value in names)])})")
            own.open()
            self.direct(own, fetch, "db", names, "rows")
            own.add("return rows;")
            own.close("}")
            out.add(f"{result}{name}({', '.join([db, *args])});")
        else:
            into = fetch.into or f"dropped{place.number}"
            self.direct(out, fetch, db, args, into)

    def emit_stream(self, out, node, db):
        fetch, number = node.fetch, node.fetch.place.number
        args = [self.arg(arg) for arg in fetch.args]
        if self.system == "sqlite":
            out.add(f"count({number});")
            out.add(f"sqlite3_stmt *statement{number} = prepare({db}, {quoted(self.sql(fetch))}, {self.given(args)});")
            out.open(f"while (sqlite3_step(statement{number}) == SQLITE_ROW) {{", fetch.place)
            out.add(f"Row {node.row} = row_of(statement{number});")
            self.body(out, node.body, db)
            out.close("}")
            out.add(f"sqlite3_finalize(statement{number});")
            return
        self.direct(out, fetch, db, args, f"streamed{number}")
        self.over(out, f"streamed{number}", node.row, node.body, db)

    def over(self, out, rows, row, body, db):
        out.open(f"for (int at_{row} = 0; at_{row} < {rows}->count; at_{row}++) {{")
        out.add(f"Row {row} = {rows}->row[at_{row}];")
        self.body(out, body, db)
        out.close("}")

    def emit_each(self, out, node, db):
        rows = node.rows
        if node.how != "order":
            rows = f"arranged_{node.row}"
            out.add(f'Rows *{rows} = arrange({node.rows}, {node.column}, "{node.how}", "{node.mask}");')
        self.over(out, rows, node.row, node.body, db)

    def emit_numbers(self, out, node, db):
        if node.is_range():
            out.open(f"for (int {node.name} = {node.values[0]}; {node.name} <= {node.values[-1]}; {node.name}++) {{")
        else:
            out.add(f"const int all_{node.name}[] = {{{', '.join(map(str, node.values))}}};")
            out.open(f"for (int at_{node.name} = 0; at_{node.name} < {len(node.values)}; at_{node.name}++) {{")
            out.add(f"int {node.name} = all_{node.name}[at_{node.name}];")
        self.body(out, node.body, db)
        out.close("}")

    def emit_repeat(self, out, node, db):
        out.open(f"for (int round = 0; round < {node.times}; round++) {{")
        self.body(out, node.body, db)
        out.close("}")

    def emit_pool(self, out, node, db):
        name = f"work_{self.scene.number}_{node.fetch.place.number}"
        work = self.function(f"static void {name}(Database *db, Row {node.row})")
        work.open()
        self.emit_fetch(work, node.fetch, "db")
        work.close("}")
        out.add(f"pool({db}, {node.workers}, {name}, {node.rows});")

    def emit_batch(self, out, node, db):
        head, unit, separator, tail, pack = node.parts[self.system]
        chunk, number = f"chunk{node.place.number}", node.place.number
        given = f'{chunk}, "{"".join(map(str, node.columns))}", "{pack}"'
        out.open(f"for (int at = 0; at < {node.rows}->count; at += {node.size}) {{")
        out.add(f"Rows *{chunk} = slice({node.rows}, at, {node.size});")
        out.add(f"char *sql = batch_text({', '.join(map(quoted, (head, unit, separator, tail)))}, {chunk}->count);")
        out.add(f"query({db}, {number}, sql, batch_count({given}), batch_args({given}));", node.place)
        out.close("}")

    def emit_pages(self, out, node, db):
        rows = node.fetch.into
        out.add(f"long long {node.name} = {node.start};")
        out.open("for (;;) {")
        self.emit_fetch(out, node.fetch, db)
        out.add(f"if ({rows}->count == 0)")
        out.add("    break;")
        self.body(out, node.body, db)
        out.add(f"{node.name} += {node.size};" if node.column is None
                else f"{node.name} = {rows}->row[{rows}->count - 1][{node.column}].number;")
        out.close("}")

    def emit_drain(self, out, node, db):
        rows = node.fetch.into
        out.open("for (;;) {")
        self.emit_fetch(out, node.fetch, db)
        out.add(f"if ({rows}->count == 0)")
        out.add("    break;")
        out.add(f"Row {node.row} = {rows}->row[0];")
        self.body(out, node.body, db)
        out.close("}")

    def emit_many(self, out, node, db):
        number, text = node.place.number, quoted(self.numbered(node.sql.of(self.system)))
        if node.values is not None:
            out.add(f"const int keys{number}[] = {{{', '.join(map(str, node.values))}}};")
        key = f"number(keys{number}[at])" if node.values is not None else f"{node.rows}->row[at][{node.columns[0]}]"
        times = len(node.values) if node.values is not None else f"{node.rows}->count"
        name = f"insert{number}"
        if self.system == "sqlite":
            out.add(f"sqlite3_stmt *{name} = prepare({db}, {text}, 0, NULL);")
        else:
            out.add(f'PQclear(PQprepare({db}->connection, "{name}", {text}, 0, NULL));')
        out.open(f"for (int at = 0; at < {times}; at++) {{")
        out.add(f"count({number});")
        out.add(f"Value key = {key};")
        if self.system == "sqlite":
            out.add(f"bind({name}, 1, &key);")
            out.add(f"sqlite3_step({name});", node.place)
            out.add(f"sqlite3_reset({name});")
        else:
            out.add(f'PGresult *result = PQexecPrepared({db}->connection, "{name}", 1, &key.text, NULL, NULL, 0);', node.place)
            out.add("rows_of(result);")
        out.close("}")
        if self.system == "sqlite":
            out.add(f"sqlite3_finalize({name});")

    def play(self):
        """The function that plays the scene."""
        self.emit_steps()
        main = self.function(f"static void scene_{self.scene.number}(Database *db)")
        main.open()
        for name in self.calls():
            main.add(f"{name}(db);")
        main.close("}")


def program(scenes):
    """The text of a program of many scenes, and scene number -> place -> line."""
    emitters = [C(scene) for scene in scenes]
    for emitter in emitters:
        emitter.play()
    main = Function("int main(int argc, char **argv) {")
    main.open()
    main.add("Database *db = open_database();")
    main.add("int scene = argc > 1 ? atoi(argv[1]) : 0;")
    for scene in scenes:
        main.add(f"if (scene == {scene.number})")
        main.add(f"    scene_{scene.number}(db);")
    main.add("write_counts();")
    main.add("return 0;")
    main.close("}")
    lines = ['#include "scene.h"', "", "#include <stdlib.h>", "", *(head for emitter in emitters for head in emitter.heads), ""]
    places = {}
    for emitter in emitters:
        mine = places[emitter.scene.number] = {}
        lines = assemble(lines, emitter.functions, [], mine).rstrip("\n").split("\n") + [""]
    return assemble(lines, [main], [], {}), places
