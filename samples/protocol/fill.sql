-- 100 orders of 10 customers, in which ids have nothing in common; 20 users with 5 posts with 3 comments.
create table customers(id int primary key, name text not null);
create table orders(id int primary key, customer_id int not null, amount int not null);
create table users(id int primary key, name text not null);
create table posts(id int primary key, user_id int not null, likes int not null);
create table comments(id int primary key, post_id int not null, words int not null);
insert into customers select 7000 + 11 * i, 'customer ' || i from generate_series(1, 10) i;
insert into orders select i, 7000 + 11 * (1 + (i * 3) % 10), 100 * i from generate_series(1, 100) i;
insert into users select 500 + 3 * i, 'user ' || i from generate_series(1, 20) i;
insert into posts select 9000 + 7 * (5 * u + p), 500 + 3 * u, u + p from generate_series(1, 20) u, generate_series(1, 5) p;
insert into comments select 20000 + 3 * p + c, 9000 + 7 * (5 + p), p + c from generate_series(1, 100) p, generate_series(1, 3) c;
