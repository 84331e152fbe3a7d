/* What a crashing C library does, on demand. Everything is volatile and out of
 * line, so that no compiler proves it undefined and leaves it out. */
#include <stdlib.h>

/* A store through a null pointer: SIGSEGV. */
__attribute__((noinline)) void darkroom_null(void)
{
    int *volatile nowhere = NULL;
    *(volatile int *)nowhere = 1;
}

static volatile int bottomless = 1;

__attribute__((noinline)) static unsigned descend(unsigned depth)
{
    volatile unsigned char frame[512];
    frame[depth % sizeof frame] = (unsigned char)depth;
    if (!bottomless)
        return 0;
    /* The frame is read after the call, so that it cannot become a loop. */
    return descend(depth + 1) + frame[(depth + 1) % sizeof frame];
}

/* Recursion without an end: SIGSEGV on the guard page of the stack. */
__attribute__((noinline)) void darkroom_stack(void)
{
    volatile unsigned sink = descend(0);
    (void)sink;
}

/* A division by zero: SIGFPE, where the processor traps at all. */
__attribute__((noinline)) void darkroom_divide(void)
{
#if defined(__x86_64__)
    /* A constant 1 as the dividend would let the compiler do without a division. */
    volatile int one = 1, zero = 0;
    volatile int result = one / zero;
    (void)result;
#else
    /* An aarch64 division by zero is zero. */
    __builtin_trap();
#endif
}

/* A loop without an end and without a system call. */
__attribute__((noinline)) void darkroom_loop(void)
{
    volatile unsigned long turns = 0;
    for (;;)
        turns++;
}

/* SIGABRT, as a failed assert() raises it. */
__attribute__((noinline)) void darkroom_abort(void)
{
    abort();
}
