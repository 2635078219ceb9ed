/* Every field of the records that are updated in place, a row each: what is counted has its name, its number and its way of
 * adding up here and in nplus1.proto, and nowhere else. Enums (counters.h), structs of readers (sums.h), loading, merging and
 * evidence are made of these lists; sums.c compares them with the schema when it is compiled.
 *
 *     F(number, NAME, name, adds)          a count
 *     T(number, NAME, name, adds, name_ns) a time: ticks in the recording, nanoseconds under name_ns once it is loaded
 *
 * number and name are those of nplus1.proto, where the fields stand in the same order: 1 to 14, then 18 and on, because 15 is
 * padding and 16 and 17 say whose values these are. NAME is that of the enum. adds says how the shards of a recording add up, and
 * then recordings:
 *
 *     SUM     the sum
 *     MAX     the largest
 *     OR      bits
 *     FIRST   the smallest, but for 0, which is none
 *     WITH    belongs to the field before it, which is a MAX: that of the largest
 *     PRESENT of a shard that still counts; sums_settle has what it says
 */
#ifndef NPLUS1_EXPORTER_STREAM_FIELDS_H
#define NPLUS1_EXPORTER_STREAM_FIELDS_H

#define COUNTER_FIELDS(F, T)                                                                                                     \
    F(1, EXECUTIONS, executions, SUM)                                                                                            \
    F(2, ROWS, rows, SUM)                                                                                                        \
    T(3, TICKS, ticks, SUM, time_ns)                                                                                             \
    F(4, DISTINCT_VALUES, distinct_values, SUM)                                                                                  \
    F(5, ERRORS, errors, SUM)                                                                                                    \
    F(6, BATCHED, batched, SUM)                                                                                                  \
    F(7, REPEATED, repeated, SUM)                                                                                                \
    F(8, UNITS, units, SUM)                                                                                                      \
    F(9, UNIT_MAX, unit_max, MAX)                                                                                                \
    F(10, UNIT_EXECUTIONS_MAX, unit_executions_max, MAX)                                                                         \
    F(11, UNIT_EXECUTIONS_START, unit_executions_start, PRESENT)                                                                 \
    F(12, UNIT_REPEATED_START, unit_repeated_start, PRESENT)                                                                     \
    F(13, FIRST_TICKS, first_ticks, FIRST)                                                                                       \
    F(14, PREPARED, prepared, SUM)

#define FACT_FIELDS(F, T)                                                                                                        \
    F(1, UNITS_SEEN, units_seen, SUM)                                                                                            \
    F(2, TRANSACTIONS, transactions, SUM)                                                                                        \
    F(3, LIST_MAX, list_max, MAX)                                                                                                \
    F(4, LARGE_LISTS, large_lists, SUM)                                                                                          \
    F(5, FANOUT_ROWS, fanout_rows, SUM)                                                                                          \
    F(6, FANOUT_PARENTS, fanout_parents, SUM)                                                                                    \
    F(7, FANOUT_COLUMNS, fanout_columns, MAX)                                                                                    \
    F(8, WATCHED_ROWS, watched_rows, SUM)                                                                                        \
    F(9, UNREAD_ROWS, unread_rows, SUM)                                                                                          \
    F(10, WATCHED_COLUMNS, watched_columns, MAX)                                                                                 \
    F(11, READ_COLUMNS, read_columns, OR)                                                                                        \
    T(12, TRANSACTION_TICKS, transaction_ticks, MAX, transaction_ns)                                                             \
    T(13, TRANSACTION_BUSY_TICKS, transaction_busy_ticks, WITH, transaction_busy_ns)                                             \
    F(14, REPEATED_ELSEWHERE, repeated_elsewhere, SUM)                                                                           \
    F(18, UNMOVED, unmoved, SUM)                                                                                                 \
    F(19, CROWDED, crowded, SUM)                                                                                                 \
    F(20, PIPELINED, pipelined, SUM)                                                                                             \
    F(21, TEXT_RANGES, text_ranges, SUM)                                                                                         \
    T(22, COMMIT_TICKS, commit_ticks, SUM, commit_ns)

