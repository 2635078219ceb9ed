/* The scenes: which tables there are and how they are filled. The SQL is what SQLite and PostgreSQL have in common.
 *
 * Filling takes one statement per table, whatever the sizes, so that it shows in a report as what it is and not as a loop.
 */
#ifndef NPLUS1_SAMPLES_C_COMMON_SCENE_H
#define NPLUS1_SAMPLES_C_COMMON_SCENE_H

#include <stdint.h>

#define SCENE_SIZES 3

struct scene_statement {
    const char *sql;
    int size; /* which size is its parameter $1, from 1; 0: it has no parameter */
};

struct scene {
    const char *size_names[SCENE_SIZES + 1];
    int64_t sizes[SCENE_SIZES];         /* unless the command line says otherwise */
    const struct scene_statement *seed; /* ends with a NULL */
};

extern const struct scene scene_orders_customer;
extern const struct scene scene_users_posts;
extern const struct scene scene_users_posts_comments;
extern const struct scene scene_customers_orders_items;
extern const struct scene scene_authors_books;

#endif
