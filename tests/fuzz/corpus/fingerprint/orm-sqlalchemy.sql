SELECT orders.id AS orders_id, anon_1.customers_id AS anon_1_customers_id 
FROM (SELECT customers.id AS customers_id 
FROM customers 
WHERE customers.region IN (?, ?)) AS anon_1 JOIN orders ON anon_1.customers_id = orders.customer_id