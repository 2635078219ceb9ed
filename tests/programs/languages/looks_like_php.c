/* A program that exports what PHP exports, and means something else by it. The argument says what.
 *
 * Frames that lead nowhere, strings that are none, versions that nobody knows: the statements are counted, the frames are native.
 */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

uint64_t executor_globals[512];
uint64_t module_registry[7];
static uint64_t bucket[4], core[32], frame[16], function[64], opcodes[16], text[16], other_text[16];

const char *zend_get_executed_filename(void);
uint32_t zend_get_executed_lineno(void);

const char *zend_get_executed_filename(void)
{
    return (const char *)&text[3];
}

uint32_t zend_get_executed_lineno(void)
{
    return 7;
}

static void set_int(void *object, size_t offset, uint32_t value)
{
    memcpy((char *)object + offset, &value, sizeof value);
}

/* Just as PHP 8.2 would have it: collectors/stack/php/layout.h. */
static void pretend(void)
{
    module_registry[2] = (uintptr_t)bucket;
    set_int(module_registry, 24, 1);
    bucket[0] = (uintptr_t)core;
    set_int(core, 4, 20220829);
    executor_globals[61] = (uintptr_t)frame;
    frame[0] = (uintptr_t)opcodes;
    frame[3] = (uintptr_t)function;
    ((char *)function)[0] = 2;
    function[1] = (uintptr_t)other_text;
    set_int(function, 80, 2);
    function[11] = (uintptr_t)opcodes;
    function[19] = (uintptr_t)text;
    set_int(opcodes, 24, 7);
    text[2] = other_text[2] = 5;
    memcpy(&text[3], "/file", 5);
    memcpy(&other_text[3], "named", 5);
}

int main(int argc, char **argv)
{
    const char *lie = argc > 1 ? argv[1] : "";
    sqlite3_stmt *stmt;
    sqlite3 *db;
    int wrong = 0;

    pretend();
    if (strcmp(lie, "threads") == 0)
        ((char *)core)[9] = 1;
    else if (strcmp(lie, "version") == 0)
        set_int(core, 4, 20991231);
    else if (strcmp(lie, "registry") == 0)
        module_registry[2] = 0x10;
    else if (strcmp(lie, "module") == 0)
        bucket[0] = 0x7fff00000008;
    else if (strcmp(lie, "frame") == 0)
        executor_globals[61] = 0x7fff00000008;
    else if (strcmp(lie, "odd") == 0)
        executor_globals[61] = (uintptr_t)frame + 1;
    else if (strcmp(lie, "circle") == 0)
        frame[6] = (uintptr_t)frame, function[19] = (uintptr_t)other_text;
    else if (strcmp(lie, "function") == 0)
        frame[3] = 0x1234567890;
    else if (strcmp(lie, "filename") == 0)
        function[19] = 0x1234567890;
    else if (strcmp(lie, "length") == 0)
        text[2] = UINT64_MAX / 2;
    else if (strcmp(lie, "class") == 0)
        function[2] = 0x1234567890;
    else if (strcmp(lie, "line") == 0)
        set_int(opcodes, 24, 8);
    else if (strcmp(lie, "opcodes") == 0)
        function[11] = frame[0] = 0x1234567890;
    wrong += sqlite3_open(":memory:", &db) != SQLITE_OK;
    for (int i = 0; i < 5; i++) {
        wrong += sqlite3_prepare_v2(db, "SELECT 1", -1, &stmt, NULL) != SQLITE_OK;
        wrong += sqlite3_step(stmt) != SQLITE_ROW;
        wrong += sqlite3_finalize(stmt) != SQLITE_OK;
    }
    printf("{\"executions\": 5, \"rows\": 5, \"errors\": 0}\n");
    return wrong + (sqlite3_close(db) != SQLITE_OK);
}
