# ActiveRecord: loops with other causes than a lazy association, each before and after its advice. Arguments: a method, a database's file.
require "active_record"

ActiveRecord::Base.establish_connection(adapter: "sqlite3", database: ARGV[1])
ROWS = 10
connection = ActiveRecord::Base.connection
connection.execute("CREATE TABLE users (id integer PRIMARY KEY, name text UNIQUE)")
connection.execute("CREATE TABLE posts (id integer PRIMARY KEY, user_id integer)")

class User < ActiveRecord::Base
  has_many :posts
  validates :name, uniqueness: true
end

class Post < ActiveRecord::Base
  belongs_to :user
end

User.insert_all(Array.new(ROWS) { |i| { id: 7 * i + 3, name: "user #{i}" } })
Post.insert_all(Array.new(ROWS) { |i| { user_id: 7 * i + 3 } })
NEW = Array.new(2 * ROWS) { |i| { name: "new #{i}" } }

def reloaded
  User.all.to_a.each(&:reload)
end

def reloaded_applied
  User.where(id: User.all.to_a.map(&:id)).to_a
end

def exists
  User.all.to_a.each { |user| user.posts.exists? or raise }
end

def exists_applied
  there = Post.where(user_id: User.all.to_a.map(&:id)).distinct.pluck(:user_id)
  there.size == ROWS or raise
end

def unique
  NEW.each { |user| User.create!(user) }
end

def unique_applied
  there = User.where(name: NEW.map { |user| user[:name] }).pluck(:name)
  User.insert_all(NEW.reject { |user| there.include?(user[:name]) }, unique_by: :name)
rescue ArgumentError # the index has no name of Rails' kind
  User.insert_all(NEW)
end

def deletes
  User.all.to_a.each(&:delete)
end

def deletes_applied
  User.where(id: User.all.to_a.map(&:id)).delete_all
end

def joined
  Post.eager_load(:user).to_a.each { |post| User.where(name: post.user.name).to_a }
end

def joined_applied
  User.where(name: Post.eager_load(:user).to_a.map { |post| post.user.name }).to_a
end

send(ARGV[0])
