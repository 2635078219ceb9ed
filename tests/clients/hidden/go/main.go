// A loop, or its eager twin, through mattn/go-sqlite3 with the SQLite that it brings along.
package main

import (
	"database/sql"
	"fmt"
	"os"

	_ "github.com/mattn/go-sqlite3"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func priceOf(statement *sql.Stmt, code string) (price float64) {
	check(statement.QueryRow(code).Scan(&price))
	return
}

func main() {
	how := os.Args[1]
	db, err := sql.Open("sqlite3", "file:shop?mode=memory&cache=shared")
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
	fmt.Println(how, sum)
}
