/* What plugin.c exports. */
#ifndef NPLUS1_TESTS_PROGRAMS_LOADING_PLUGIN_H
#define NPLUS1_TESTS_PROGRAMS_LOADING_PLUGIN_H

int plugin_begin(void);
int plugin_lookup(int times);
long long plugin_memory(void);
void *plugin_statement(void);
int plugin_run_statement(void *stmt);
int plugin_open(const char *name, void **ret);
int plugin_close(void *other);
int plugin_step(void *stmt);
int plugin_value(void *stmt);
int plugin_finalize(void *stmt);
int plugin_exec(const char *sql);
int plugin_end(void);

void *load_by_runpath(const char *name); /* of loads_by_name.c */

#endif
