# ActiveRecord. Arguments: a function, a database's file, or `postgresql`. Prints what it gave, and the SELECTs that its events told.
require "active_record"
require "json"

told = 0
ActiveSupport::Notifications.subscribe("sql.active_record") do |*, payload|
  told += 1 unless payload[:cached] || payload[:name] == "SCHEMA" || !payload[:sql].start_with?("SELECT")
end
ActiveRecord::Base.establish_connection(
  ARGV[1] == "postgresql" ? { adapter: "postgresql", database: ENV["PGDATABASE"] } : { adapter: "sqlite3", database: ARGV[1] })

class Customer < ActiveRecord::Base
  has_many :orders
end

class Order < ActiveRecord::Base
  belongs_to :customer
end

def to_one
  found = []
  Order.order(:id).each do |order|
    found << order.customer.name # N+1 here
  end
  found
end

def to_one_includes
  Order.order(:id).includes(:customer).map { |order| order.customer.name }
end

def to_one_eager
  Order.order(:id).eager_load(:customer).map { |order| order.customer.name }
end

gave = send(ARGV[0])
puts JSON.generate({ gave: gave, told: told })
