// A loop through GORM over mattn/go-sqlite3, or its eager twin (Preload). GORM's callbacks count.
package main

import (
	"fmt"
	"os"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

type Customer struct {
	ID        int
	Code      string
	Purchases []Purchase
}

type Purchase struct {
	ID         int
	CustomerID int
	Price      float64
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func priceOf(db *gorm.DB, customer *Customer) (price float64) {
	var purchases []Purchase
	check(db.Model(customer).Association("Purchases").Find(&purchases)) // N+1 here
	for _, purchase := range purchases {
		price += purchase.Price
	}
	return
}

func main() {
	how := os.Args[1]
	db, err := gorm.Open(sqlite.Open("file:shop?mode=memory&cache=shared"), &gorm.Config{Logger: logger.Discard})
	check(err)
	connections, err := db.DB()
	check(err)
	connections.SetMaxOpenConns(1)
	executed := 0
	count := func(*gorm.DB) { executed++ }
	check(db.Callback().Query().Before("gorm:query").Register("count", count))
	check(db.Callback().Raw().Before("gorm:raw").Register("count", count))
	for _, text := range []string{
		"CREATE TABLE customers (id INTEGER PRIMARY KEY, code TEXT)",
		"CREATE TABLE purchases (id INTEGER PRIMARY KEY, customer_id INTEGER, price REAL)",
		"INSERT INTO customers WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i * 7919 % 100003, 'c-' || i FROM n",
		"INSERT INTO purchases SELECT row_number() OVER (ORDER BY id DESC), id, id * 1.5 FROM customers",
		"CREATE INDEX by_customer ON purchases (customer_id)",
	} {
		check(db.Exec(text).Error)
	}
	var customers []Customer
	sum := 0.0
	if how == "lazy" {
		check(db.Order("id").Find(&customers).Error)
		for i := range customers {
			sum += priceOf(db, &customers[i])
		}
	} else {
		check(db.Order("id").Preload("Purchases").Find(&customers).Error)
		for _, customer := range customers {
			for _, purchase := range customer.Purchases {
				sum += purchase.Price
			}
		}
	}
	fmt.Println(how, sum, "in", executed, "executions")
}
