//! Orders and their customers with tokio-postgres: tokio_postgres_shop lazy|eager
use std::env;
use tokio_postgres::{Client, Config, Error, NoTls};

async fn lazy(client: &Client) -> Result<usize, Error> {
    let mut total = 0;
    let customer = client.prepare("select name from customers where id = $1").await?;
    for order in client.query("select id, customer_id from orders order by id", &[]).await? {
        let id: i32 = order.get(1);
        let name: String = client.query_one(&customer, &[&id]).await?.get(0); // N+1 here
        total += name.len();
    }
    Ok(total)
}

async fn eager(client: &Client) -> Result<usize, Error> {
    let rows = client.query("select o.id, c.name from orders o join customers c on c.id = o.customer_id", &[]).await?;
    Ok(rows.iter().map(|row| row.get::<_, String>(1).len()).sum())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let variable = |name| env::var(name).unwrap();
    let (client, connection) = Config::new()
        .host(&variable("PGHOST"))
        .port(variable("PGPORT").parse().unwrap())
        .user(&variable("PGUSER"))
        .dbname(&variable("PGDATABASE"))
        .connect(NoTls)
        .await?;
    let server = tokio::spawn(connection);
    let total = match env::args().nth(1).as_deref() {
        Some("lazy") => lazy(&client).await?,
        _ => eager(&client).await?,
    };
    println!("{total}");
    drop(client);
    server.await.unwrap()
}
