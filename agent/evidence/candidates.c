#include "agent/evidence/candidates.h"

#include <emmintrin.h>
#include <stdatomic.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/group/shard.h"
#include "agent/process/thread.h"
#include "agent/sql/facts/comparison.h"
#include "agent/statement/statement.h"
#include "agent/value/value.h"
#include "exporter/stream/evidence.h"
#include "exporter/stream/names.h"

enum { FIT_COMPUTED, FIT_PLAIN, FIT_WELL = FIT_PLAIN + NAMES_WELL };

#define SEVERAL          2 /* parents whose rows are gone through in turns: of more, each is missed too often to prove anything */
#define SEVERAL_SEARCHES 12 /* before that is believed */

#define NAMED WALK_BIT /* worth of a column whose name says that its values are the child's */

/* How well the names fit. Where values and order do not tell two columns apart, names do. */
static uint8_t read_fit(const struct statement_text *text, const struct source *source, uint32_t column, uint32_t slot)
{
    const struct statement *parent = source->shard->group->statement, *child = text->statement;
    char compared[SOURCE_NAME];

    if (column < 32 && (parent->facts.aggregate_columns >> column & 1))
        return FIT_COMPUTED;
    if (!child || !statement_slot_column(text, slot, compared, sizeof compared))
        return FIT_PLAIN;
    return (uint8_t)(FIT_PLAIN + names_fit(source->column[column].name, compared,
                                           (struct names_text){parent->text, parent->text_length},
                                           (struct names_text){child->text, child->text_length}));
}

/* Fits by a hash of what they are of: texts are long to read, and places change hands often. The words of one place fit together
 * only when one writer wrote both: any thread reads and writes. */
#define FITS 1024 /* 16 KiB */
static struct {
    _Atomic uint64_t check, fit; /* the hash xor the fit; the fit plus one */
} fits[FITS];

static uint8_t fit_of(const struct statement_text *text, const struct source *source, uint32_t column, uint32_t slot)
{
    uint32_t at = slot < text->slot_count ? text->slots[slot].at : 0;
    /* A source keeps its names as long as its serial. */
    uint64_t key = hash_mix(hash_mix((uintptr_t)text->statement, at),
                            hash_mix((uintptr_t)source, (uint64_t)source->serial << 8 | column)),
             fit = atomic_load_explicit(&fits[key % FITS].fit, memory_order_relaxed);

    if (fit && (atomic_load_explicit(&fits[key % FITS].check, memory_order_relaxed) ^ fit) == key)
        return (uint8_t)(fit - 1);
    fit = read_fit(text, source, column, slot) + UINT64_C(1);
    atomic_store_explicit(&fits[key % FITS].fit, fit, memory_order_relaxed);
    atomic_store_explicit(&fits[key % FITS].check, key ^ fit, memory_order_relaxed);
    return (uint8_t)(fit - 1);
}

/* An aggregate, a count, an expression is the last to be believed. */
static uint32_t worth_of(const struct candidate *candidate)
{
    return walk_bits(&candidate->walk) / (candidate->fit == FIT_COMPUTED ? 2 : 1);
}

/* WHERE id = ? gives back as id the value it was given: that is no next page, nor the next node of a tree. */
static bool counts(const struct source *source, uint32_t column, const struct group_shard *child)
{
    return !(source->echoes >> column & 1) || (source->shard != child && (source->tells >> column & 1));
}

static bool is_met(const struct lookout *lookout, const struct candidate *c)
{
    return c->matches >= 2 && candidate_has_two(c) && c->matches * 4 >= (lookout->searches - c->silent) * 3 &&
           candidate_is_valid(c);
}

/* From one row's key to another one's: all rows between them are loaded at once. From a key to itself is one row's. */
static bool is_chunk(const struct lookout *lookout, const struct candidate *c)
{
    for (uint32_t i = 0; i < lookout->candidates && c->is_end; i++) {
        const struct candidate *other = &lookout->candidate[i];
        if (other->is_end && other->source == c->source && other->column == c->column && other->slot != c->slot &&
            other->walk.last != c->walk.last && is_met(lookout, other))
            return true;
    }
    return false;
}

