require "sinatra"
require "json"
require_relative "models"

get "/orders" do
  orders = Order.order(:id).all
  orders.map { |order| { customer: order.customer.name, amount: order.amount } }.to_json
end
