require "sequel"

DB = Sequel.sqlite("shop.db")

DB.create_table?(:customers) do
  primary_key :id
  String :name
end
DB.create_table?(:orders) do
  primary_key :id
  foreign_key :customer_id, :customers
  Integer :amount
end

class Customer < Sequel::Model
end

class Order < Sequel::Model
  many_to_one :customer
end