static bool explains(const struct lookout *lookout, const struct candidate *c, const struct group_shard *child)
{
    return is_met(lookout, c) && counts(c->source, c->column, child) && !is_chunk(lookout, c);
}

/* The other parameters that rows of the same result explain, too: the rest of a composite key. */
static uint32_t companions(const struct lookout *lookout, const struct candidate *candidate, const struct group_shard *child)
{
    uint64_t slots = 0;

    for (uint32_t i = 0; i < lookout->candidates; i++) {
        const struct candidate *c = &lookout->candidate[i];
        if (c->source == candidate->source && c->slot != candidate->slot && explains(lookout, c, child))
            slots |= UINT64_C(1) << (c->slot & 63);
    }
    return (uint32_t)__builtin_popcountll(slots);
}

/* Most values stand in results that the parent has left behind, as small numbers do by chance, or in those of a queue. */
static bool lags(const struct candidate *candidate)
{
    return candidate->walk.behind * 2 > candidate->matches;
}

/* Tasks take turns, and rows of one statement were read by several lines of the program: each line's rows have the same values. A
 * task's connection read its own ones. */
static bool is_strange(const struct candidate *candidate)
{
    return candidate->strange * 2 > candidate->matches;
}

static bool are_of_one_statement(const struct candidate *a, const struct candidate *b)
{
    return a->source != b->source && a->column == b->column &&
           a->source->shard->group->statement == b->source->shard->group->statement;
}

/* The child's statement itself, from another line: a tree, which is rarer than a list whose keys are the same numbers. */
static bool is_of_child(const struct candidate *candidate, const struct group_shard *child)
{
    return candidate->source->shard->group->statement == child->group->statement;
}

static const struct walk_position *position(const struct lookout *lookout, const struct candidate *candidate)
{
    return candidate == lookout->chosen ? &lookout->episodes.at : &candidate->episodes.at;
}

/* Two parameters of one row: what says that the row is met says so of both. */
static bool are_of_one_row(const struct lookout *lookout, const struct candidate *a, const struct candidate *b)
{
    return a->source == b->source && a->serial == b->serial && a->slot != b->slot && a->searched == b->searched &&
           a->lately == b->lately && position(lookout, a)->row != 0 && position(lookout, a)->row == position(lookout, b)->row;
}

/* What says that the rows are gone through: the candidate itself, and the other parameters that stand in each row that it meets.
 */
static uint32_t worth_of_row(const struct lookout *lookout, const struct candidate *candidate)
{
    uint32_t worth = worth_of(candidate), slots = 0;

    if (!(lookout->varied & (lookout->varied - 1)))
        return worth;
    for (uint32_t i = 0; i < lookout->candidates; i++) {
        const struct candidate *c = &lookout->candidate[i];
        if (c->source != candidate->source || (slots >> c->slot & 1) || !are_of_one_row(lookout, c, candidate))
            continue;
        slots |= UINT32_C(1) << c->slot;
        worth += worth_of(c);
    }
    return worth;
}

/* Of those, the column that tells rows apart, as one of few values does not; else the first parameter, whatever bits values
 * happen to share (candidate.seen). */
static bool tells_more(uint32_t bits_a, uint32_t bits_b, const struct candidate *a, const struct candidate *b)
{
    if (bits_a / 2 > bits_b || bits_b / 2 > bits_a)
        return bits_a > bits_b;
    return a->slot < b->slot;
}

/* Its rows were read later, and are gone through as well, row by row: orders of an earlier list have the keys of these customers
 * in their order, too. `b` has more bits only because it has more rows. */
