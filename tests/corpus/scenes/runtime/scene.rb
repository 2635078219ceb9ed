# What the Ruby programs of scenes share: a connection that counts, and a helper for those that run everything through one.

def key_of(cell)
  cell.to_s.match?(/\A-?\d+\z/) ? cell.to_i : cell
end

# As runtime/arrange.py does it.
def arrange(rows, column, how, mask)
  marked = rows.each_index.map { |number| mask[number % mask.size] == "1" }
  case how
  when "gaps" then rows.each_index.select { |number| marked[number] }.map { |number| rows[number] }
  when "repeats" then rows.each_index.flat_map { |number| marked[number] ? [rows[number]] * 2 : [rows[number]] }
  when "first" then rows.first((rows.size + 1) / 2)
  when "unique" then rows.uniq { |row| row[column] }
  when "reversed" then rows.reverse
  when "sorted" then rows.each_with_index.sort_by { |row, number| [key_of(row[column]), number] }.map(&:first)
  when "sorted_unique" then rows.uniq { |row| row[column] }.sort_by { |row| key_of(row[column]) }
  when "shuffled" then rows.each_with_index.sort_by { |_, number| (number + 1) * 2654435761 % 2**32 }.map(&:first)
  else rows
  end
end

def batch_text(head, unit, separator, tail, count)
  head + ([unit] * count).join(separator) + tail
end

def batch_args(rows, columns, pack)
  cells = rows.flat_map { |row| columns.map { |column| row[column] } }
  return cells if pack.empty?
  quote = pack == "[]" && key_of(cells[0]).is_a?(String) ? '"' : ""
  [pack[0] + cells.map { |cell| "#{quote}#{cell}#{quote}" }.join(",") + pack[1]]
end

class Database
  attr_reader :connection, :counts

  def initialize(counts = nil)
    @counts = counts || []
    connect
  end

  def pool(workers, work, rows)
    waiting = Queue.new
    rows.each { |row| waiting << row }
    workers.times.map do
      Thread.new do
        mine = self.class.new(@counts)
        loop do
          row = begin
            waiting.pop(true)
          rescue ThreadError
            break
          end
          work.call(mine, row)
        end
      end
    end.each(&:join)
  end

  def write_counts
    File.write(ENV["SCENE_COUNTS"], @counts.tally.map { |place, count| "#{place} #{count}\n" }.join)
  end
end

def literal(text, args)
  text.gsub("?") { (arg = args.shift).is_a?(String) ? "'#{arg}'" : arg.to_s }
end

def begin_all(db)
  db.run("BEGIN")
end

def commit_all(db)
  db.run("COMMIT")
end

class Sqlite < Database
  def connect
    require "sqlite3"
    @connection = SQLite3::Database.new(ENV["SCENE_DB"])
    @connection.encoding # the gem asks for it once, before the first statement
  end

  def run(text)
    @connection.execute(text)
  end

  def query(place, text, args = [])
    @counts << place
    @connection.execute(text, args)
  end
end

class Postgresql < Database
  def connect
    require "pg"
    @connection = PG.connect
  end

  def run(text)
    @connection.exec(text)
  end

  def query(place, text, args = [])
    @counts << place
    number = 0
    @connection.exec_params(text.gsub("?") { "$#{number += 1}" }, args).values
  end
end
