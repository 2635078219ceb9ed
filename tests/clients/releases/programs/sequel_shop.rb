# Sequel. Arguments: a function, a database's file, or `postgresql`. Prints what it gave, and the SELECTs that its log told.
require "sequel"
require "json"

class Told
  attr_reader :count

  def initialize = @count = 0

  def info(text) = @count += text.match?(/SELECT .*FROM .(orders|customers)/) && !text.match?(/LIMIT 0|pg_/) ? 1 : 0

  def debug(text) = nil

  def error(text) = warn(text)
end

DB = ARGV[1] == "postgresql" ? Sequel.connect(adapter: "postgres", database: ENV["PGDATABASE"]) : Sequel.sqlite(ARGV[1])

class Customer < Sequel::Model
  one_to_many :orders
end

class Order < Sequel::Model
  many_to_one :customer
end

def to_one
  found = []
  Order.order(:id).all.each do |order|
    found << order.customer.name # N+1 here
  end
  found
end

def to_one_eager
  Order.order(:id).eager(:customer).all.map { |order| order.customer.name }
end

told = Told.new
DB.loggers << told
gave = send(ARGV[0])
puts JSON.generate({ gave: gave, told: told.count })