static bool supersedes(const struct candidate *a, const struct candidate *b, const struct group_shard *child)
{
    return a->source != b->source && !a->elsewhere && !b->elsewhere && a->slot == b->slot && !is_of_child(a, child) &&
           a->source->began > b->source->began && a->walk.adjacent >= b->walk.adjacent && a->walk.in_order >= b->walk.in_order &&
           a->matches >= b->matches && candidate_distinct(a) >= candidate_distinct(b) && a->fit >= b->fit &&
           walk_bits(&a->walk) >= VERDICT_PROOF_BITS;
}

/* Numbers that are met by their size stand in that order in any list that has it, too. Where those that one column has not are
 * passed just so, and the other one has them, its rows are not what is gone through. */
static bool is_sorted_beside(const struct candidate *a, const struct candidate *b)
{
    return walk_is_sorted(&a->walk) && !walk_is_sorted(&b->walk) && b->walk.adjacent < b->walk.in_order && a->slot == b->slot;
}

/* Is `a` the better explanation? Compared on the same searches. */
static bool better(const struct lookout *lookout, const struct group_shard *child, const struct candidate *a,
                   const struct candidate *b)
{
    bool same = a->source == b->source;
    uint32_t bits_a = same ? worth_of(a) : worth_of_row(lookout, a), bits_b = same ? worth_of(b) : worth_of_row(lookout, b);
    uint32_t with_a, with_b;
    uint32_t distinct_a = candidate_distinct(a), distinct_b = candidate_distinct(b);

    if (are_of_one_statement(a, b) && is_strange(a) != is_strange(b))
        return is_strange(b);
    if (lags(a) != lags(b) && (lags(a) ? bits_b : bits_a) >= VERDICT_PROOF_BITS / 2)
        return lags(b);
    if (are_of_one_row(lookout, a, b))
        return tells_more(bits_a, bits_b, a, b);
    if (is_sorted_beside(a, b) || is_sorted_beside(b, a))
        return is_sorted_beside(a, b);
    if (supersedes(a, b, child) || supersedes(b, a, child))
        return supersedes(a, b, child);
    if (evidence_has_much_more(bits_a, bits_b) || evidence_has_much_more(bits_b, bits_a))
        return bits_a > bits_b;
    with_a = companions(lookout, a, child);
    with_b = companions(lookout, b, child);
    if (with_a != with_b)
        return with_a > with_b;
    /* Of two columns of one result the names say more than that one's values stand in each row: with an identity map each value
     * of a foreign key is asked for once, and the first rows' own keys are the same numbers. */
    if (a->source == b->source && a->fit != b->fit)
        return a->fit > b->fit;
    if (is_of_child(a, child) != is_of_child(b, child))
        return is_of_child(b, child);
    if (a->walk.adjacent != b->walk.adjacent)
        return a->walk.adjacent > b->walk.adjacent;
    if (a->matches != b->matches)
        return a->matches > b->matches;
    if (distinct_a != distinct_b)
        return distinct_a > distinct_b;
    if (a->fit != b->fit)
        return a->fit > b->fit;
    if (a->elsewhere != b->elsewhere)
        return b->elsewhere;
    if (a->walk.step != b->walk.step) /* backwards is rarer than forwards */
        return a->walk.step > b->walk.step;
    if (a->source != b->source)
        return a->source->began > b->source->began;
    /* A result that arrives as a whole: orders 1 to 100 have the keys of ten customers in their own, too. The column that holds
     * little else explains more. */
    return source_distinct(a->source, a->column) < source_distinct(b->source, b->column);
}

/* A place that may be given up. */
static bool is_weak(const struct lookout *lookout, const struct candidate *candidate)
{
    return candidate != lookout->chosen &&
           (!candidate_is_valid(candidate) || candidate->matches < (lookout->searches - candidate->silent) / 4);
}

_Static_assert(CANDIDATES_MOST == CANDIDATES_FEW << CANDIDATES_LEFT, "a list of each size that is left for a larger one");

/* Lists that were left for larger ones, of so many places: others grow, too. */
static struct candidate **left_lists(struct thread *thread, uint32_t places)
{
    return &thread->left_candidates[__builtin_ctz(places / CANDIDATES_FEW)];
}

