require "spec_helper"

RSpec.describe Shop do
  it "counts" do
    expect(Shop.counts).to eq [2] * 6
  end

  it "names" do
    expect(Shop.names.size).to eq 6
  end

  it "has one customer" do
    expect(Customer.find(3).orders.size).to eq 2
  end

  it "is allowed in the program" do
    expect(NPlus1.allowed("there are six") { Shop.counts }).to eq [2] * 6
  end

  it "is allowed by metadata", nplus1: { allow: "there are six" } do
    Shop.counts
  end

  it "fails as ever" do
    expect(Shop.counts).to eq(ENV["SHOP_FIXED"] ? [2] * 6 : [])
  end

  context "in a group", nplus1: { allow: "there are six" } do
    it "is allowed by the group", nplus1: { max_queries: 100 } do
      Shop.counts
    end
  end
end
