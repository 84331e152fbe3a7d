/* Failures that only C has, or has in a way of its own; see src/fault. */

#include <pthread.h>
#include <stddef.h>
#include <unistd.h>
#include <sys/syscall.h>

void fault_store(volatile int *place)
{
    *place = 1;
}

int fault_quotient(int dividend, volatile int *divisor)
{
    return dividend / *divisor;
}

/* Neither a tail call nor a loop: every level keeps a frame that is used afterwards. */
unsigned long fault_descend(volatile unsigned long *depth)
{
    volatile unsigned long frame[32];
    frame[*depth % 32] = ++*depth;
    unsigned long below = *depth ? fault_descend(depth) : 0;
    return below + frame[below % 32];
}

static char stack[1 << 17] __attribute__((aligned(4096)));
static volatile unsigned long beats;

static void *go_on(void *unused)
{
    for (;;)
        beats++;
    return unused;
}

static void *fail_later(void *unused)
{
    beats++;
    fault_store(NULL);
    return unused;
}

/* A second thread, on a stack of the program's own; returns 0 once it runs. */
int fault_second_thread(int fails)
{
    pthread_attr_t attributes;
    pthread_t thread;
    beats = 0;
    if (pthread_attr_init(&attributes) || pthread_attr_setstack(&attributes, stack, sizeof stack)
        || pthread_create(&thread, &attributes, fails ? fail_later : go_on, NULL))
        return -1;
    while (!beats)
        ;
    return 0;
}

/* Ends the calling thread alone. */
void fault_leave(void)
{
    syscall(SYS_exit, 0);
}
