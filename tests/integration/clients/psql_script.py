"""A psql script of 500 statements of all kinds, whose output depends on nothing but the script."""


def script():
    lines = ["\\set VERBOSITY verbose", "\\set SHOW_CONTEXT always", "SET client_min_messages = notice;", "SET timezone = 'UTC';"]
    add = lines.append
    for i in range(20):
        add(f"CREATE TABLE t{i} (id int PRIMARY KEY, name text, price numeric(10, 2), data bytea, at timestamptz);")
        add(f"CREATE INDEX ON t{i} (name);")
        add(f"INSERT INTO t{i} SELECT i, 'name ' || i, i / 7.0, decode(md5(i::text), 'hex'), '2024-02-29'::timestamptz + i * '1 hour'"
            f"::interval FROM generate_series(1, {10 * i + 5}) i;")
        add(f"SELECT * FROM t{i} ORDER BY id LIMIT 5;")
        add(f"UPDATE t{i} SET name = NULL WHERE id % 3 = 0;")
        add(f"DELETE FROM t{i} WHERE id = 2 RETURNING id, name;")
        add(f"SELECT count(*), count(name), '' AS empty, NULL AS nothing FROM t{i};")
    for i in range(20):
        add(f"SELECT wrong FROM t{i};")
        add(f"SELECT 1 / ({i} - {i});")
        add("SELEC;")
        add(f"INSERT INTO t{i} VALUES (1, 'twice');")
        add("SELECT 'an unknown function' || nothing_of_the_kind();")
    for i in range(15):
        add("BEGIN;")
        add(f"INSERT INTO t{i} VALUES (100{i}, 'in a transaction');")
        add("SAVEPOINT one;")
        add("SELECT 1 / 0;")
        add("SELECT 'refused in an aborted transaction';")
        add("ROLLBACK TO one;")
        add("RELEASE one;")
        add("COMMIT;" if i % 2 else "ROLLBACK;")
    for i in range(10):
        add("BEGIN;")
        add(f"DECLARE c{i} CURSOR FOR SELECT generate_series(1, 20) AS n;")
        add(f"FETCH 3 FROM c{i};")
        add(f"MOVE 5 IN c{i};")
        add(f"FETCH ALL IN c{i};")
        add(f"CLOSE c{i};")
        add("END;")
    for i in range(8):
        add(f"PREPARE p{i} (int) AS SELECT $1 * {i} AS product;")
        add(f"EXECUTE p{i}({i});")
        add(f"EXECUTE p{i}({i} + 1);")
        add(f"DEALLOCATE p{i};")
    for i in range(8):
        add(f"COPY t{i} (id, name) FROM STDIN;\n{500 + i}\tcopied\n{600 + i}\t\\N\n\\.")
        add(f"COPY (SELECT id, name FROM t{i} ORDER BY id LIMIT 3) TO STDOUT WITH (FORMAT csv, HEADER);")
        add(f"\\copy (SELECT id, price FROM t{i} ORDER BY id LIMIT 2) TO stdout")
        add(f"COPY t{i} FROM STDIN;\nno number\t1\n\\.")
    for i in range(8):
        add(f"LISTEN channel_{i};")
        add(f"NOTIFY nobody_listens, 'payload {i}';")
        add(f"UNLISTEN channel_{i};")
        add(f"DO $$ BEGIN RAISE NOTICE 'notice {i}'; RAISE WARNING 'warning {i}'; END $$;")
    add("SELECT format('SELECT %s AS generated', i) FROM generate_series(1, 10) i \\gexec")
    add("SELECT 7 AS seven, 'eight' AS eight \\gset")
    add("SELECT :seven AS seven, :'eight' AS eight;")
    add("SELECT 1 + 1 \\; SELECT 2 - 1 \\; SELECT 2 * 3 AS last;")
    add("SELECT id, md5(id::text) FROM generate_series(1, 20000) id;")
    add("\\set FETCH_COUNT 100")
    add("SELECT id FROM generate_series(1, 1000) id;")
    add("\\unset FETCH_COUNT")
    add("SELECT repeat('x', 1000000);")
    add("\\gdesc")
    add("SELECT 1.5 AS one, now() AS two \\gdesc")
    add("\\crosstabview")
    add("\\d t1")
    add("\\dt")
    add("EXPLAIN (COSTS OFF) SELECT * FROM t3 WHERE id = 1;")
    add("CREATE FUNCTION twice(x int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 2 * x; END;")
    add("SELECT twice(21);")
    add("CREATE VIEW v AS SELECT id FROM t1;")
    add("ALTER TABLE t2 ADD COLUMN more int DEFAULT 5;")
    add("TRUNCATE t4;")
    add("VACUUM t5;")
    add("ANALYZE t6;")
    add("\\encoding LATIN1")
    add("SELECT chr(228) = 'ä';")
    add("\\encoding UTF8")
    add("-- nothing but a comment")
    add(";")
    add("DISCARD ALL;")
    for i in range(20):
        add(f"DROP TABLE t{i}{' CASCADE' if i % 2 else ''};")
    return "\n".join(lines) + "\n"


def statements(text):
    """How many the script has, about: lines that end one."""
    return sum(line.endswith(";") or line.startswith("\\") or "\\g" in line for line in text.splitlines())
