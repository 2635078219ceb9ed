# Runs one of SQLite's own tests with the sqlite3 package of Tcl that is installed, instead of its testfixture:
#
#     tclsh sqlite_tests.tcl FILE
#
# What of testfixture only looks into the library, or makes it fail, has no counterpart: it does nothing here, and tests of it fail. The rest of
# what testfixture adds is unknown, which is a failure of the test that asks for it; the same with the agent and without it.
package require sqlite3

foreach name {
    autoinstall_test_functions database_may_be_corrupt database_never_corrupt extra_schema_checks install_malloc_faultsim sqlite3_config_memstatus sqlite3_enable_shared_cache sqlite3_extended_result_codes
    sqlite3_hard_heap_limit64 sqlite3_initialize sqlite3_memdebug_log sqlite3_memdebug_settitle sqlite3_reset_auto_extension sqlite3_shutdown
    sqlite3_soft_heap_limit64 sqlite3_test_control_pending_byte vfs_unlink_test
} {
    proc $name args {}
}
# Names of things that a script only hands on.
proc sqlite3_connection_pointer db {return $db}
proc sqlite3_memory_used {} {return 0}
proc sqlite3_memory_highwater args {return 0}
proc sqlite3_status args {return {0 0 0}}
set sqlite_open_file_count 0

# Which parts were compiled in: testfixture knows from its own compilation, for which each has a line.
set source [open [file join [file dirname [lindex $argv 0]] ../src/test_config.c]]
foreach {line name} [regexp -all -inline {"sqlite_options",\s*"(\w+)"} [read $source]] {
    set sqlite_options($name) 1
}
close $source
# Of a build for tests, or of another system.
foreach name {
    8_3_names atomicwrite bloblit casesensitivelike codec crashtest debug default_ckptfullfsync dirsync fault_injection fts3_unicode has_codec
    long_double lock_proxy_pragmas mem3 mem5 memdebug memorymanage mutex_noop oversize_cell_check prefer_proxy_locking rtree_int_only
    secure_delete setlk_timeout sqllog stat4 unlock_notify userauth vdbe_coverage win32malloc
} {
    set sqlite_options($name) 0
}
set SLAVE_NONE {}
set file [file normalize [lindex $argv 0]]
set argv {}
set argv0 $file
source $file
