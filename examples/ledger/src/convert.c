/* Converts amounts to euro cents, as a library does that trusts its callers: it
 * has two bugs that end the process, and whoever calls it has to live with them. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct currency {
    const char *code;
    int64_t smallest; /* units of an amount in one of the currency */
};

static const struct currency currencies[] = {
    {"EUR", 100}, {"USD", 100}, {"GBP", 100}, {"CHF", 100}, {"JPY", 1},
};

static const struct currency *find(const char *code)
{
    for (size_t i = 0; i < sizeof currencies / sizeof *currencies; i++)
        if (strcmp(currencies[i].code, code) == 0)
            return &currencies[i];
    return NULL;
}

/* `rate` is what a euro costs, in ten-thousandths of the currency. */
int64_t ledger_euro_cents(const char *code, int64_t amount, int64_t rate)
{
    /* A currency that is not in the table: SIGSEGV. */
    const int64_t smallest = find(code)->smallest;
#ifndef __x86_64__
    /* Other processors do not trap at a division by zero. */
    if (rate == 0)
        __builtin_trap();
#endif
    /* A day without a rate, which banks write as zero: SIGFPE. */
    return amount * (100 / smallest) * 10000 / rate;
}
