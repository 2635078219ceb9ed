/* Cases of several threads, for probe_corpus.c, which includes this. */
#ifndef NPLUS1_TESTS_PROGRAMS_CORPUS_PROBE_THREADS_H
#define NPLUS1_TESTS_PROGRAMS_CORPUS_PROBE_THREADS_H

#include <semaphore.h>

static void *one_loop(void *argument)
{
    loop_of(PARENTS, CHILDREN, 10, 1);
    return argument;
}

static void *one_child_of_argument(void *argument)
{
    struct query child = query(CHILDREN);

    run(&child, (int64_t)(intptr_t)argument, nothing);
    return NULL;
}

static void in_threads(void *(*work)(void *), unsigned count)
{
    pthread_t thread;

    for (unsigned i = 0; i < count; i++) {
        pthread_create(&thread, NULL, work, (void *)(intptr_t)(1000 + i));
        pthread_join(thread, NULL);
    }
}

static void a_loop_in_each_of_four_threads(void)
{
    in_threads(one_loop, 4);
}

static void one_child_in_each_of_twenty_threads(void)
{
    in_threads(one_child_of_argument, 20);
}

/* A worker that the kernel stops while it looks at what the main thread read, and so has what the group's threads share: it goes
 * on when the others have done their work. The linker puts the function with __wrap_ in place of the agent's (meson.build). */
static sem_t is_stopped, may_go_on;
static _Thread_local bool is_to_stop;

bool __real_source_find_elsewhere(const struct source *source, uint32_t column, uint64_t value, uint32_t *ret_episode);
bool __wrap_source_find_elsewhere(const struct source *source, uint32_t column, uint64_t value, uint32_t *ret_episode);

bool __wrap_source_find_elsewhere(const struct source *source, uint32_t column, uint64_t value, uint32_t *ret_episode)
{
    if (is_to_stop) {
        is_to_stop = false;
        sem_post(&is_stopped);
        sem_wait(&may_go_on);
    }
    return __real_source_find_elsewhere(source, column, value, ret_episode);
}

#define OTHERS 2
#define SHARE  13

/* Keys that stand by themselves: those that follow one another prove less where threads take turns. */
static int64_t key_of(int64_t first, unsigned row, unsigned column)
{
    return first + row * row * INT64_C(37) + column;
}

static void *a_child_while_stopped(void *argument)
{
    is_to_stop = true;
    return one_child_of_argument(argument);
}

static void *a_share_of_children(void *argument)
{
    struct query child = query(CHILDREN);

    for (unsigned i = 0; i < SHARE; i++)
        run(&child, key_of(1000, 1 + (unsigned)(intptr_t)argument + i * OTHERS, 0), nothing);
    return NULL;
}

static void a_worker_that_is_stopped_while_it_looks(void)
{
    struct query parent = query(PARENTS);
    pthread_t stopped, other[OTHERS];

    sem_init(&is_stopped, 0, 0);
    sem_init(&may_go_on, 0, 0);
    run_plain(&parent, (struct result){.rows = 1 + OTHERS * SHARE, .columns = 1, .first = 1000, .cell = key_of});
    pthread_create(&stopped, NULL, a_child_while_stopped, (void *)(intptr_t)1000);
    sem_wait(&is_stopped);
    for (int i = 0; i < OTHERS; i++)
        pthread_create(&other[i], NULL, a_share_of_children, (void *)(intptr_t)i);
    for (int i = 0; i < OTHERS; i++)
        pthread_join(other[i], NULL);
    sem_post(&may_go_on);
    pthread_join(stopped, NULL);
}

#endif
