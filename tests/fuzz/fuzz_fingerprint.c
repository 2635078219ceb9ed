/* Any bytes as a statement: what must hold for every result. */
#include "agent/sql/fingerprint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/sql/facts/comparison.h"
#include "agent/sql/facts/facts.h"
#include "agent/sql/tags.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                                                         \
    do {                                                                                                                         \
        if (!(condition)) {                                                                                                      \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                                      \
            fprintf(stderr, "first:  <%.*s>\nagain:  <%.*s>\n", (int)fp.text_length, fp.text, (int)again.text_length,            \
                    again.text);                                                                                                 \
            abort();                                                                                                             \
        }                                                                                                                        \
    } while (0)

static struct fingerprint fp, again;

static void check_tags(const char *sql, size_t size)
{
    char value[64];

    if (fp.tags_length == 0)
        return;
    CHECK(fp.tags >= sql && fp.tags_length <= size && fp.tags + fp.tags_length <= sql + size);
    for (size_t room = 0; room <= sizeof value; room += 8) {
        memset(value, 'x', sizeof value);
        if (tags_value(fp.tags, fp.tags_length, "route", value, room) && room > 0)
            CHECK(strlen(value) < room);
    }
}

static void check_facts(void)
{
    struct sql_facts facts;
    char name[48];

    facts_compute(&fp, &facts);
    CHECK(facts.key_page == (facts.key != FACTS_NO_MARK) && (facts.no_table || !facts.function_call));
    for (uint32_t i = 0; i < fp.slots_kept; i++) {
        CHECK(fp.slots[i].at == 0 || fp.text[fp.slots[i].at] == '?');
        CHECK(comparison_column(fp.text, fp.text_length, fp.slots[i].at, name, sizeof name) < sizeof name);
    }
}

static const struct sql_dialect *const dialects[] = {&dialect_generic, &dialect_sqlite, &dialect_postgresql,
                                                     &dialect_postgresql_known[0], &dialect_postgresql_known[1]};

static void check(const struct sql_dialect *dialect, const uint8_t *data, size_t size)
{
    char *sql = malloc(size > 0 ? size : 1); /* a copy that ends where the text ends, for the address sanitiser */

    if (!sql)
        return;
    if (size > 0)
        memcpy(sql, data, size);
    memset(&fp, 0x55, sizeof fp);
    memset(&again, 0xaa, sizeof again);
    fingerprint_compute(dialect, sql, size, &fp);

    CHECK(fp.text_length <= FINGERPRINT_TEXT && fp.text_length <= fp.length);
    CHECK(fp.length > FINGERPRINT_TEXT || fp.text_length == fp.length);
    CHECK(fp.length <= FINGERPRINT_TEXT || fp.text_length >= FINGERPRINT_TEXT - 3);
    CHECK(fp.slots_kept <= FINGERPRINT_LITERALS && fp.slots_kept <= fp.slot_count);
    CHECK(fp.slots_kept == (fp.slot_count < FINGERPRINT_LITERALS ? fp.slot_count : FINGERPRINT_LITERALS));
    CHECK(fp.listed >> fp.slots_kept == 0);
    for (uint32_t i = 0; i < fp.slots_kept; i++)
        CHECK(fp.slots[i].parameter == 0 || fp.slots[i].value == 0);
    CHECK((fp.statements == 0) == (fp.length == 0));
    CHECK(fp.verb <= SQL_PRAGMA);
    check_tags(sql, size);
    check_facts();

    if (fp.length <= FINGERPRINT_TEXT) {
        CHECK(fp.hash == hash_bytes(fp.text, fp.length, 0));
        char *text = malloc(fp.length > 0 ? fp.length : 1);
        if (text) {
            memcpy(text, fp.text, fp.length);
            fingerprint_compute(dialect, text, fp.length, &again);
            CHECK(again.length == fp.length && memcmp(again.text, fp.text, fp.length) == 0);
            CHECK(again.hash == fp.hash && again.verb == fp.verb && again.statements == fp.statements);
            CHECK(again.tags_length == 0);
            CHECK(again.has_limit == fp.has_limit && again.has_offset == fp.has_offset);
            free(text);
        }
    } else {
        fingerprint_compute(dialect, sql, size, &again);
        CHECK(again.hash == fp.hash && again.length == fp.length);
    }
    free(sql);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        check(dialects[i], data, size);
    return 0;
}
