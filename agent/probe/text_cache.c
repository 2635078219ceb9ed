#include "agent/probe/text_cache.h"

#include "agent/base/hash.h"
#include "agent/base/memory.h"
#include "agent/value/value.h"
#include "agent/probe/prepared.h"
#include "agent/process/thread.h"
#include "agent/sql/dialect.h"
#include "agent/sql/template.h"

#define SETS 32
#define WAYS 4 /* texts that begin alike */

struct known {
    struct probe_statement statement;
    uint64_t length; /* of a text that stands for itself alone, by its hash; 0: there is a template */
    uint64_t values[FINGERPRINT_LITERALS];
    struct template template;
};

struct text_cache {
    struct place {
        uint64_t key;        /* 0: free */
        struct known *known; /* made when it is first wanted */
    } place[SETS][WAYS];
    uint32_t turn[SETS];
};

static uint64_t never_free(uint64_t key)
{
    return key | 1;
}

static unsigned set_of(uint64_t key)
{
    return (unsigned)(key >> 32) % SETS;
}

/* The literals' values into the statement. */
static inline void take_values(struct known *known)
{
    struct statement_text *text = &known->statement.text;
    uint64_t literals = 0;

    for (unsigned i = 0; i < known->template.literals; i++) {
        literals = hash_mix(literals, known->values[i]);
        if (known->template.slot[i] < STATEMENT_SLOTS)
            text->slots[known->template.slot[i]].value = known->values[i];
    }
    text->literals = literals ? literals : 1; /* as statement_lex */
}

/* A place for another text in a set; NULL: no memory, and none that could be given up. */
static struct place *place_for(struct thread *thread, struct text_cache *texts, unsigned set)
{
    struct place *places = texts->place[set];
    unsigned way = 0;

    while (way < WAYS && places[way].key)
        way++;
    if (way == WAYS)
        way = texts->turn[set]++ % WAYS;
    if (!places[way].known)
        places[way].known = pool_alloc(&thread->pool, sizeof *places[way].known);
    return places[way].known ? &places[way] : places[0].known ? &places[0] : NULL;
}

static COLD struct probe_statement *learn(struct thread *thread, struct text_cache *texts, const struct sql_dialect *dialect,
                                          const char *sql, size_t length, uint64_t key, uint64_t hash)
{
    struct statement_text text;
    struct template template;
    struct place *place;

    statement_lex(thread, dialect, sql, length, hash, &text);
    /* Another trace for each request would make a template of each. */
    if (!key || text.trace || !template_make(&template, sql, length, &thread->scratch))
        key = 0;
    place = place_for(thread, texts, set_of(key ? key : hash));
    if (!place)
        return NULL;
    place->known->statement = (struct probe_statement){.text = text};
    place->known->length = length;
    if (key) {
        place->known->length = 0;
        place->known->template = template;
        for (unsigned i = 0; i < template.literals; i++)
            place->known->values[i] = thread->scratch.slots[template.slot[i]].value;
    }
    place->key = text.statement ? (key ? key : hash) : 0; /* what could not be interned may be so later */
    return &place->known->statement;
}

/* By the whole text: what no template describes. Apart, so that what one does needs few registers. */
static NOINLINE struct probe_statement *find_whole(struct thread *thread, const struct sql_dialect *dialect, const char *sql,
                                                   size_t length, uint64_t key)
{
    struct text_cache *texts = thread->texts;
    uint64_t hash = never_free(hash_bytes(sql, length, value_salt) ^ dialect->salt);
    const struct place *places = texts->place[set_of(hash)];

    for (unsigned way = 0; way < WAYS; way++) {
        if (places[way].key == hash && places[way].known->length == length)
            return &places[way].known->statement;
    }
    return learn(thread, texts, dialect, sql, length, key, hash);
}

struct probe_statement *text_find(struct thread *thread, const struct sql_dialect *dialect, const char *sql, size_t length)
{
    const struct text_cache *texts = thread->texts;
    const struct place *places;
    uint64_t key = 0;

    thread->texts_found++;
    if (unlikely(!texts)) {
        texts = thread->texts = pool_alloc(&thread->pool, sizeof *texts);
        if (!texts)
            return NULL;
    }
    if (likely(length >= TEMPLATE_PREFIX) && likely(length <= TEMPLATE_MOST)) {
        key = never_free(template_key(sql, length) ^ dialect->salt);
        places = texts->place[set_of(key)];
        for (unsigned way = 0; way < WAYS; way++) {
            struct known *known = places[way].known;
            if (places[way].key != key || known->length || !template_match(&known->template, sql, length, known->values))
                continue;
            if (known->template.literals)
                take_values(known);
            return &known->statement;
        }
    }
    return find_whole(thread, dialect, sql, length, key);
}