#define EDGE_FIELDS(F, T)                                                                                                        \
    F(1, MATCHES, matches, SUM)                                                                                                  \
    F(2, JUDGED, judged, SUM)                                                                                                    \
    F(3, DISTINCT_VALUES, distinct_values, SUM)                                                                                  \
    F(4, EPISODES, episodes, SUM)                                                                                                \
    F(5, MAX_PER_EPISODE, max_per_episode, MAX)                                                                                  \
    F(6, BITS, bits, SUM)                                                                                                        \
    F(7, IN_ORDER, in_order, SUM)                                                                                                \
    F(8, PREFERRED, preferred, SUM)                                                                                              \
    F(9, EPISODES_OF_1, episodes_of_1, SUM)                                                                                      \
    F(10, EPISODES_OF_2, episodes_of_2, SUM)                                                                                     \
    F(11, EPISODES_OF_4, episodes_of_4, SUM)                                                                                     \
    F(12, EPISODES_OF_8, episodes_of_8, SUM)                                                                                     \
    F(13, EPISODES_OF_16, episodes_of_16, SUM)                                                                                   \
    F(14, EPISODES_OF_32, episodes_of_32, SUM)                                                                                   \
    F(18, EPISODES_OF_64, episodes_of_64, SUM)                                                                                   \
    F(19, EPISODES_OF_128, episodes_of_128, SUM)                                                                                 \
    F(20, EPISODES_OF_256, episodes_of_256, SUM)                                                                                 \
    F(21, EPISODES_OF_512, episodes_of_512, SUM)                                                                                 \
    F(22, MOVED, moved, SUM)                                                                                                     \
    F(23, BESIDE, beside, SUM)

#define VISIT_FIELDS(F, T)                                                                                                       \
    F(1, EXECUTIONS, executions, SUM)                                                                                            \
    F(2, STAYS, stays, SUM)                                                                                                      \
    F(3, SINCE, since, PRESENT)

#define OPEN_TRANSACTION_FIELDS(F, T)                                                                                            \
    F(1, SINCE_TICKS, since_ticks, PRESENT)                                                                                      \
    F(2, BUSY_TICKS, busy_ticks, PRESENT)                                                                                        \
    F(3, OPENER, opener, PRESENT)

#define TALLY_FIELDS(F, T) F(1, COUNT, count, SUM)

#define STATUS_FIELDS(F, T)                                                                                                      \
    F(1, TICKS, ticks, MAX)                                                                                                      \
    F(2, MONOTONIC_NS, monotonic_ns, WITH)                                                                                       \
    F(3, LEFT_OUT_EXECUTIONS, left_out_executions, SUM)                                                                          \
    F(4, LEFT_OUT_GROUPS, left_out_groups, SUM)                                                                                  \
    F(5, LEFT_OUT_MEMORY, left_out_memory, SUM)                                                                                  \
    F(6, LEFT_OUT_STREAM, left_out_stream, SUM)                                                                                  \
    F(7, LEFT_OUT_ROWS, left_out_rows, SUM)                                                                                      \
    F(8, LEFT_OUT_ERRORS, left_out_errors, SUM)                                                                                  \
    F(9, LEFT_OUT_TICKS, left_out_ticks, SUM)                                                                                    \
    F(10, LEFT_OUT_CONNECTIONS, left_out_connections, SUM)

/* The messages: number of the field of Record, NAME of enum counters_kind, the message as protobuf-c calls it, prefix of the
 * enum, its fields. */
#define FIELD_MESSAGES(M)                                                                                                        \
    M(2, STATUS, Nplus1__Status, STATUS, STATUS_FIELDS)                                                                          \
    M(9, GROUP, Nplus1__Counters, COUNTER, COUNTER_FIELDS)                                                                       \
    M(11, EDGE, Nplus1__EdgeCounters, EDGE, EDGE_FIELDS)                                                                         \
    M(16, FACTS, Nplus1__Facts, FACT, FACT_FIELDS)                                                                               \
    M(18, VISIT, Nplus1__VisitCounters, VISIT, VISIT_FIELDS)                                                                     \
    M(19, OPEN_TRANSACTION, Nplus1__OpenTransaction, OPEN, OPEN_TRANSACTION_FIELDS)                                              \
    M(21, TALLY, Nplus1__TallyCounters, TALLY, TALLY_FIELDS)

/* The place of a field among those of its message, from 1 on. */
#define FIELD_PLACE(number) ((number) < 15 ? (number) : (number)-3)
#define FIELD_NUMBER(place) ((place) < 15 ? (place) : (place) + 3)

/* How many fields a list has, which is the place of the last one. */
#define FIELD_ONE(...)      +1
#define FIELD_COUNT(fields) (0 fields(FIELD_ONE, FIELD_ONE))

#endif
