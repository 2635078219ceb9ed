/* A program that exports what Tcl exports, sets a package up as Tcl does, and means something else by it. The argument says what.
 *
 * Interpreters that are none, frames that lead nowhere, codes of somebody else: the statements are counted, the frames are
 * native.
 */
#include <dlfcn.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint64_t interp[128], stubs[2], environment[8], inner[10], outer[10], code[22], handle[1], table[8], entry[5], lines[4],
    command_lines[3], call[14], proc[8], space[17], word[3], call_words[1], path[3];
static int32_t words[2] = {7, 7}, outer_words[1] = {9};
static unsigned char bytes[32];
static int major = 8, asked;

void Tcl_GetVersion(int *ret_major, int *ret_minor, int *ret_level, int *ret_type);
void Tcl_CallWhenDeleted(void *of, void *function, void *data);
int Sqlite3_Init(void *of);

void Tcl_GetVersion(int *ret_major, int *ret_minor, int *ret_level, int *ret_type)
{
    *ret_major = major;
    *ret_minor = 6;
}

void Tcl_CallWhenDeleted(void *of, void *function, void *data)
{
    asked++;
}

int Sqlite3_Init(void *of)
{
    return of == interp ? 5 : 6;
}

static void set_int(void *object, size_t offset, int32_t value)
{
    memcpy((char *)object + offset, &value, sizeof value);
}

static void set(void *object, size_t offset, const void *address)
{
    memcpy((char *)object + offset, &address, sizeof address);
}

/* Just as Tcl 8.6 would have it: collectors/stack/tcl/layout.h. */
static void pretend(void)
{
    static uint64_t *buckets[4] = {entry, entry, entry, entry};

    stubs[0] = 0xFCA3BACF;
    set(interp, 24, stubs);
    set_int(interp, 152, 2);
    set(interp, 456, environment);
    set(environment, 24, interp);
    set(interp, 952, inner);
    set(interp, 984, table);
    set_int(inner, 0, 2);
    set_int(inner, 4, 2);
    set(inner, 24, call);
    set(inner, 32, outer);
    set(inner, 40, code);
    set(inner, 48, bytes + 2);
    set_int(outer, 0, 4);
    set_int(outer, 4, 1);
    set(outer, 8, outer_words);
    set_int(outer, 16, 1);
    set(outer, 40, path);
    set(outer, 64, "f");
    set_int(outer, 72, 1);
    set(path, 8, "/script.tcl");
    set_int(path, 16, 11);
    handle[0] = (uintptr_t)interp;
    set(code, 0, handle);
    set(code, 40, "ask me");
    set_int(code, 64, 1);
    set_int(code, 68, 6);
    set_int(code, 72, 8);
    memcpy(bytes, "\0\0\0\0\0\0\0\0\0\10\0\6", 12); /* code, then the command: from 0, 8 bytes, for source from 0, 6 bytes */
    for (int i = 0; i < 4; i++)
        set(code, 136 + 8 * i, bytes + 8 + i);
    set(code, 104, bytes);
    set(table, 0, buckets);
    set_int(table, 52, 28);
    set_int(table, 56, 3);
    set(entry, 24, lines);
    set(entry, 32, code);
    set_int(lines, 0, 4);
    set_int(lines, 4, 6);
    set(lines, 8, path);
    set(lines, 16, command_lines);
    set_int(lines, 28, 1);
    set_int(command_lines, 4, 2);
    set(command_lines, 8, words);
    set_int(call, 8, 1);
    set(call, 48, proc);
    set(proc, 0, interp);
    set(call, 0, space);
    set_int(call, 12, 1);
    set(call, 16, call_words);
    set(call_words, 0, word);
    set(word, 8, "::elsewhere::f");
    set_int(word, 16, 14);
    set(space, 8, "::shop");
}

static void lie_of(const char *lie)
{
    const void *nowhere = (const void *)0x7fff00000008;
    const struct {
        const char *name;
        void *object;
        size_t offset;
        const void *value;
    } lies[] = {
        {"interp", interp, 24, nowhere},      {"stubs", interp, 24, environment},
        {"frame", interp, 952, nowhere},      {"odd", interp, 952, (char *)inner + 1},
        {"circle", outer, 32, inner},         {"environment", interp, 456, nowhere},
        {"owner", environment, 24, stubs},    {"coroutine", environment, 40, nowhere},
        {"call", inner, 24, nowhere},         {"proc", call, 48, nowhere},
        {"another_proc", proc, 0, stubs},     {"call_words", call, 16, nowhere},
        {"word", call_words, 0, nowhere},     {"namespace", call, 0, nowhere},
        {"name", space, 8, nowhere},          {"text", word, 8, nowhere},
        {"code", inner, 40, nowhere},         {"another_code", code, 0, space},
        {"pc", inner, 48, bytes + 8},         {"start", code, 104, nowhere},
        {"deltas", code, 144, nowhere},       {"source", code, 40, nowhere},
        {"table", interp, 984, nowhere},      {"buckets", table, 0, nowhere},
        {"unknown_code", entry, 32, stubs},   {"lines", entry, 24, nowhere},
        {"path", lines, 8, nowhere},          {"commands", lines, 16, nowhere},
        {"words", command_lines, 8, nowhere}, {"outer_path", outer, 40, nowhere},
        {"outer_words", outer, 8, nowhere},   {"outer_text", outer, 64, nowhere},
    };

    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        if (strcmp(lie, lies[i].name) == 0)
            set(lies[i].object, lies[i].offset, lies[i].value);
        else if (strcmp(lie, "--list") == 0)
            printf("%s\n", lies[i].name);
    }
    if (strcmp(lie, "--list") == 0)
        printf("version\ntype\nlevel\nmethod\nlength\nline\n");
    else if (strcmp(lie, "version") == 0)
        major = 9;
    else if (strcmp(lie, "type") == 0)
        set_int(inner, 0, 1);
    else if (strcmp(lie, "level") == 0)
        set_int(inner, 4, 3);
    else if (strcmp(lie, "method") == 0)
        set_int(call, 8, 5);
    else if (strcmp(lie, "length") == 0)
        set_int(word, 16, 13);
    else if (strcmp(lie, "line") == 0)
        words[0] = -5;
}

int main(int argc, char **argv)
{
    const char *lie = argc > 1 ? argv[1] : "";
    void *self = dlopen(NULL, RTLD_NOW);
    int (*init)(void *), wrong = 0;
    sqlite3_stmt *stmt;
    sqlite3 *db;

    pretend();
    lie_of(lie);
    if (strcmp(lie, "--list") == 0)
        return 0;
    *(void **)&init = dlsym(self, "Sqlite3_Init");
    wrong += init(interp) != 5 || init(NULL) != 6 || init(stubs) != 6;
    wrong += sqlite3_open(":memory:", &db) != SQLITE_OK;
    for (int i = 0; i < 5; i++) {
        wrong += sqlite3_prepare_v2(db, "SELECT 1", -1, &stmt, NULL) != SQLITE_OK;
        wrong += sqlite3_step(stmt) != SQLITE_ROW;
        wrong += sqlite3_finalize(stmt) != SQLITE_OK;
    }
    fprintf(stderr, "%d\n", asked);
    printf("{\"executions\": 5, \"rows\": 5, \"errors\": 0}\n");
    return wrong + (sqlite3_close(db) != SQLITE_OK);
}
