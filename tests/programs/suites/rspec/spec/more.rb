require "spec_helper"

RSpec.describe Shop do
  it "executes three statements", nplus1: { max_queries: 2 } do
    3.times { |i| Customer.find(7 * i + 3) }
  end

  it "executes few statements", nplus1: { max_queries: 30 } do
    Shop.names
  end

  it "had a loop once", nplus1: { allow: "it had a loop once" } do
    Shop.names
  end

  it "fails on more", nplus1: { fail_on: "possible" } do
    Shop.counts
  end

  it "is pending" do
    pending "until somebody comes"
    Shop.counts
    raise "nobody came"
  end
end
