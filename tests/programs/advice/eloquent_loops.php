<?php
// Eloquent: loops, each before and after its advice. Arguments: a function, a database's file.
// Prints what the function gave, and how many statements Eloquent told its listener meanwhile.
declare(strict_types=1);

require '/usr/share/php/Illuminate/Database/autoload.php';

use Illuminate\Database\Capsule\Manager;
use Illuminate\Database\Eloquent\Model;

const ROWS = 10;

class User extends Model
{
    public $timestamps = false;
    protected $guarded = [];

    public function posts()
    {
        return $this->hasMany(Post::class);
    }
}

class Post extends Model
{
    public $timestamps = false;
    protected $guarded = [];

    public function user()
    {
        return $this->belongsTo(User::class);
    }
}

function to_one(): array
{
    return Post::all()->map(fn ($post) => $post->user->name)->all();
}

function to_one_applied(): array
{
    return Post::with('user')->get()->map(fn ($post) => $post->user->name)->all();
}

function to_many(): array
{
    return User::all()->map(fn ($user) => count($user->posts))->all();
}

function to_many_applied(): array
{
    return User::with('posts')->get()->map(fn ($user) => count($user->posts))->all();
}

function counts(): array
{
    return User::all()->map(fn ($user) => $user->posts()->count())->all();
}

function counts_applied(): array
{
    return User::withCount('posts')->get()->map(fn ($user) => (int)$user->posts_count)->all();
}

function exists(): array
{
    return User::all()->map(fn ($user) => $user->posts()->exists())->all();
}

function exists_applied(): array
{
    return User::withExists('posts')->get()->map(fn ($user) => (bool)$user->posts_exists)->all();
}

function refreshed(): array
{
    return User::all()->map(fn ($user) => $user->refresh()->name)->all();
}

function refreshed_applied(): array
{
    return User::all()->fresh()->map(fn ($user) => $user->name)->all();
}

function unique(): int
{
    Manager::connection()->transaction(fn () => array_map(fn ($user) => User::firstOrCreate(['id' => $user['id']], $user), added()));
    return User::count();
}

function unique_applied(): int
{
    $there = User::whereIn('id', array_column(added(), 'id'))->pluck('id')->all();
    User::insert(array_filter(added(), fn ($user) => !in_array($user['id'], $there)));
    return User::count();
}

function unique_applied_otherwise(): int
{
    User::insertOrIgnore(added());
    return User::count();
}

function inserts(): int
{
    foreach (added() as $user) {
        User::create($user);
    }
    return User::count();
}

function inserts_applied(): int
{
    User::insert(added());
    return User::count();
}

function updates(): array
{
    foreach (User::all() as $user) {
        $user->update(['name' => $user->name . '!']);
    }
    return User::pluck('name')->all();
}

function updates_applied(): array
{
    $users = User::all()->map(fn ($user) => ['id' => $user->id, 'name' => $user->name . '!']);
    User::upsert($users->all(), ['id'], ['name']);
    return User::pluck('name')->all();
}

function deletes(): int
{
    foreach (Post::all() as $post) {
        $post->delete();
    }
    return Post::count();
}

function deletes_applied(): int
{
    Post::whereIn('id', Post::all()->map(fn ($post) => $post->id))->delete();
    return Post::count();
}

function deletes_by_destroy(): int
{
    Post::destroy(Post::all()->map(fn ($post) => $post->id)->all());
    return Post::count();
}

function added(): array
{
    return array_map(fn ($i) => ['id' => 1000 + 7 * $i, 'name' => "new $i"], range(0, ROWS - 1));
}

function main(string $function, string $file): void
{
    touch($file);
    $manager = new Manager();
    $manager->addConnection(['driver' => 'sqlite', 'database' => $file]);
    $manager->setAsGlobal();
    $manager->bootEloquent();
    $connection = $manager->getConnection();
    $connection->statement('CREATE TABLE users (id integer PRIMARY KEY, name text)');
    $connection->statement('CREATE TABLE posts (id integer PRIMARY KEY, user_id integer, title text)');
    User::insert(array_map(fn ($i) => ['id' => 7 * $i + 3, 'name' => "user $i"], range(0, ROWS - 1)));
    Post::insert(array_map(fn ($i) => ['user_id' => 7 * ($i % ROWS) + 3, 'title' => 't'], range(0, 2 * ROWS - 1)));
    $connection->enableQueryLog();
    $gave = $function();
    echo json_encode(['gave' => $gave, 'sent' => count($connection->getQueryLog())]), "\n";
}

main($argv[1], $argv[2]);
