/* A program that exports what CPython 3.11 exports, and means something else by it. The argument says what.
 *
 * States and frames that lead nowhere, code that is none, positions outside of it: the statements are counted, the frames are
 * native.
 */
#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define NOWHERE UINT64_C(0x7fff00000008)

struct member {
    const char *name;
    int type;
    ptrdiff_t offset;
    int flags;
    const char *doc;
};

unsigned long Py_Version = 0x030b02f0;
uint64_t PyCode_Type[64], PyBytes_Type[64], PyUnicode_Type[64], PyFrame_Type[64];
static uint64_t thread[64], interpreter[16], cframe[4], frame[16], code[64], name[16], file[16], table[16];
static struct member members[] = {{"co_qualname", 6, 128, 1, NULL},
                                  {"co_filename", 6, 112, 1, NULL},
                                  {"co_firstlineno", 1, 72, 1, NULL},
                                  {"co_linetable", 6, 136, 1, NULL},
                                  {NULL, 0, 0, 0, NULL}};

void *PyGILState_GetThisThreadState(void);
void *PyInterpreterState_Head(void);

void *PyGILState_GetThisThreadState(void)
{
    return thread;
}

void *PyInterpreterState_Head(void)
{
    return interpreter;
}

static void set_text(uint64_t *text, const char *characters)
{
    text[1] = (uintptr_t)PyUnicode_Type;
    text[2] = strlen(characters);
    text[4] = 1 << 2 | 1 << 5 | 1 << 6; /* one byte each, compact, ASCII */
    memcpy(&text[6], characters, strlen(characters));
}

/* Just as CPython 3.11 would have it: collectors/stack/python/layout.c. */
static void pretend(void)
{
    static const unsigned char lines[] = {0x80 | 13 << 3 | 7, 0}; /* eight code units are of the first line */

    PyCode_Type[4] = 184; /* tp_basicsize: where the instructions begin */
    PyCode_Type[30] = (uintptr_t)members;
    thread[2] = (uintptr_t)interpreter;
    thread[7] = (uintptr_t)cframe;
    cframe[1] = (uintptr_t)frame;
    frame[4] = (uintptr_t)code;
    frame[7] = (uintptr_t)code + 184 + 4;
    code[1] = (uintptr_t)PyCode_Type;
    code[2] = 8;
    code[9] = 7;
    code[14] = (uintptr_t)file;
    code[16] = (uintptr_t)name;
    code[17] = (uintptr_t)table;
    set_text(name, "named");
    set_text(file, "/file.py");
    table[1] = (uintptr_t)PyBytes_Type;
    table[2] = sizeof lines;
    memcpy(&table[4], lines, sizeof lines);
}

static void tell(const char *lie)
{
    static const struct {
        const char *lie;
        uint64_t *where, what;
    } lies[] = {
        {"state", &thread[7], NOWHERE},
        {"interpreter", &thread[2], NOWHERE},
        {"frame", &cframe[1], NOWHERE},
        {"odd", &cframe[1], (uintptr_t)frame + 1},
        {"next", &frame[6], NOWHERE},
        {"code", &frame[4], 0x1234567890},
        {"other", &frame[4], (uintptr_t)name},
        {"filename", &code[14], 0x1234567890},
        {"name", &code[16], (uintptr_t)table},
        {"length", &name[2], UINT64_MAX / 2},
        {"kind", &file[4], 3 << 2 | 1 << 5},
        {"table", &code[17], (uintptr_t)name},
        {"size", &table[2], UINT64_MAX / 2},
        {"line", &code[9], UINT32_MAX},
        {"before", &frame[7], (uintptr_t)code + 184 - 4},
        {"behind", &frame[7], (uintptr_t)code + 184 + 16},
        {"between", &frame[7], (uintptr_t)code + 184 + 3},
    };

    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        if (strcmp(lie, lies[i].lie) == 0)
            *lies[i].where = lies[i].what;
    }
    if (strcmp(lie, "version") == 0)
        Py_Version = 0x031402f0;
    else if (strcmp(lie, "offset") == 0)
        members[0].offset = 4000;
    else if (strcmp(lie, "member") == 0)
        members[1].type = 1;
    else if (strcmp(lie, "circle") == 0)
        frame[6] = (uintptr_t)frame, code[14] = (uintptr_t)table;
}

int main(int argc, char **argv)
{
    sqlite3_stmt *stmt;
    sqlite3 *db;
    int wrong = 0;

    pretend();
    tell(argc > 1 ? argv[1] : "");
    wrong += sqlite3_open(":memory:", &db) != SQLITE_OK;
    for (int i = 0; i < 5; i++) {
        wrong += sqlite3_prepare_v2(db, "SELECT 1", -1, &stmt, NULL) != SQLITE_OK;
        wrong += sqlite3_step(stmt) != SQLITE_ROW;
        wrong += sqlite3_finalize(stmt) != SQLITE_OK;
    }
    printf("{\"executions\": 5, \"rows\": 5, \"errors\": 0}\n");
    return wrong + (sqlite3_close(db) != SQLITE_OK);
}