static struct candidate *take_list(struct thread *thread, uint32_t places)
{
    struct candidate **left = places < CANDIDATES_MOST ? left_lists(thread, places) : NULL, *list = left ? *left : NULL;

    if (!list)
        return pool_alloc_spare(&thread->pool, places * sizeof *list);
    memcpy(left, list, sizeof *left);
    memset(list, 0, places * sizeof *list);
    return list;
}

static void leave_list(struct thread *thread, struct candidate *list, uint32_t places)
{
    struct candidate **left = left_lists(thread, places);

    memcpy(list, left, sizeof *left);
    *left = list;
}

/* More places. The candidates move, and what points to them. */
static bool grow(struct thread *thread, struct lookout *lookout)
{
    uint32_t few = lookout->candidates, count = few ? few * 2 : CANDIDATES_FEW;
    struct candidate *fresh;

    if (count > CANDIDATES_MOST)
        return false;
    fresh = take_list(thread, count);
    if (!fresh)
        return false;
    if (few) {
        memcpy(fresh, lookout->candidate, few * sizeof *fresh);
        if (lookout->chosen)
            lookout->chosen = fresh + (lookout->chosen - lookout->candidate);
        if (lookout->moved_to)
            lookout->moved_to = fresh + (lookout->moved_to - lookout->candidate);
        leave_list(thread, lookout->candidate, few);
    }
    lookout->candidate = fresh;
    lookout->candidates = count;
    return true;
}

static uint32_t tag_of(const struct source *source, uint32_t column, uint32_t slot)
{
    return source->serial << 11 ^ column << 5 ^ slot;
}

/* That of a column, by the tags: most of what a search finds was found before. */
struct candidate *candidate_find(struct lookout *lookout, const struct source *source, uint32_t column, uint32_t slot)
{
    const __m128i tag = _mm_set1_epi32((int)tag_of(source, column, slot));

    for (uint32_t i = 0; i < lookout->candidates; i += 4) {
        __m128i same = _mm_cmpeq_epi32(_mm_loadu_si128((const __m128i *)(const void *)&lookout->tag[i]), tag);
        for (unsigned left = (unsigned)_mm_movemask_ps(_mm_castsi128_ps(same)); left; left &= left - 1) {
            struct candidate *c = &lookout->candidate[i + (unsigned)__builtin_ctz(left)];
            if (c->source == source && c->column == column && c->slot == slot && candidate_is_valid(c))
                return c;
        }
    }
    return NULL;
}

static inline bool says_nothing(const struct walk *walk)
{
    return walk->order < WALK_BIT && walk->set < WALK_BIT &&
           (walk->order > 0 ? walk->order : 0) + (walk->set > 0 ? walk->set : 0) < WALK_BIT;
}

/* WHERE id = ? of an UPDATE. */
static bool is_key(const struct statement_text *text, uint32_t slot)
{
    char compared[SOURCE_NAME];

    return text->statement && text->statement->verb == SQL_UPDATE && statement_slot_column(text, slot, compared, sizeof compared);
}

/* The one that says least, where there is one that says less than nothing. */
static struct candidate *least(struct lookout *lookout)
{
    struct candidate *found = NULL;

    for (uint32_t i = 0; i < lookout->candidates && lookout->searches >= 3; i++) {
        struct candidate *c = &lookout->candidate[i];
        if (says_nothing(&c->walk) && (!found || c->walk.order < found->walk.order) && c != lookout->chosen)
            found = c;
    }
    return found;
}

struct candidate *candidate_place(struct thread *thread, struct lookout *lookout, const struct statement_text *text,
                                  struct source *source, uint32_t column, uint32_t slot)
{
    struct candidate *place = candidate_find(lookout, source, column, slot);
    uint8_t fit;

