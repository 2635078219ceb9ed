# A shop in ActiveRecord: a loop that loads lazily, unless SHOP_FIXED is set.
require "active_record"

class Customer < ActiveRecord::Base
  has_many :orders
end

class Order < ActiveRecord::Base
end

module Shop
  module_function

  def open
    ActiveRecord::Base.establish_connection(adapter: "sqlite3", database: ":memory:")
    ActiveRecord::Base.connection.execute("create table customers (id integer primary key, name text)")
    ActiveRecord::Base.connection.execute("create table orders (id integer primary key, customer_id integer)")
    Customer.insert_all((0..5).map { |i| { id: 7 * i + 3, name: "customer #{i}" } })
    Order.insert_all((0..5).flat_map { |i| [{ customer_id: 7 * i + 3 }] * 2 })
  end

  def customers
    ENV["SHOP_FIXED"] ? Customer.includes(:orders) : Customer.all
  end

  def counts
    customers.map { |customer| customer.orders.to_a.size } # N+1 here
  end

  def names
    Customer.all.map(&:name)
  end
end
