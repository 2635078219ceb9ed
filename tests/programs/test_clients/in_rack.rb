require "rack"
require "rack/test"
require "sqlite3"

DB = SQLite3::Database.new(":memory:")
DB.execute_batch(<<~SQL)
  create table users(id integer primary key, name text);
  create table orders(id integer primary key, name text);
  create table items(id integer primary key, order_id integer, name text);
  insert into users values (7, 'u');
  with recursive n(i) as (select 1 union all select i + 1 from n where i < 20) insert into orders select 7 * i, 'o' from n;
  with recursive n(i) as (select 1 union all select i + 1 from n where i < 60) insert into items select i, 7 * (i % 20 + 1), 'i' from n;
SQL

class Orders
  def call(environment)
    order = environment["PATH_INFO"][/\d+/]
    [200, {"content-type" => "text/plain"}, order ? one(order.to_i) : all]
  end

  def all
    DB.execute("select id from orders order by name, id desc").map do |id,|
      DB.execute("select name from items where order_id = ?", [id]).join
    end
  end

  def one(order)
    DB.execute("select name from users where id = ?", [7])
    DB.execute("select name from orders where id = ?", [order]).first
  end
end

class Visitor
  include Rack::Test::Methods

  def app
    @app ||= Orders.new
  end

  def ask(path)
    get path
    raise path unless last_response.ok?
  end
end

visitor = Visitor.new
case ARGV[0]
when "list" then visitor.ask("/orders")
when "numbers" then (1..20).each { |i| visitor.ask("/orders/#{7 * i}") }
when "rows"
  DB.execute("select id from orders order by id desc").each { |id,| visitor.ask("/orders/#{id}") }
end
