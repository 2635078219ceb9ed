//! A loop through sqlx, or its eager twin, on the copy of SQLite that it brings along: sqlx has a thread for each connection, which executes. The program
//! counts.
use sqlx::{Connection, Error, SqliteConnection};

struct Shop {
    database: SqliteConnection,
    executed: usize,
}

impl Shop {
    async fn price_of(&mut self, code: &str) -> Result<f64, Error> {
        self.executed += 1;
        sqlx::query_scalar("SELECT price FROM purchase WHERE code = ?").bind(code).fetch_one(&mut self.database).await
    }

    async fn lazy(&mut self) -> Result<f64, Error> {
        self.executed += 1;
        let codes: Vec<(i64, String)> = sqlx::query_as("SELECT id, code FROM customer ORDER BY id").fetch_all(&mut self.database).await?;
        let mut sum = 0.0;
        for (_, code) in codes {
            sum += self.price_of(&code).await?;
        }
        Ok(sum)
    }

    async fn eager(&mut self) -> Result<f64, Error> {
        self.executed += 1;
        let prices: Vec<f64> = sqlx::query_scalar("SELECT price FROM customer JOIN purchase USING (code)").fetch_all(&mut self.database).await?;
        Ok(prices.iter().sum())
    }
}

async fn run(how: &str) -> Result<(), Error> {
    let mut shop = Shop { database: SqliteConnection::connect("sqlite::memory:").await?, executed: 0 };
    for text in [
        "CREATE TABLE customer (id INTEGER PRIMARY KEY, code TEXT)",
        "CREATE TABLE purchase (id INTEGER PRIMARY KEY, code TEXT, price REAL)",
        "INSERT INTO customer WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
            SELECT i, 'c-' || (i * 7919 % 100003) FROM n",
        "INSERT INTO purchase SELECT id, code, id * 1.5 FROM customer",
        "CREATE INDEX by_code ON purchase (code)",
    ] {
        shop.executed += 1;
        sqlx::query(text).execute(&mut shop.database).await?;
    }
    let sum = if how == "lazy" { shop.lazy().await? } else { shop.eager().await? };
    println!("{how} {sum} in {} executions", shop.executed);
    shop.database.close().await
}

fn main() -> Result<(), Error> {
    let how = std::env::args().nth(1).expect("lazy or eager");
    tokio::runtime::Builder::new_current_thread().build()?.block_on(run(&how))
}
