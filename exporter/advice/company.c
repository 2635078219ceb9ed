#include "exporter/advice/company.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "exporter/advice/rewrite/writes.h"
#include "exporter/base/alloc.h"
#include "exporter/stream/nplus1.pb-c.h"

#define NAME_MAX_LENGTH 100 /* bytes of a table's name that are compared */
#define ABSENT_MIN      3   /* rows that were not there, and inserted: fewer may be chance */
#define INSERTS_MAX     64  /* others of one function that are looked at: a function that runs everything has thousands */

/* A group that writes or is about a savepoint, by its function. */
struct member {
    uint64_t place;
    uint32_t group;
    bool inserts;
    uint64_t begun, ended; /* of the first one of a place: executions of all of its savepoints */
};

struct company {
    const struct model *model;
    struct member *members; /* by place, inserts first, then group */
    uint32_t count, capacity;
};

/* Ruby's blocks belong to their method. */
static const char *method_of(const char *function)
{
    const char *name = function;
    for (const char *at = strstr(name, " in "); at; at = strstr(name, " in "))
        name = at + 4;
    return name;
}

/* 0: unknown. */
static uint64_t place_of(const struct model *model, const struct model_group *g)
{
    if (g->location == MODEL_NONE || !model->frames[g->location].file)
        return 0;
    const struct model_frame *frame = &model->frames[g->location];
    const char *method = method_of(frame->function);
    uint64_t code = hash_mix((uintptr_t)frame->file, hash_bytes(method, strlen(method), 0));
    return hash_mix(code, g->database) | 1;
}

static bool is_of_savepoint(const struct model_statement *s)
{
    switch (s->verb) {
    case NPLUS1__VERB__VERB_SAVEPOINT:
    case NPLUS1__VERB__VERB_RELEASE:
        return true;
    case NPLUS1__VERB__VERB_ROLLBACK:
        return strncmp(s->text, "rollback to", strlen("rollback to")) == 0;
    default:
        return false;
    }
}

static int compare(const void *a, const void *b)
{
    const struct member *x = a;
    const struct member *y = b;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    if (x->inserts != y->inserts)
        return x->inserts ? -1 : 1;
    return x->group < y->group ? -1 : x->group > y->group;
}

static void sum_savepoints(struct company *company)
{
    struct member *first = company->members;
    for (uint32_t i = 0; i < company->count; i++) {
        const struct member *m = &company->members[i];
        const struct model_group *g = &company->model->groups[m->group];
        first = m->place == first->place ? first : &company->members[i];
        if (m->inserts)
            continue;
        bool begins = company->model->statements[g->statement].verb == NPLUS1__VERB__VERB_SAVEPOINT;
        first->begun += begins ? g->executions : 0;
        first->ended += begins ? 0 : g->executions;
    }
}

struct company *company_create(const struct model *model)
{
    struct company *company = alloc_zeroed(1, sizeof *company);
    company->model = model;
    for (uint32_t i = 0; i < model->group_count; i++) {
        const struct model_group *g = &model->groups[i];
        const struct model_statement *s = &model->statements[g->statement];
        uint64_t place = is_of_savepoint(s) || s->verb == NPLUS1__VERB__VERB_INSERT ? place_of(model, g) : 0;
        if (place == 0)
            continue;
        ALLOC_GROW(company->members, company->count, company->capacity);
        company->members[company->count++] = (struct member){
            .place = place, .group = i, .inserts = s->verb == NPLUS1__VERB__VERB_INSERT};
    }
    if (company->count > 0)
        qsort(company->members, company->count, sizeof *company->members, compare);
    sum_savepoints(company);
    return company;
}

void company_destroy(struct company *company)
{
    if (!company)
        return;
    free(company->members);
    free(company);
}

static uint32_t find_first(const struct company *company, uint64_t place)
{
    uint32_t low = 0;
    uint32_t high = company->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (company->members[middle].place < place)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool same_table(const struct model *model, struct sql_statements *statements, uint32_t a, uint32_t b)
{
    char names[2][NAME_MAX_LENGTH];
    const struct model_statement *s[] = {&model->statements[model->groups[a].statement],
                                         &model->statements[model->groups[b].statement]};
    for (int i = 0; i < 2; i++) {
        if (s[i]->length > strlen(s[i]->text) ||
            !rewrite_table(sql_statements_get(statements, s[i]->text), names[i], sizeof names[i]))
            return false;
    }
    return strcmp(names[0], names[1]) == 0;
}

/* As many as there were executions without a row: what was not there was inserted. */
static bool is_for_absent(const struct model_group *g, uint64_t inserts)
{
    uint64_t absent = g->rows < g->executions ? g->executions - g->rows : 0;
    uint64_t off = absent > inserts ? absent - inserts : inserts - absent;
    return absent >= ABSENT_MIN && off <= absent / 10;
}

struct advice_company company_find(const struct company *company, struct sql_statements *statements, uint32_t group)
{
    const struct model *model = company->model;
    const struct model_group *g = &model->groups[group];
    struct advice_company found = {.executions = g->executions};
    uint64_t place = place_of(model, g);
    uint32_t at = place ? find_first(company, place) : company->count;
    if (at == company->count || company->members[at].place != place)
        return found;
    const struct member *first = &company->members[at];
    const struct member *end = company->members + company->count;
    const struct member *m = first;
    for (int i = 0; i < INSERTS_MAX && !found.inserts && m < end && m->place == place && m->inserts; i++, m++) {
        uint32_t other = m->group;
        uint64_t executions = model->groups[other].executions;
        bool absent = is_for_absent(g, executions);
        if (other == group || (!absent && executions <= g->executions / 2) || !same_table(model, statements, other, group))
            continue;
        found.inserts = true;
        found.inserts_absent = absent;
    }
    if (first->begun <= g->executions / 2)
        return found;
    found.savepoints = first->begun + first->ended;
    found.savepoints_open = first->begun > first->ended ? first->begun - first->ended : 0;
    return found;
}
