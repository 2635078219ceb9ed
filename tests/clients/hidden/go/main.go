// A loop, or its eager twin, through mattn/go-sqlite3 with the SQLite that it brings along.
package main

import (
	"database/sql"
	"fmt"
	"os"

	"github.com/mattn/go-sqlite3"
)

// SQLite's own trace counts, of each connection from its beginning on.
var traced int

func count(info sqlite3.TraceInfo) int {
	traced++
	return 0
}

func trace(connection *sqlite3.SQLiteConn) error {
	return connection.SetTrace(&sqlite3.TraceConfig{Callback: count, EventMask: sqlite3.TraceStmt})
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func priceOf(statement *sql.Stmt, code string) (price float64) {
	check(statement.QueryRow(code).Scan(&price)) // N+1 here
	return
}

func main() {
	how := os.Args[1]
	sql.Register("traced", &sqlite3.SQLiteDriver{ConnectHook: trace})
	db, err := sql.Open("traced", "file:shop?mode=memory&cache=shared")
	check(err)
	for _, text := range []string{
		"CREATE TABLE customer (id INTEGER PRIMARY KEY, code TEXT)",
		"CREATE TABLE purchase (id INTEGER PRIMARY KEY, code TEXT, price REAL)",
		"INSERT INTO customer WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i, 'c-' || (i * 7919 % 100003) FROM n",
		"INSERT INTO purchase SELECT id, code, id * 1.5 FROM customer",
		"CREATE INDEX by_code ON purchase (code)",
	} {
		_, err = db.Exec(text)
		check(err)
	}
	sum := 0.0
	if how == "lazy" {
		statement, err := db.Prepare("SELECT price FROM purchase WHERE code = ?")
		check(err)
		rows, err := db.Query("SELECT id, code FROM customer ORDER BY id")
		check(err)
		for rows.Next() {
			var id int
			var code string
			check(rows.Scan(&id, &code))
			sum += priceOf(statement, code)
		}
		statement.Close()
	} else {
		rows, err := db.Query("SELECT price FROM customer JOIN purchase USING (code)")
		check(err)
		for rows.Next() {
			var price float64
			check(rows.Scan(&price))
			sum += price
		}
	}
	db.Close()
	fmt.Println(how, sum, "in", traced, "executions")
}
