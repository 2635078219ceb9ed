# ActiveRecord: loops, each before and after its advice. Arguments: a method, a database's file.
# Prints what the method gave, and how many statements ActiveRecord's notifications told meanwhile.
require "active_record"
require "json"

ActiveRecord::Base.establish_connection(adapter: "sqlite3", database: ARGV[1])
ROWS = 10
connection = ActiveRecord::Base.connection
connection.execute("CREATE TABLE users (id integer PRIMARY KEY, name text)")
connection.execute("CREATE TABLE posts (id integer PRIMARY KEY, user_id integer, title text)")

class User < ActiveRecord::Base
  has_many :posts
end

class Post < ActiveRecord::Base
  belongs_to :user
end

User.insert_all(Array.new(ROWS) { |i| { id: 7 * i + 3, name: "user #{i}" } })
Post.insert_all(Array.new(2 * ROWS) { |i| { user_id: 7 * (i % ROWS) + 3, title: "t" } })
NEW = Array.new(ROWS) { |i| { id: 1000 + 7 * i, name: "new #{i}" } }

def to_one
  Post.all.map { |post| post.user.name }
end

def to_one_applied
  Post.includes(:user).map { |post| post.user.name }
end

def to_one_applied_otherwise
  Post.eager_load(:user).map { |post| post.user.name }
end

def to_many
  User.all.map { |user| user.posts.to_a.size }
end

def to_many_applied
  User.includes(:posts).map { |user| user.posts.to_a.size }
end

def to_many_applied_otherwise
  User.preload(:posts).map { |user| user.posts.to_a.size }
end

def counts
  User.all.map { |user| user.posts.count }
end

def counts_applied
  counts = Post.group(:user_id).count
  User.all.map { |user| counts[user.id] }
end

def inserts
  NEW.each { |user| User.create!(user) }
  User.count
end

def inserts_applied
  User.insert_all(NEW)
  User.count
end

def updates
  User.all.each { |user| user.update!(name: "same") }
  User.order(:id).pluck(:name)
end

def updates_applied
  User.all.update_all(name: "same")
  User.order(:id).pluck(:name)
end

def updates_applied_otherwise
  User.upsert_all(User.all.map { |user| { id: user.id, name: "same" } })
  User.order(:id).pluck(:name)
end

def deletes
  Post.all.each(&:destroy)
  Post.count
end

def deletes_applied
  Post.where(id: Post.all.map(&:id)).delete_all
  Post.count
end

told = []
ActiveSupport::Notifications.subscribe("sql.active_record") { |*, event| told << event[:sql] }
gave = send(ARGV[0])
puts JSON.generate(gave: gave, sent: told.grep(/\A(SELECT|INSERT|UPDATE|DELETE) /).size)
