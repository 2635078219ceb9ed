//! Orders and their customers with sqlx: sqlx_shop lazy|eager
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection, Error};
use std::env;

async fn lazy(db: &mut PgConnection) -> Result<usize, Error> {
    let mut total = 0;
    let orders: Vec<(i32, i32)> = sqlx::query_as("select id, customer_id from orders order by id").fetch_all(&mut *db).await?;
    for (_, customer) in orders {
        let (name,): (String,) = sqlx::query_as("select name from customers where id = $1").bind(customer).fetch_one(&mut *db).await?; // N+1 here
        total += name.len();
    }
    Ok(total)
}

async fn eager(db: &mut PgConnection) -> Result<usize, Error> {
    let rows: Vec<(i32, String)> =
        sqlx::query_as("select o.id, c.name from orders o join customers c on c.id = o.customer_id").fetch_all(db).await?;
    Ok(rows.iter().map(|(_, name)| name.len()).sum())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let variable = |name| env::var(name).unwrap();
    let mut db = PgConnectOptions::new_without_pgpass()
        .socket(variable("PGHOST"))
        .port(variable("PGPORT").parse().unwrap())
        .username(&variable("PGUSER"))
        .database(&variable("PGDATABASE"))
        .connect()
        .await?;
    let total = match env::args().nth(1).as_deref() {
        Some("lazy") => lazy(&mut db).await?,
        _ => eager(&mut db).await?,
    };
    println!("{total}");
    db.close().await
}
