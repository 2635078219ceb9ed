/* What it costs to walk the frames of the Python function that calls measure(), nanoseconds. A library for bench/orm.py:
 * the walker alone, without the agent. */
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "agent/base/hash.h"
#include "agent/process/thread.h"
#include "collectors/languages/python/python.h"
#include "agent/loading/exports.h"

#define FRAMES_MAX 256

static struct thread runner;
__thread struct thread *thread_self = &runner;

void *exports_find(const char *name)
{
    return dlsym(RTLD_DEFAULT, name);
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double measure(int times, int *ret_frames);

/* The best of ten rounds; -1: the walker does not work here. */
double measure(int times, int *ret_frames)
{
    struct vm_frame frames[FRAMES_MAX];
    const char *why;
    double best = -1;

    if (!python_walker.present() || !python_walker.start(&why))
        return -1;
    for (int round = 0; round < 10; round++) {
        double start = now_ns(), each;
        for (int i = 0; i < times; i++) {
            size_t count = python_walker.walk(frames, FRAMES_MAX);
            uint64_t hash = count;
            for (size_t j = 0; j < count; j++) /* as the agent looks a stack up */
                hash = hash_mix(hash, frames[j].key);
            __asm__ volatile("" : : "r"(hash));
            *ret_frames = (int)count;
        }
        each = (now_ns() - start) / times;
        if (best < 0 || each < best)
            best = each;
    }
    return best;
}
