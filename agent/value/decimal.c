#include "agent/value/decimal.h"

#include <string.h>

#define EXACT_POWER    22 /* 10^22 is a double */
#define EXACT_DIGITS   (UINT64_C(1) << 53)
#define WORD_POWER     27 /* 5^27 fits into 64 bits */
#define MANTISSA_BITS  53
#define FRACTION_MOST  12 /* decimals of a single-precision number that are looked at */
#define EXPONENT_CHARS 5

typedef unsigned __int128 wide;

static uint64_t power_of_five(int exponent)
{
    uint64_t power = 1;

    while (exponent-- > 0)
        power *= 5;
    return power;
}

static double power_of_two(int exponent)
{
    uint64_t bits = (uint64_t)(1023 + exponent) << 52;
    double v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

/* digits / 10^-exponent, to the nearest, ties to even. */
static double divide(uint64_t digits, int exponent)
{
    int shift = __builtin_clzll(digits) + 64, drop;
    wide numerator = (wide)digits << shift, quotient;
    uint64_t divisor = power_of_five(-exponent), mantissa, high;
    wide rest, half;

    quotient = numerator / divisor;
    high = (uint64_t)(quotient >> 64);
    drop = (high ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll((uint64_t)quotient)) - MANTISSA_BITS;
    mantissa = (uint64_t)(quotient >> drop);
    rest = quotient & (((wide)1 << drop) - 1);
    half = (wide)1 << (drop - 1);
    if (rest > half || (rest == half && (numerator % divisor != 0 || (mantissa & 1))))
        mantissa++;
    return (double)mantissa * power_of_two(drop - shift + exponent);
}

bool decimal_double(uint64_t digits, int exponent, double *ret)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

    /* Both numbers are exact as doubles, so one operation rounds correctly. */
    if (digits == 0)
        *ret = 0;
    else if (digits <= EXACT_DIGITS && exponent >= -EXACT_POWER && exponent <= EXACT_POWER)
        *ret = exponent < 0 ? (double)digits / powers[-exponent] : (double)digits * powers[exponent];
    else if (exponent < 0 && exponent >= -WORD_POWER)
        *ret = divide(digits, exponent);
    else if (exponent >= 0 && exponent <= WORD_POWER)
        *ret = (double)((wide)digits * power_of_five(exponent)) * power_of_two(exponent);
    else
        return false;
    return true;
}

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

static bool take_digits(const char *p, const char *end, uint64_t *digits)
{
    for (; p < end; p++) {
        if (*digits > (UINT64_MAX - 9) / 10)
            return false;
        *digits = *digits * 10 + (uint64_t)(*p - '0');
    }
    return true;
}

/* e+16, with its sign: 12e4 may be a code. False when it is something else. */
static bool read_exponent(const char *p, const char *end, int *exponent)
{
    int e = 0;

    if (end - p < 3 || end - p > EXPONENT_CHARS || (*p | 0x20) != 'e' || (p[1] != '+' && p[1] != '-') ||
        skip_digits(p + 2, end) != end)
        return false;
    for (const char *q = p + 2; q < end; q++)
        e = e * 10 + (*q - '0');
    *exponent += p[1] == '-' ? -e : e;
    return true;
}

bool decimal_parse(const char *text, size_t length, double *ret, size_t *ret_plain)
{
    const char *end = text + length, *whole = text + (length > 0 && *text == '-');
    const char *point = skip_digits(whole, end), *fraction = point, *last = point;
    uint64_t digits = 0;
    int exponent = 0;
    const char *behind;

    *ret_plain = 0;
    if (point == whole || (*whole == '0' && point > whole + 1) || point == end)
        return false;
    behind = point;
    if (*point == '.') {
        fraction = point + 1;
        behind = last = skip_digits(fraction, end);
        if (behind == fraction)
            return false;
        while (last > fraction && last[-1] == '0')
            last--;
        exponent = (int)(fraction - last);
    }
    if (behind == end)
        *ret_plain = (size_t)((last > fraction ? last : point) - text);
    else if (!read_exponent(behind, end, &exponent))
        return false;
    if (!take_digits(whole, point, &digits) || !take_digits(fraction, last, &digits) || !decimal_double(digits, exponent, ret))
        return false;
    if (whole > text)
        *ret = -*ret;
    return true;
}

double decimal_of_single(double v)
{
    double magnitude = v < 0 ? -v : v, power = 1;
    float single;

    if (!(magnitude >= 1e-4 && magnitude < 0x1p24))
        return v;
    single = (float)v;
    if ((double)single != v)
        return v;
    for (int decimals = 0; decimals <= FRACTION_MOST; decimals++, power *= 10) {
        double shorter = (double)(int64_t)(v * power + (v < 0 ? -0.5 : 0.5)) / power;
        if ((float)shorter == single)
            return shorter;
    }
    return v;
}
