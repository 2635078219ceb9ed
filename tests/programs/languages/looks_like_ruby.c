/* A program that exports what libruby exports, and whose control frames are what the argument says.
 *
 * Without a lie they stand as Ruby 3.1 has them, and the VM is asked for the frames of the first statement only, besides those
 * that follow a collection. With one, the control frames are not what the VM says, and it is asked at every statement. The frames
 * are the same in both cases. The number of times that the VM was asked is printed.
 */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define FRAME_WORDS  8
#define FRAMES       3 /* two of code, and one of a function in C between them */
#define T_STRING     0x05
#define T_IMEMO      0x1a
#define ISEQ         (T_IMEMO | 7 << 12)
#define NO_EMBED     (1 << 13)
#define LOCAL        2
#define STACK_WORDS  4096
#define LABEL_AT     12 /* in words of a body */
#define BODY_WORDS   40
#define CODE_WORDS   16
#define LINE_OF_CODE 7

typedef uintptr_t value;

struct code {
    uint64_t object[5], body[BODY_WORDS], words[CODE_WORDS], label[5];
};

struct context {
    uint64_t *stack;
    size_t words;
    uint64_t *frame;
};

/* What a profiler may call. */
int rb_profile_frames(int start, int limit, value *frames, int *lines);
value rb_profile_frame_absolute_path(value frame);
value rb_profile_frame_path(value frame);
value rb_profile_frame_label(value frame);
int ruby_native_thread_p(void);
int ruby_thread_has_gvl_p(void);
size_t rb_gc_count(void);
unsigned rb_iseq_line_no(value code, size_t position);
value rb_cObject = 4096;
const char ruby_version[] = "3.1.2";

/* Nobody here reads them, so the compiler would leave them out. */
static __thread uint64_t something[2] __attribute__((used));
static __thread struct context *current __attribute__((used));
static struct context context, other;
static struct code inner, outer;
static uint64_t path[5], stack[STACK_WORDS];
static size_t collections;
static int asked, with_frames = 2;

int rb_profile_frames(int start, int limit, value *frames, int *lines)
{
    asked++;
    for (int i = 0; i < with_frames && i < limit; i++) {
        frames[i] = i ? (value)&outer : (value)&inner;
        lines[i] = LINE_OF_CODE + i;
    }
    return with_frames + start;
}

value rb_profile_frame_absolute_path(value frame)
{
    (void)frame;
    return (value)path;
}

value rb_profile_frame_path(value frame)
{
    (void)frame;
    return (value)path;
}

value rb_profile_frame_label(value frame)
{
    return (value)((struct code *)frame)->label;
}

int ruby_native_thread_p(void)
{
    return 1;
}

int ruby_thread_has_gvl_p(void)
{
    return 1;
}

size_t rb_gc_count(void)
{
    return collections;
}

unsigned rb_iseq_line_no(value code, size_t position)
{
    return (code == (value)&inner ? LINE_OF_CODE : LINE_OF_CODE + 1) + (position == 3 ? 0 : 1000);
}

static void set_text(uint64_t *string, const char *text)
{
    string[0] = T_STRING | NO_EMBED;
    string[2] = strlen(text);
    string[3] = (uintptr_t)text;
}

static void set_code(struct code *code, const char *label)
{
    set_text(code->label, label);
    code->object[0] = ISEQ;
    code->object[2] = (uintptr_t)code->body;
    code->body[0] = (uint64_t)CODE_WORDS << 32;
    code->body[1] = (uintptr_t)code->words;
    code->body[LABEL_AT - 2] = (uintptr_t)path;
    code->body[LABEL_AT - 1] = code->body[LABEL_AT] = (uintptr_t)code->label;
}

static void set_frame(uint64_t *frame, struct code *code, uint64_t *ep)
{
    frame[0] = code ? (uintptr_t)&code->words[4] : 0;
    frame[2] = code ? (uintptr_t)code : 0;
    frame[4] = (uintptr_t)ep;
    ep[0] = LOCAL;
}

static void pretend(void)
{
    uint64_t *frames = stack + STACK_WORDS - FRAMES * FRAME_WORDS;

    something[1] = 0x7fff00000008;
    set_text(path, "/program.rb");
    set_code(&inner, "inner");
    set_code(&outer, "outer");
    set_frame(frames, &inner, stack + 10);
    set_frame(frames + FRAME_WORDS, NULL, stack + 20);
    set_frame(frames + 2 * FRAME_WORDS, &outer, stack + 30);
    context = (struct context){stack, STACK_WORDS, frames};
    current = &context;
}

static void lie_of(const char *lie)
{
    uint64_t *frames = context.frame;

    if (strcmp(lie, "no context") == 0)
        current = NULL;
    else if (strcmp(lie, "context") == 0)
        current = (struct context *)0x7fff00000008;
    else if (strcmp(lie, "odd") == 0)
        current = (struct context *)((uintptr_t)&context + 1);
    else if (strcmp(lie, "stack") == 0)
        context.stack = (uint64_t *)0x7fff00000008;
    else if (strcmp(lie, "words") == 0)
        context.words = SIZE_MAX;
    else if (strcmp(lie, "first frame") == 0)
        context.frame = NULL;
    else if (strcmp(lie, "distance") == 0)
        context.words -= 1;
    else if (strcmp(lie, "iseq") == 0)
        frames[2] = 0x7fff00000008;
    else if (strcmp(lie, "type") == 0)
        outer.object[0] = T_IMEMO | 6 << 12;
    else if (strcmp(lie, "body") == 0)
        outer.object[2] = 0x7fff00000008;
    else if (strcmp(lie, "pc") == 0)
        frames[0] = (uintptr_t)(inner.words + CODE_WORDS) + sizeof(uint64_t);
    else if (strcmp(lie, "label") == 0)
        outer.body[LABEL_AT - 1] = outer.body[LABEL_AT] = 0;
    else if (strcmp(lie, "environment") == 0)
        frames[4] = 0x7fff00000008;
    else if (strcmp(lie, "circle") == 0)
        stack[10] = 0, stack[9] = (uintptr_t)&stack[10];
    else if (strcmp(lie, "line") == 0)
        frames[0] += 8;
    else if (strcmp(lie, "fewer") == 0)
        set_frame(frames + FRAME_WORDS, &outer, stack + 20);
    else if (strcmp(lie, "another thread's") == 0)
        other = (struct context){stack, STACK_WORDS, frames + 2 * FRAME_WORDS}, current = &other;
}

int main(int argc, char **argv)
{
    const char *lie = argc > 1 ? argv[1] : "";
    sqlite3_stmt *stmt;
    sqlite3 *db;
    int wrong = 0;

    pretend();
    lie_of(lie);
    wrong += sqlite3_open(":memory:", &db) != SQLITE_OK;
    for (int i = 0; i < 10; i++) {
        wrong += sqlite3_prepare_v2(db, "SELECT 1", -1, &stmt, NULL) != SQLITE_OK;
        wrong += sqlite3_step(stmt) != SQLITE_ROW;
        wrong += sqlite3_finalize(stmt) != SQLITE_OK;
        collections += strcmp(lie, "collections") == 0;
    }
    fprintf(stderr, "asked %d times\n", asked);
    printf("{\"executions\": 10, \"rows\": 10, \"errors\": 0}\n");
    return wrong + (sqlite3_close(db) != SQLITE_OK) + (something[1] == 0);
}
