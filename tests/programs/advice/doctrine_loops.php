<?php
// Doctrine: loops, each before and after its advice. Arguments: a function, a database's file.
// Prints what the function gave, and how many statements Doctrine told its logger meanwhile.
declare(strict_types=1);

require '/usr/share/php/Doctrine/ORM/autoload.php';

use Doctrine\Common\Collections\Collection;
use Doctrine\DBAL\DriverManager;
use Doctrine\DBAL\Logging\DebugStack;
use Doctrine\ORM\Configuration;
use Doctrine\ORM\EntityManager;
use Doctrine\ORM\Mapping as ORM;
use Doctrine\ORM\Mapping\Driver\AttributeDriver;
use Doctrine\ORM\Query;

const ROWS = 10;

#[ORM\Entity, ORM\Table(name: 'users')]
class User
{
    #[ORM\OneToMany(targetEntity: Post::class, mappedBy: 'user', fetch: 'EXTRA_LAZY')]
    public Collection $posts;

    public function __construct(#[ORM\Id, ORM\Column] public int $id, #[ORM\Column] public string $name)
    {
    }
}

#[ORM\Entity, ORM\Table(name: 'posts')]
class Post
{
    #[ORM\Id, ORM\Column]
    public int $id;
    #[ORM\ManyToOne(targetEntity: User::class, inversedBy: 'posts')]
    public User $user;
    #[ORM\Column]
    public string $title;
}

#[ORM\Entity, ORM\Table(name: 'accounts')]
class Account // its profile has the foreign key
{
    #[ORM\Id, ORM\Column]
    public int $id;
    #[ORM\OneToOne(targetEntity: Profile::class, mappedBy: 'account')]
    public ?Profile $profile = null;
}

#[ORM\Entity, ORM\Table(name: 'profiles')]
class Profile
{
    #[ORM\Id, ORM\Column]
    public int $id;
    #[ORM\OneToOne(targetEntity: Account::class, inversedBy: 'profile')]
    public Account $account;
}

#[ORM\Entity, ORM\Table(name: 'owning_accounts')]
class OwningAccount // has the foreign key itself
{
    #[ORM\Id, ORM\Column]
    public int $id;
    #[ORM\OneToOne(targetEntity: Profile::class)]
    public ?Profile $profile = null;
}

function to_one(EntityManager $manager): array
{
    return array_map(fn ($post) => $post->user->name, $manager->getRepository(Post::class)->findAll());
}

function to_one_applied(EntityManager $manager): array
{
    $posts = $manager->createQueryBuilder()->select('p')->from(Post::class, 'p')->leftJoin('p.user', 'u')->addSelect('u');
    return array_map(fn ($post) => $post->user->name, $posts->getQuery()->getResult());
}

function to_many(EntityManager $manager): array
{
    return array_map(fn ($user) => count($user->posts->toArray()), $manager->getRepository(User::class)->findAll());
}

function to_many_applied(EntityManager $manager): array
{
    $users = $manager->createQueryBuilder()->select('u')->from(User::class, 'u')->leftJoin('u.posts', 'p')->addSelect('p');
    return array_map(fn ($user) => count($user->posts->toArray()), $users->getQuery()->getResult());
}

function inverse(EntityManager $manager): array
{
    return array_map(fn ($account) => $account->id, $manager->createQuery('SELECT a FROM Account a')->getResult());
}

function inverse_applied(EntityManager $manager): array
{
    $accounts = $manager->createQueryBuilder()->select('a')->from(Account::class, 'a')->leftJoin('a.profile', 'p')->addSelect('p');
    return array_map(fn ($account) => $account->id, $accounts->getQuery()->getResult());
}

function inverse_applied_otherwise(EntityManager $manager): array
{
    return array_map(fn ($account) => $account->id, $manager->createQuery('SELECT a FROM OwningAccount a')->getResult());
}

function counts(EntityManager $manager): array
{
    return array_map(fn ($user) => $user->posts->count(), $manager->getRepository(User::class)->findAll());
}

function counts_applied(EntityManager $manager): array
{
    $counted = $manager->createQueryBuilder()->select('IDENTITY(p.user) user', 'COUNT(p) posts')->from(Post::class, 'p')->groupBy('p.user');
    $counts = array_column($counted->getQuery()->getArrayResult(), 'posts', 'user');
    return array_map(fn ($user) => $counts[$user->id], $manager->getRepository(User::class)->findAll());
}

function refreshed(EntityManager $manager): array
{
    $users = $manager->getRepository(User::class)->findAll();
    array_map([$manager, 'refresh'], $users);
    return array_column($users, 'name');
}

function refreshed_applied(EntityManager $manager): array
{
    $users = $manager->getRepository(User::class)->findAll();
    $again = $manager->createQueryBuilder()->select('u')->from(User::class, 'u')->getQuery()->setHint(Query::HINT_REFRESH, true);
    return $users === $again->getResult() ? array_column($users, 'name') : [];
}

function inserts(EntityManager $manager): int
{
    foreach (added() as $user) {
        $manager->persist(new User(...$user));
        $manager->flush();
    }
    return $manager->getRepository(User::class)->count([]);
}

function inserts_applied(EntityManager $manager): int
{
    foreach (added() as $user) {
        $manager->persist(new User(...$user));
    }
    $manager->flush();
    return $manager->getRepository(User::class)->count([]);
}

function inserts_applied_otherwise(EntityManager $manager): int
{
    $rows = implode(', ', array_fill(0, ROWS, '(?, ?)'));
    $manager->getConnection()->executeStatement("INSERT INTO users (id, name) VALUES $rows", array_merge(...added()));
    return $manager->getRepository(User::class)->count([]);
}

function updates(EntityManager $manager): array
{
    foreach ($manager->getRepository(User::class)->findAll() as $user) {
        $user->name = 'same';
        $manager->flush();
    }
    return names($manager);
}

function updates_applied(EntityManager $manager): array
{
    $update = $manager->createQuery('UPDATE User u SET u.name = :name WHERE u.id IN (:keys)');
    $update->execute(['name' => 'same', 'keys' => array_column($manager->getRepository(User::class)->findAll(), 'id')]);
    return names($manager);
}

function updates_applied_otherwise(EntityManager $manager): array
{
    foreach ($manager->getRepository(User::class)->findAll() as $user) {
        $user->name = 'same';
    }
    $manager->flush();
    return names($manager);
}

function deletes(EntityManager $manager): int
{
    foreach ($manager->getRepository(Post::class)->findAll() as $post) {
        $manager->remove($post);
        $manager->flush();
    }
    return $manager->getRepository(Post::class)->count([]);
}

function deletes_applied(EntityManager $manager): int
{
    $keys = array_column($manager->getRepository(Post::class)->findAll(), 'id');
    $manager->createQuery('DELETE FROM Post p WHERE p.id IN (:keys)')->execute(['keys' => $keys]);
    return $manager->getRepository(Post::class)->count([]);
}

function added(): array
{
    return array_map(fn ($i) => [1000 + 7 * $i, "new $i"], range(0, ROWS - 1));
}

function names(EntityManager $manager): array
{
    return array_column($manager->createQuery('SELECT u.name FROM User u')->getArrayResult(), 'name');
}

function main(string $function, string $file): void
{
    $configuration = new Configuration();
    $configuration->setMetadataDriverImpl(new AttributeDriver([]));
    $configuration->setProxyDir("$file.proxies");
    $configuration->setProxyNamespace('Proxies');
    $configuration->setSQLLogger($log = new DebugStack());
    $connection = DriverManager::getConnection(['driver' => 'pdo_sqlite', 'path' => $file], $configuration);
    $connection->executeStatement('CREATE TABLE users (id integer PRIMARY KEY, name text)');
    $connection->executeStatement('CREATE TABLE posts (id integer PRIMARY KEY, user_id integer, title text)');
    $connection->executeStatement('CREATE TABLE accounts (id integer PRIMARY KEY)');
    $connection->executeStatement('CREATE TABLE profiles (id integer PRIMARY KEY, account_id integer UNIQUE)');
    $connection->executeStatement('CREATE TABLE owning_accounts (id integer PRIMARY KEY, profile_id integer UNIQUE)');
    $numbers = 'WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d)';
    $connection->executeStatement(sprintf("$numbers INSERT INTO users SELECT 7 * i + 3, 'user ' || i FROM n", ROWS - 1));
    $connection->executeStatement(sprintf("$numbers INSERT INTO posts SELECT i, 7 * (i %% %d) + 3, 't' FROM n", 2 * ROWS - 1, ROWS));
    $connection->executeStatement(sprintf("$numbers INSERT INTO accounts SELECT 7 * i + 3 FROM n", ROWS - 1));
    $connection->executeStatement(sprintf("$numbers INSERT INTO profiles SELECT 9 * i + 5, 7 * i + 3 FROM n", ROWS - 1));
    $connection->executeStatement(sprintf("$numbers INSERT INTO owning_accounts SELECT 7 * i + 3, 9 * i + 5 FROM n", ROWS - 1));
    $log->queries = [];
    $gave = $function(new EntityManager($connection, $configuration));
    $sent = preg_grep('/^(SELECT|INSERT|UPDATE|DELETE) /', array_column($log->queries, 'sql'));
    echo json_encode(['gave' => $gave, 'sent' => count($sent)]), "\n";
}

main($argv[1], $argv[2]);
