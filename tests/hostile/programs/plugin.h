/* What plugin.c exports. */
#ifndef NPLUS1_TESTS_PLUGIN_H
#define NPLUS1_TESTS_PLUGIN_H

int plugin_begin(void);
int plugin_lookup(int times);
long long plugin_memory(void);
void *plugin_statement(void);
int plugin_run_statement(void *stmt);
int plugin_end(void);

#endif
