#include "exporter/diff/growth.h"

#include <math.h>
#include <stddef.h>

#define CONSTANT_MAX  0.1
#define SUBLINEAR_MAX 0.8
#define LINEAR_MAX    1.25
#define SUPER_MAX     1.75
#define QUADRATIC_MAX 2.25

/* Less data cannot tell a logarithm from a power. */
#define LOG_SCALE_MIN 16.0
#define LOG_TOLERANCE 1.15

static double per_unit(uint64_t number, uint64_t units)
{
    return (double)number / (double)units;
}

bool growth_is_scale(struct growth_sample old, struct growth_sample new)
{
    if (old.size == 0 || new.size == 0 || old.units == 0 || new.units == 0)
        return false;
    double scale = per_unit(new.size, new.units) / per_unit(old.size, old.units);
    return scale >= GROWTH_SCALE_MIN || scale <= 1 / GROWTH_SCALE_MIN;
}

bool growth_is_growing(enum growth_class class)
{
    return class >= GROWTH_LOGARITHMIC;
}

/* The steps of a search are log(size), or one more than that. */
static bool is_logarithmic(double times, double small, double scale)
{
    if (scale < LOG_SCALE_MIN || small < 2)
        return false;
    double steps = log2(small * scale) / log2(small);
    double more_steps = (log2(small * scale) + 1) / (log2(small) + 1);
    return times >= more_steps / LOG_TOLERANCE && times <= steps * LOG_TOLERANCE;
}

static enum growth_class class_of(const struct growth *growth, double small, bool batched)
{
    double exponent = growth->exponent;
    bool turned = growth->scale < 1; /* the new data is the smaller */
    if (exponent <= -CONSTANT_MAX)
        return GROWTH_SHRINKING;
    if (exponent < CONSTANT_MAX)
        return GROWTH_CONSTANT;
    if (batched && exponent <= LINEAR_MAX)
        return GROWTH_CHUNKED;
    if (exponent < SUBLINEAR_MAX)
        return is_logarithmic(turned ? 1 / growth->times : growth->times, small, turned ? 1 / growth->scale : growth->scale)
                   ? GROWTH_LOGARITHMIC
                   : GROWTH_SUBLINEAR;
    return exponent <= LINEAR_MAX      ? GROWTH_LINEAR
           : exponent <= SUPER_MAX     ? GROWTH_SUPERLINEAR
           : exponent <= QUADRATIC_MAX ? GROWTH_QUADRATIC
                                       : GROWTH_STEEPER;
}

struct growth growth_measure(struct growth_sample old, struct growth_sample new)
{
    struct growth growth = {0};
    if (!growth_is_scale(old, new) || old.executions == 0 || new.executions == 0)
        return growth;
    double old_size = per_unit(old.size, old.units);
    double new_size = per_unit(new.size, new.units);
    growth.times = per_unit(new.executions, new.units) / per_unit(old.executions, old.units);
    growth.scale = new_size / old_size;
    growth.exponent = log(growth.times) / log(growth.scale);
    const struct growth_sample *large = old_size < new_size ? &new : &old;
    bool batched = large->batched > 0 && large->batched >= large->executions / 2;
    growth.class = class_of(&growth, old_size < new_size ? old_size : new_size, batched);
    return growth;
}

uint64_t growth_predict(struct growth growth, struct growth_sample old, struct growth_sample new, double factor)
{
    if (growth.class == GROWTH_UNKNOWN || !(factor > 0))
        return new.executions;
    double now = per_unit(new.executions, new.units);
    double size = per_unit(new.size, new.units);
    double then = now;
    if (growth.class == GROWTH_CHUNKED) {
        then = factor > 1 ? now * factor : now; /* however many there are, the last list was full or not */
    } else if (growth.class == GROWTH_LINEAR) {
        double slope = (now - per_unit(old.executions, old.units)) / (size - per_unit(old.size, old.units));
        then = now + slope * size * (factor - 1);
    } else if (growth.class == GROWTH_LOGARITHMIC && size * factor > 2) {
        then = now * log2(size * factor) / log2(size);
    } else if (growth.class != GROWTH_CONSTANT) {
        then = now * pow(factor, growth.exponent);
    }
    then = round(then * (double)new.units);
    return then < 1 ? 1 : then >= 18446744073709551615.0 ? UINT64_MAX : (uint64_t)then;
}

const char *growth_class_name(enum growth_class class)
{
    static const char *const names[] = {
        [GROWTH_SHRINKING] = "shrinking",     [GROWTH_CONSTANT] = "constant",   [GROWTH_LOGARITHMIC] = "logarithmic",
        [GROWTH_SUBLINEAR] = "sublinear",     [GROWTH_CHUNKED] = "chunked",     [GROWTH_LINEAR] = "linear",
        [GROWTH_SUPERLINEAR] = "superlinear", [GROWTH_QUADRATIC] = "quadratic", [GROWTH_STEEPER] = "steeper",
    };
    return (size_t) class < sizeof names / sizeof *names ? names[class] : NULL;
}
