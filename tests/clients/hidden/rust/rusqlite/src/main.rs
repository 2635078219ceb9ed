//! A loop through rusqlite, or its eager twin, on the copy of SQLite that it brings along. SQLite's own trace counts.
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, Result};

static TRACED: AtomicUsize = AtomicUsize::new(0);

fn count(event: TraceEvent) {
    if let TraceEvent::Stmt(..) = event {
        TRACED.fetch_add(1, Ordering::Relaxed);
    }
}

#[inline(never)]
fn price_of(database: &Connection, code: &str) -> Result<f64> {
    let mut statement = database.prepare_cached("SELECT price FROM purchase WHERE code = ?1")?;
    statement.query_row([code], |row| row.get(0)) // N+1 here
}

fn lazy(database: &Connection) -> Result<f64> {
    let mut sum = 0.0;
    let mut statement = database.prepare("SELECT id, code FROM customer ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        sum += price_of(database, &row.get::<_, String>(1)?)?;
    }
    Ok(sum)
}

fn eager(database: &Connection) -> Result<f64> {
    let mut statement = database.prepare("SELECT price FROM customer JOIN purchase USING (code)")?;
    let prices = statement.query_map([], |row| row.get::<_, f64>(0))?;
    prices.sum()
}

fn main() -> Result<()> {
    let how = std::env::args().nth(1).expect("lazy or eager");
    let mut database = Connection::open_in_memory()?;
    database.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(count))?;
    database.execute_batch(
        "CREATE TABLE customer (id INTEGER PRIMARY KEY, code TEXT);
         CREATE TABLE purchase (id INTEGER PRIMARY KEY, code TEXT, price REAL);
         INSERT INTO customer WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
             SELECT i, 'c-' || (i * 7919 % 100003) FROM n;
         INSERT INTO purchase SELECT id, code, id * 1.5 FROM customer;
         CREATE INDEX by_code ON purchase (code);",
    )?;
    let sum = if how == "lazy" { lazy(&database)? } else { eager(&database)? };
    println!("{how} {sum} in {} executions", TRACED.load(Ordering::Relaxed));
    Ok(())
}
