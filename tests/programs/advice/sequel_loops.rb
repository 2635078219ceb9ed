# Sequel: loops, each before and after its advice. Arguments: a method, a database's file.
# Prints what the method gave, and how many statements Sequel's log told meanwhile.
require "json"
require "sequel"

ROWS = 10
DB = Sequel.sqlite(ARGV[1])
DB.run("CREATE TABLE users (id integer PRIMARY KEY, name text UNIQUE)")
DB.run("CREATE TABLE posts (id integer PRIMARY KEY, user_id integer, title text)")

class User < Sequel::Model
  unrestrict_primary_key
  one_to_many :posts
end

class Post < Sequel::Model
  many_to_one :user
end

NEW = Array.new(ROWS) { |i| { id: 1000 + 7 * i, name: "new #{i}" } }

def to_one
  Post.all.map { |post| post.user.name }
end

def to_one_applied
  Post.eager_graph(:user).all.map { |post| post.user.name }
end

def to_one_applied_otherwise
  Post.eager(:user).all.map { |post| post.user.name }
end

def to_many
  User.all.map { |user| user.posts.size }
end

def to_many_applied
  User.eager(:posts).all.map { |user| user.posts.size }
end

def counts
  User.all.map { |user| user.posts_dataset.count }
end

def counts_applied
  counts = Post.select_group(:user_id).select_append { count.function.*.as(:posts) }.to_h { |row| [row[:user_id], row[:posts]] }
  User.all.map { |user| counts[user.id] }
end

def exists
  User.all.map { |user| !user.posts_dataset.empty? }
end

def exists_applied
  users = User.all
  there = Post.where(user_id: users.map(&:id)).distinct.select_map(:user_id)
  users.map { |user| there.include?(user.id) }
end

def refreshed
  User.all.map { |user| user.refresh.name }
end

def refreshed_applied
  User.where(id: User.all.map(&:id)).all.map(&:name)
end

def unique
  DB.transaction { NEW.each { |user| User.find_or_create(user) } }
  User.count
end

def unique_applied
  there = User.where(id: NEW.map { |user| user[:id] }).select_map(:id)
  User.multi_insert(NEW.reject { |user| there.include?(user[:id]) })
  User.count
end

def inserts
  NEW.each { |user| User.create(user) }
  User.count
end

def inserts_applied
  User.multi_insert(NEW)
  User.count
end

def updates
  Post.all.each { |post| post.update(title: "same") }
  Post.select_order_map(:title)
end

def updates_applied
  Post.where(id: Post.all.map(&:id)).update(title: "same")
  Post.select_order_map(:title)
end

def deletes
  Post.all.each(&:delete)
  Post.count
end

def deletes_applied
  Post.where(id: Post.all.map(&:id)).delete
  Post.count
end

class Log
  attr_reader :told

  def info(line)
    (@told ||= []) << line
  end
  alias debug info
  alias warn info
  alias error info
end

DB[:users].multi_insert(Array.new(ROWS) { |i| { id: 7 * i + 3, name: "user #{i}" } })
DB[:posts].multi_insert(Array.new(2 * ROWS) { |i| { user_id: 7 * (i % ROWS) + 3, title: "t" } })
DB.loggers << (log = Log.new)
gave = send(ARGV[0])
puts JSON.generate(gave: gave, sent: log.told.grep(/\) (SELECT|INSERT|UPDATE|DELETE) /).size)
