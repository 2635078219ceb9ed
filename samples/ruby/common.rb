# What the Ruby samples share: the tables, the scenes with what each has to execute, the command line, the counting.
#
# A sample is run as `SAMPLE.rb SCENE [DATABASE]`: it fills its tables, loads one scene, and prints a JSON object: the sum that is the same
# for every way of loading, how many executions the way of loading needs (expected), and how many the client's own hook saw (hook).
# The scene `nothing` does all but the loading. SAMPLE_SIZE is the number of authors and customers.
require "json"

SIZE = Integer(ENV.fetch("SAMPLE_SIZE", "20"))
BOOKS = 3
ORDERS = 2
ITEMS = 2

def fill
  numbers = ->(count) { POSTGRESQL ? "generate_series(1, #{count}) AS n(i)" : "n" }
  with = ->(count) { POSTGRESQL ? "" : "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < #{count}) " }
  orders = SIZE * ORDERS
  [
    "CREATE TABLE authors (id integer PRIMARY KEY, name text NOT NULL)",
    "CREATE TABLE books (id integer PRIMARY KEY, author_id integer NOT NULL, pages integer NOT NULL)",
    "CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL)",
    "CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL)",
    "CREATE TABLE items (id integer PRIMARY KEY, order_id integer NOT NULL, price integer NOT NULL)",
    "CREATE INDEX books_author ON books(author_id)",
    "CREATE INDEX orders_customer ON orders(customer_id)",
    "CREATE INDEX items_order ON items(order_id)",
    "#{with[SIZE]}INSERT INTO authors SELECT 1000000 + i, 'author ' || i FROM #{numbers[SIZE]}",
    "#{with[SIZE * BOOKS]}INSERT INTO books SELECT i, 1000001 + (i - 1) % #{SIZE}, 200 + i % 50 FROM #{numbers[SIZE * BOOKS]}",
    "#{with[SIZE]}INSERT INTO customers SELECT 2000000 + i, 'customer ' || i FROM #{numbers[SIZE]}",
    "#{with[orders]}INSERT INTO orders SELECT 3000000 + i, 2000001 + (i - 1) % #{SIZE} FROM #{numbers[orders]}",
    "#{with[orders * ITEMS]}INSERT INTO items SELECT i, 3000001 + (i - 1) % #{orders}, 500 + i % 97 FROM #{numbers[orders * ITEMS]}",
  ]
end

SCENES = { "nothing" => [0, -> { 0 }] }
$hook = 0
$loading = false

def scene(name, expected, &load)
  SCENES[name.to_s] = [expected, load]
end

# The client's own hook calls this for each statement that it sends.
def sent
  $hook += 1 if $loading
  true
end

def run_scene
  expected, load = SCENES.fetch(ARGV[0]) { abort "usage: #{$PROGRAM_NAME} #{SCENES.keys.join("|")} [DATABASE]" }
  $loading = true
  sum = load.call
  $loading = false
  puts JSON.generate(sum: sum, expected: expected, hook: $hook)
end
