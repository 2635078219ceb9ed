//! A loop through diesel, or its eager twin, on the copy of SQLite that it brings along. Diesel's own events count.
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use diesel::{Connection, QueryResult, SqliteConnection};

diesel::table! {
    customer (id) {
        id -> Integer,
        code -> Text,
    }
}

diesel::table! {
    purchase (id) {
        id -> Integer,
        code -> Text,
        price -> Double,
    }
}

diesel::allow_tables_to_appear_in_same_query!(customer, purchase);

static EXECUTED: AtomicUsize = AtomicUsize::new(0);

fn count(event: InstrumentationEvent<'_>) {
    if let InstrumentationEvent::StartQuery { .. } = event {
        EXECUTED.fetch_add(1, Ordering::Relaxed);
    }
}

#[inline(never)]
fn price_of(database: &mut SqliteConnection, code: &str) -> QueryResult<f64> {
    purchase::table.filter(purchase::code.eq(code)).select(purchase::price).first(database) // N+1 here
}

fn lazy(database: &mut SqliteConnection) -> QueryResult<f64> {
    let customers = customer::table.order(customer::id).load::<(i32, String)>(database)?;
    customers.iter().map(|(_, code)| price_of(database, code)).sum()
}

fn eager(database: &mut SqliteConnection) -> QueryResult<f64> {
    let joined = customer::table.inner_join(purchase::table.on(purchase::code.eq(customer::code)));
    Ok(joined.select(purchase::price).load::<f64>(database)?.iter().sum())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let how = std::env::args().nth(1).expect("lazy or eager");
    let mut database = SqliteConnection::establish(":memory:")?;
    database.set_instrumentation(count);
    for text in [
        "CREATE TABLE customer (id INTEGER PRIMARY KEY, code TEXT)",
        "CREATE TABLE purchase (id INTEGER PRIMARY KEY, code TEXT, price REAL)",
        "INSERT INTO customer WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
            SELECT i, 'c-' || (i * 7919 % 100003) FROM n",
        "INSERT INTO purchase SELECT id, code, id * 1.5 FROM customer",
        "CREATE INDEX by_code ON purchase (code)",
    ] {
        diesel::sql_query(text).execute(&mut database)?;
    }
    let sum = if how == "lazy" { lazy(&mut database)? } else { eager(&mut database)? };
    println!("{how} {sum} in {} executions", EXECUTED.load(Ordering::Relaxed));
    Ok(())
}
