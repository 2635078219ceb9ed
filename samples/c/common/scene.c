#include "scene.h"

#include <stddef.h>

/* 1, 2, .. $1 */
#define SERIES " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) "
/* The key of the i-th child of a parent when each has $1. */
#define CHILD(parent) "(" parent ".id - 1) * $1 + i"

#define CREATE_CUSTOMERS "CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL, discount integer NOT NULL)"
#define FILL_CUSTOMERS   "INSERT INTO customers" SERIES "SELECT i, 'customer ' || i, 5 + i % 7 FROM n"
#define CREATE_ORDERS    "CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL, amount integer NOT NULL)"
#define INDEX_ORDERS     "CREATE INDEX orders_customer ON orders (customer_id)"
#define CREATE_USERS     "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL)"
#define FILL_USERS       "INSERT INTO users" SERIES "SELECT i, 'user ' || i FROM n"
#define CREATE_POSTS     "CREATE TABLE posts (id integer PRIMARY KEY, user_id integer NOT NULL, likes integer NOT NULL)"
#define INDEX_POSTS      "CREATE INDEX posts_user ON posts (user_id)"
#define FILL_POSTS       "INSERT INTO posts" SERIES "SELECT " CHILD("u") ", u.id, 1000 + u.id * i FROM users u CROSS JOIN n"

const struct scene scene_orders_customer = {
    .size_names = {"ORDERS", "CUSTOMERS"},
    .sizes = {100, 10},
    .seed =
        (const struct scene_statement[]){
            {"BEGIN", 0},
            {CREATE_CUSTOMERS, 0},
            {FILL_CUSTOMERS, 2},
            {CREATE_ORDERS, 0},
            {"INSERT INTO orders" SERIES "SELECT i, 1 + i % (SELECT count(*) FROM customers), 10000 + 100 * i FROM n", 1},
            {"COMMIT", 0},
            {NULL, 0},
        },
};

const struct scene scene_users_posts = {
    .size_names = {"USERS", "POSTS-PER-USER"},
    .sizes = {20, 5},
    .seed =
        (const struct scene_statement[]){
            {"BEGIN", 0},
            {CREATE_USERS, 0},
            {FILL_USERS, 1},
            {CREATE_POSTS, 0},
            {INDEX_POSTS, 0},
            {FILL_POSTS, 2},
            {"COMMIT", 0},
            {NULL, 0},
        },
};

const struct scene scene_users_posts_comments = {
    .size_names = {"USERS", "POSTS-PER-USER", "COMMENTS-PER-POST"},
    .sizes = {20, 5, 3},
    .seed =
        (const struct scene_statement[]){
            {"BEGIN", 0},
            {CREATE_USERS, 0},
            {FILL_USERS, 1},
            {CREATE_POSTS, 0},
            {INDEX_POSTS, 0},
            {FILL_POSTS, 2},
            {"CREATE TABLE comments (id integer PRIMARY KEY, post_id integer NOT NULL, words integer NOT NULL)", 0},
            {"CREATE INDEX comments_post ON comments (post_id)", 0},
            {"INSERT INTO comments" SERIES "SELECT " CHILD("p") ", p.id, 20 + i FROM posts p CROSS JOIN n", 3},
            {"COMMIT", 0},
            {NULL, 0},
        },
};

const struct scene scene_customers_orders_items = {
    .size_names = {"CUSTOMERS", "ORDERS-PER-CUSTOMER", "ITEMS-PER-ORDER"},
    .sizes = {3000, 4, 3},
    .seed =
        (const struct scene_statement[]){
            {"BEGIN", 0},
            {CREATE_CUSTOMERS, 0},
            {FILL_CUSTOMERS, 1},
            {CREATE_ORDERS, 0},
            {INDEX_ORDERS, 0},
            {"INSERT INTO orders" SERIES "SELECT " CHILD("c") ", c.id, 10000 + 100 * i FROM customers c CROSS JOIN n", 2},
            {"CREATE TABLE items (id integer PRIMARY KEY, order_id integer NOT NULL, price integer NOT NULL)", 0},
            {"CREATE INDEX items_order ON items (order_id)", 0},
            {"INSERT INTO items" SERIES "SELECT " CHILD("o") ", o.id, 500 + o.id % 97 FROM orders o CROSS JOIN n", 3},
            {"COMMIT", 0},
            {NULL, 0},
        },
};

/* Authors have none to three books, so that a join must be an outer one. */
const struct scene scene_authors_books = {
    .size_names = {"AUTHORS"},
    .sizes = {100},
    .seed =
        (const struct scene_statement[]){
            {"BEGIN", 0},
            {"CREATE TABLE authors (id integer PRIMARY KEY, name text NOT NULL)", 0},
            {"INSERT INTO authors" SERIES "SELECT i, 'author ' || i FROM n", 1},
            {"CREATE TABLE books (id integer PRIMARY KEY, author_id integer NOT NULL, pages integer NOT NULL)", 0},
            {"CREATE INDEX books_author ON books (author_id)", 0},
            {"INSERT INTO books WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3)"
             " SELECT 3 * a.id + i, a.id, 200 + a.id FROM authors a JOIN n ON i <= a.id % 4",
             0},
            {"COMMIT", 0},
            {NULL, 0},
        },
};
