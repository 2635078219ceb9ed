create table customers(id integer primary key, name text);
create table orders(id integer primary key, customer_id integer references customers, amount integer);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 100) insert into customers select 7 * i, 'customer ' || i from n;
insert into orders select id / 7, id, id / 7 from customers;
