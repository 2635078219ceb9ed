# Tcl's interface to SQLite: shop.tcl lazy|two|eager FILE
package require sqlite3
lassign $argv mode file
sqlite3 db $file
set executions 0
set rows 0

proc orders_of {customer} {
    incr ::executions
    return [llength [db eval {SELECT id FROM orders WHERE customer_id = $customer}]] ;# N+1 here
}

proc name_of {customer} {
    incr ::executions
    return [llength [db eval {SELECT name FROM customers WHERE id = $customer}]] ;# the second N+1
}

incr executions
if {$mode eq "eager"} {
    incr rows [llength [db eval {SELECT o.id FROM customers c JOIN orders o ON o.customer_id = c.id}]]
} else {
    foreach customer [db eval {SELECT id FROM customers ORDER BY id}] {
        incr rows [orders_of $customer]
        if {$mode eq "two"} {
            incr rows [name_of $customer]
        }
    }
}
db close
puts "$executions $rows"