    if (place)
        return place;
    while (lookout->weak < lookout->candidates && !is_weak(lookout, &lookout->candidate[lookout->weak]))
        lookout->weak++;
    if (lookout->weak < lookout->candidates)
        place = &lookout->candidate[lookout->weak];
    if (!place && grow(thread, lookout))
        place = &lookout->candidate[lookout->candidates == CANDIDATES_FEW ? 0 : lookout->candidates / 2];
    if (!place && !(place = least(lookout)))
        return NULL;
    fit = fit_of(text, source, column, slot);
    *place = (struct candidate){.source = source,
                                .serial = source->serial,
                                .column = (uint8_t)column,
                                .slot = (uint8_t)slot,
                                .fit = fit,
                                .is_end = text->range_ends >> slot & 1,
                                .is_key = is_key(text, slot),
                                .walk.order = fit == FIT_WELL ? NAMED : 0,
                                .walk.is_listed = text->listed >> slot & 1};
    lookout->tag[place - lookout->candidate] = tag_of(source, column, slot);
    return place;
}

/* Some parameter of the source's statement may be what it gives back in this column: the text does not say that it is compared
 * with another one. */
static bool may_echo(const struct source *source, uint32_t column)
{
    const struct statement *statement = source->shard->group->statement;

    return !comparison_all_differ(statement->text, statement->text_length, source->column[column].name, SOURCE_NAME);
}

bool candidate_may_count(const struct source *source, uint32_t column, const struct group_shard *child)
{
    uint64_t bit = UINT64_C(1) << column;

    return !(source->echoes & bit) || (source->shard != child && ((source->tells & bit) || !may_echo(source, column)));
}

bool candidate_may_count_own(struct source *source, uint32_t column, const struct group_shard *child)
{
    uint64_t bit = UINT64_C(1) << column;

    if (!(source->echoes & bit))
        return true;
    if (source->shard == child)
        return false;
    if (!(source->compared_known & bit)) {
        source->compared_else |= may_echo(source, column) ? 0 : bit;
        source->compared_known |= bit;
    }
    return ((source->tells | source->compared_else) & bit) != 0;
}

/* What an UPDATE sets may come from anywhere, a sum that was asked for: whose row it is says what the loop goes through. The key
 * in the row of the best explanation, or where there is none in it, that of other rows; NULL: none proves by itself. */
static struct candidate *key_beside(struct lookout *lookout, const struct group_shard *child, const struct candidate *best)
{
    struct candidate *of_row = NULL, *other = NULL;
    bool has_key = false;

    for (uint32_t i = 0; i < lookout->candidates; i++) {
        struct candidate *c = &lookout->candidate[i];
        bool is_of_row = are_of_one_row(lookout, c, best);
        struct candidate **found = is_of_row ? &of_row : &other;
        if (!c->is_key || !explains(lookout, c, child))
            continue;
        has_key |= is_of_row;
        if (worth_of(c) >= VERDICT_PROOF_BITS && (!*found || better(lookout, child, c, *found)))
            *found = c;
    }
    return has_key ? of_row : other;
}

struct candidate *candidate_best(struct lookout *lookout, const struct group_shard *child)
{
    struct candidate *best = NULL, *key;
    bool has_key = false;

    for (uint32_t i = 0; i < lookout->candidates; i++) {
        struct candidate *c = &lookout->candidate[i];
        has_key |= c->is_key;
        if (explains(lookout, c, child) && (!best || better(lookout, child, c, best)))
            best = c;
    }
    key = best && has_key && !best->is_key ? key_beside(lookout, child, best) : NULL;
    return key ? key : best;
}

bool candidate_is_rival(const struct candidate *candidate, const struct candidate *other)
{
    int own = __builtin_popcount(candidate->lately), others = __builtin_popcount(other->lately),
        both = __builtin_popcount(candidate->lately & other->lately);

    return both > 0 && both * 2 >= (own < others ? own : others);
}

bool candidate_covers(const struct candidate *candidate, const struct candidate *other)
{
    return other->lately != 0 && (other->lately & ~candidate->lately) == 0;
}

