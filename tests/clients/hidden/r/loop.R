# A loop, or its eager twin, through RSQLite, which has SQLite inside. Arguments: the extension that counts what SQLite's trace sees begin; lazy or
# eager.
suppressPackageStartupMessages(library(DBI))
words <- commandArgs(trailingOnly = TRUE)
database <- dbConnect(RSQLite::SQLite(), ":memory:", loadable.extensions = TRUE)
invisible(dbGetQuery(database, "SELECT load_extension(?)", params = list(words[1])))
make <- c("CREATE TABLE customer (id INTEGER PRIMARY KEY, code TEXT)",
          "CREATE TABLE purchase (id INTEGER PRIMARY KEY, code TEXT, price REAL)",
          "INSERT INTO customer WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i, 'c-' || (i * 7919 % 100003) FROM n",
          "INSERT INTO purchase SELECT id, code, id * 1.5 FROM customer",
          "CREATE INDEX by_code ON purchase (code)")
for (sql in make) invisible(dbExecute(database, sql))

price_of <- function(code) {
  dbGetQuery(database, "SELECT price FROM purchase WHERE code = ?", params = list(code))$price # N+1 here
}

lazy <- function() {
  sum(vapply(dbGetQuery(database, "SELECT id, code FROM customer ORDER BY id")$code, price_of, 0))
}

eager <- function() {
  sum(dbGetQuery(database, "SELECT price FROM customer JOIN purchase USING (code)")$price)
}

price_of <- compiler::cmpfun(price_of) # as it is in a package: else R compiles it when it has been called a few times

result <- get(words[2])()
cat(words[2], result, "in", dbGetQuery(database, "SELECT traced() AS traced")$traced, "executions\n")
dbDisconnect(database)
