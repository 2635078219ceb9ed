# 100 lazy loads by ActiveRecord, ROUNDS times: prints the seconds of the fastest. Arguments: ROUNDS, and "bullet" to have Bullet look on.
require "active_record"
if ARGV[1] == "bullet"
  require "bullet"
  Bullet.enable = true
end

ActiveRecord::Base.establish_connection(adapter: "sqlite3", database: ":memory:")
connection = ActiveRecord::Base.connection
connection.execute("CREATE TABLE authors (id integer PRIMARY KEY, name text)")
connection.execute("CREATE TABLE books (id integer PRIMARY KEY, author_id integer, title text)")
connection.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO authors SELECT i, 'a' || i FROM n")
connection.execute("INSERT INTO books SELECT id + 1000, id, 'b' FROM authors")

class Author < ActiveRecord::Base
  has_many :books
end

class Book < ActiveRecord::Base
end

times = Array.new(Integer(ARGV[0]) + 2) do
  start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  Bullet.start_request if ARGV[1]
  Author.all.to_a.each { |author| author.books.to_a }
  if ARGV[1]
    Bullet.notification? or abort "Bullet saw nothing"
    Bullet.end_request
  end
  Process.clock_gettime(Process::CLOCK_MONOTONIC) - start
end
puts times.drop(2).min # the first ones fill caches