/* The one that explains most of the searches that are left, bits, and hardly any of the others; NULL: none. */
static struct candidate *next_of_several(struct lookout *lookout, const struct group_shard *child, uint32_t left,
                                         const struct candidate *first)
{
    struct candidate *best = NULL;

    for (uint32_t i = 0; i < lookout->candidates; i++) {
        struct candidate *c = &lookout->candidate[i];
        int own, shared;
        if (walk_bits(&c->walk) < VERDICT_PROOF_BITS || !candidate_is_valid(c) || c->elsewhere ||
            (first && c->slot != first->slot))
            continue;
        own = __builtin_popcount(c->lately & left);
        shared = __builtin_popcount(c->lately & ~left);
        if (own < 2 || shared * 8 > own || !counts(c->source, c->column, child) || is_chunk(lookout, c))
            continue;
        if (!best || own > __builtin_popcount(best->lately & left))
            best = c;
    }
    return best;
}

struct candidate *candidate_of_several(struct lookout *lookout, const struct group_shard *child)
{
    uint32_t searches = lookout->searches < 32 ? lookout->searches : 32;
    uint32_t left = searches < 32 ? (UINT32_C(1) << searches) - 1 : UINT32_MAX, most = searches / 4;
    struct candidate *found[SEVERAL] = {NULL};
    uint32_t count = 0;

    while (searches >= SEVERAL_SEARCHES && count < SEVERAL && (uint32_t)__builtin_popcount(left) > most) {
        found[count] = next_of_several(lookout, child, left, found[0]);
        if (!found[count])
            return NULL;
        left &= ~found[count++]->lately;
    }
    if ((uint32_t)__builtin_popcount(left) > most)
        return NULL;
    for (uint32_t i = 1; i < count; i++)
        found[i]->is_counted = true;
    return found[0];
}

/* Other rows with the same keys, which have not what is set. */
static bool is_no_second(const struct lookout *lookout, const struct candidate *best, const struct candidate *c)
{
    return best->is_key && evidence_has_much_more(worth_of_row(lookout, best), worth_of_row(lookout, c));
}

struct candidate *candidate_second(struct lookout *lookout, const struct candidate *best, const struct group_shard *child)
{
    struct candidate *second = NULL;

    for (uint32_t i = 0; i < lookout->candidates; i++) {
        struct candidate *c = &lookout->candidate[i];
        if (c != best && !c->is_counted && c->slot == best->slot && walk_bits(&c->walk) > 0 && explains(lookout, c, child) &&
            (!lags(c) || lags(best)) && !is_no_second(lookout, best, c) && (!second || better(lookout, child, c, second)))
            second = c;
    }
    return second;
}

void candidates_missed(const struct thread *thread, struct lookout *lookout, uint32_t slots)
{
    for (uint32_t i = 0; i < lookout->candidates; i++) {
        struct candidate *candidate = &lookout->candidate[i];
        if (!candidate_is_valid(candidate))
            continue;
        candidate->lately = candidate->lately << 1 | (candidate->searched == lookout->searches);
        if (candidate->searched == lookout->searches)
            continue;
        if (candidate != lookout->chosen)
            walk_count_on(&candidate->walk, lookout->values[candidate->slot]);
        if (!(slots >> candidate->slot & 1) || candidate->is_counted ||
            (!candidate->elsewhere && source_is_silent(thread, candidate->source)))
            candidate->silent++;
        else if (candidate != lookout->chosen)
            walk_miss(&candidate->walk);
    }
}

void candidates_fade(struct lookout *lookout)
{
    lookout->searches /= 4;
    for (uint32_t slot = 0; slot < STATEMENT_SLOTS; slot++)
        lookout->nulls[slot] /= 4;
    for (uint32_t i = 0; i < lookout->candidates; i++) {
        lookout->candidate[i].matches /= 4;
        lookout->candidate[i].strange /= 4;
        lookout->candidate[i].silent /= 4;
    }
}
