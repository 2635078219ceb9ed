require "minitest/autorun"
require "nplus1/minitest"
require_relative "../rspec/shop"

class TestShop < Minitest::Test
  def setup
    Shop.open
  end

  def test_counts
    assert_equal [2] * 6, Shop.counts
  end

  def test_names
    assert_equal 6, Shop.names.size
  end

  def test_allowed_in_the_program
    NPlus1.allowed("there are six") { Shop.counts }
  end

  def test_allowed_in_the_test
    nplus1_allow "there are six"
    Shop.counts
  end

  def test_three_statements
    nplus1_max_queries ENV["SHOP_FIXED"] ? 3 : 2
    3.times { |i| Customer.find(7 * i + 3) }
  end

  def test_skipped
    Shop.counts
    skip "it is skipped"
  end
end

describe "a shop" do
  it "counts" do
    Shop.open
    expect(Shop.counts.sum).must_equal 12
  end
end
