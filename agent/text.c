#include "text.h"

#include "base/memory.h"
#include "probe.h"
#include "template.h"

#define SETS 32
#define WAYS 4 /* texts that begin alike */

struct known {
    struct probe_statement statement;
    uint64_t length; /* of a text that stands for itself alone, by its hash; 0: there is a template */
    uint64_t values[FINGERPRINT_LITERALS];
    struct template template;
};

struct text_cache {
    uint64_t key[SETS][WAYS]; /* 0: free */
    uint32_t turn[SETS];
    struct known known[SETS][WAYS]; /* touched as needed */
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
    text->literals = literals ? literals : 1;
}

static COLD struct probe_statement *learn(struct thread *thread, struct text_cache *texts, const char *sql, size_t length,
                                          uint64_t key, uint64_t hash)
{
    struct statement_text text;
    struct template template;
    struct known *known;
    unsigned set, way;

    statement_lex(thread, sql, length, hash, &text);
    /* Another trace for each request would make a template of each. */
    if (!key || text.trace || !template_make(&template, sql, length, &thread->scratch))
        key = 0;
    set = set_of(key ? key : hash);
    for (way = 0; way < WAYS && texts->key[set][way]; way++)
        ;
    if (way == WAYS)
        way = texts->turn[set]++ % WAYS;
    known = &texts->known[set][way];
    known->statement = (struct probe_statement){.text = text};
    known->length = length;
    if (key) {
        known->length = 0;
        known->template = template;
        for (unsigned i = 0; i < template.literals; i++)
            known->values[i] = thread->scratch.slots[template.slot[i]].value;
    }
    texts->key[set][way] = text.statement ? (key ? key : hash) : 0; /* what could not be interned may be so later */
    return &known->statement;
}

struct probe_statement *text_find(struct thread *thread, const char *sql, size_t length)
{
    struct text_cache *texts = thread->texts;
    uint64_t key = 0, hash;
    unsigned set;

    thread->texts_found++;
    if (unlikely(!texts)) {
        texts = thread->texts = memory_map(sizeof *texts);
        if (!texts)
            return NULL;
    }
    if (likely(length >= TEMPLATE_PREFIX) && likely(length <= TEMPLATE_MOST)) {
        key = never_free(template_key(sql, length));
        set = set_of(key);
        for (unsigned way = 0; way < WAYS; way++) {
            struct known *known = &texts->known[set][way];
            if (texts->key[set][way] != key || known->length || !template_match(&known->template, sql, length, known->values))
                continue;
            if (known->template.literals)
                take_values(known);
            return &known->statement;
        }
    }
    hash = never_free(hash_bytes(sql, length, value_salt));
    set = set_of(hash);
    for (unsigned way = 0; way < WAYS; way++) {
        if (texts->key[set][way] == hash && texts->known[set][way].length == length)
            return &texts->known[set][way].statement;
    }
    return learn(thread, texts, sql, length, key, hash);
}
