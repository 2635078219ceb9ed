# Tcl's interface to PostgreSQL: shop_pg.tcl lazy|two|eager DATABASE
package require Pgtcl
lassign $argv mode database
set db [pg_connect -conninfo "dbname=$database"]
set executions 0
set rows 0

proc rows_of {result} {
    set rows [pg_result $result -numTuples]
    pg_result $result -clear
    return $rows
}

proc orders_of {customer} {
    global db executions
    incr executions
    return [rows_of [pg_exec $db {SELECT id FROM orders WHERE customer_id = $1} $customer]] ;# N+1 here
}

incr executions
if {$mode eq "eager"} {
    incr rows [rows_of [pg_exec $db {SELECT o.id FROM customers c JOIN orders o ON o.customer_id = c.id}]]
} else {
    set customers {}
    pg_select $db {SELECT id FROM customers ORDER BY id} customer {
        lappend customers $customer(id)
    }
    foreach id $customers {
        incr rows [orders_of $id]
        if {$mode eq "two"} {
            incr executions
            pg_select $db "SELECT name FROM customers WHERE id = $id" customer { ;# the second N+1
                incr rows
            }
        }
    }
}
pg_disconnect $db
puts "$executions $rows"
